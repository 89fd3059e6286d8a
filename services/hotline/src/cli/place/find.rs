//! `hotline place find`: the areas a place's text may mean, how sure, what spoke for each and where that comes from.

use std::path::PathBuf;

use domain::id::AreaId;
use domain::rules::{Area, Bundle};
use owo_colors::OwoColorize as _;
use places::{Coordinates, Found, Gazetteer, Note, Question};
use serde_json::{Value, json};

use crate::cli::common::{coordinates, text};
use crate::out::Out;

pub(super) const ABOUT: &str = "识别地点文字和坐标所在的区域,并说明依据
Find the areas a place's text and coordinates may mean, with what speaks for each";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline place find 龙湖区中山路300号
  hotline place find 金砂路88号 --at 23.3541,116.7128 --json
  hotline place find 金砂路88号 --at geo:23.3541,116.7128
  hotline place find 石炮台街道 --area 440507 --city ./city";

/// What is known of the place.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 事发地点,- 表示标准输入 · the place in words; - reads standard input
    text: String,
    /// 坐标:纬度,经度(WGS 84)· coordinates in decimal degrees, WGS 84
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true, value_parser = coordinates)]
    at: Option<Coordinates>,
    /// 申报的区域代码 · the area somebody chose
    #[arg(long, value_name = "AREA", value_parser = area)]
    area: Option<AreaId>,
    /// 城市规则文件夹,不写为演示城市 · a city's folder of rules; without it the demonstration city
    #[arg(long, value_name = "FOLDER")]
    city: Option<PathBuf>,
}

fn area(text: &str) -> Result<AreaId, String> {
    AreaId::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    let bundle = super::city(args.city.as_deref())?;
    let words = text(args.text)?;
    let place = args.at.map_or_else(|| words.clone(), |at| at.append_to(&words));
    if let Some(area) = &args.area
        && !bundle.areas.iter().any(|one| one.id == *area)
    {
        anyhow::bail!("没有区域 {area} · there is no area {area}");
    }
    let gazetteer = Gazetteer::new(&bundle.areas, &bundle.city_area, &bundle.boundaries)?;
    let answer = gazetteer.find(&Question {
        place: &place,
        declared: args.area.as_ref(),
        ..Question::default()
    });

    if out.json() {
        let areas: Vec<Value> = answer.areas.iter().map(|found| as_json(&bundle, found)).collect();
        let note = |note: &Note| json!({ "zh": note.zh(), "en": note.en() });
        let notes: Vec<Value> = answer.notes.iter().map(note).collect();
        return out.object(&json!({ "areas": areas, "notes": notes }));
    }
    if answer.areas.is_empty() {
        out.line(out.say("未识别出区域", "no area was recognised"))?;
    }
    for found in &answer.areas {
        let percent = found.confidence * 100.0;
        let evidence: Vec<String> = found.evidence.iter().map(ToString::to_string).collect();
        out.line(format_args!(
            "{}  {}  {percent:.0}%  {}",
            found.area.bold(),
            named(&bundle, &found.area),
            evidence.join("，").dimmed()
        ))?;
    }
    for note in &answer.notes {
        out.line(out.say(format!("注意: {}", note.zh()), format!("note: {}", note.en())))?;
    }
    Ok(())
}

fn as_json(bundle: &Bundle, found: &Found) -> Value {
    let evidence: Vec<Value> = found
        .evidence
        .iter()
        .map(|one| json!({ "source": one.source.as_str(), "text": one.text, "count": one.count }))
        .collect();
    json!({
        "code": found.area.as_str(),
        "name": named(bundle, &found.area),
        "confidence": (found.confidence * 1e4).round() / 1e4,
        "evidence": evidence,
    })
}

/// 龙湖区金霞街道.
fn named(bundle: &Bundle, id: &AreaId) -> String {
    let of = |id: &AreaId| bundle.areas.iter().find(|area| area.id == *id);
    let line = std::iter::successors(of(id), |area: &&Area| area.parent.as_ref().and_then(of)).take(8);
    let names: Vec<&str> = line.map(|area| area.zh.as_str()).collect();
    match names.as_slice() {
        [city] => (*city).to_owned(),
        [within @ .., _] => within.iter().rev().copied().collect(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests;
