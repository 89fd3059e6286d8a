//! `hotline directory who`: who leads and helps for a matter, by which entry, and which entries that one beat.

use domain::id::UnitId;
use domain::routing::{self, Beats, Matter, Route};
use domain::rules::{Bundle, Entry, Rules};
use domain::ticket;
use owo_colors::OwoColorize as _;
use proto::common::v1::{Grade, RequestType};
use serde_json::json;

use super::show::when;
use super::{Opened, Source, area, area_name, category, lead_name, unit_name};
use crate::exit::{Exit, Stop};
use crate::out::{Lang, Out};
use crate::terms::{Term as _, term};

pub(super) const ABOUT: &str = "查询由谁承办:主办、协办、依据,为何是这一条,胜过哪些条目
Ask who is responsible: lead, help, basis, why this entry won and which it beat";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline directory who urban.noise 440507
  hotline directory who urban.noise 龙湖区 --kind report --on 2027-01-01
  hotline directory who utilities.water --grade a --json
  hotline directory who urban.noise 440507 --accused district-longhu";

/// Other entries a terminal is shown at most; JSON has all.
const OTHERS_MAX: usize = 20;

/// Of what matter.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 类别代码或名称 · a category's code or name
    category: String,
    /// 区域代码或名称;不写为地点不明 · an area's code or name; without it the place is unknown
    area: Option<String>,
    /// 诉求类型 · what the resident wants
    #[arg(long, value_parser = term::<RequestType>(), default_value = "complaint")]
    kind: RequestType,
    /// 等级 · how urgent
    #[arg(long, value_parser = term::<Grade>(), default_value = "c")]
    grade: Grade,
    /// 被举报或须回避的单位,可多次 · a unit that is accused or must stay out; may be repeated
    #[arg(long, value_name = "UNIT")]
    accused: Vec<UnitId>,
    #[command(flatten)]
    pub(super) source: Source,
}

pub(super) fn run(args: &Args, opened: Opened, out: &Out) -> anyhow::Result<()> {
    let about = category(&opened.bundle, &args.category)?;
    let place = args
        .area
        .as_deref()
        .map(|text| area(&opened.bundle, text))
        .transpose()?;
    let (on, rules) = (opened.on, opened.rules()?);
    if let Some(unknown) = args.accused.iter().find(|unit| rules.units.get(unit).is_none()) {
        let message = format!("没有单位 {unknown} · no unit {unknown}");
        return Err(Stop::because(Exit::NotFound, message));
    }
    let matter = Matter {
        category: &about,
        area: place.as_ref(),
        kind: ticket::RequestType::parse(args.kind.word()).unwrap_or(ticket::RequestType::Complaint),
        grade: ticket::Grade::parse(args.grade.word()).unwrap_or(ticket::Grade::C),
        on,
        out: &args.accused,
    };
    let route = routing::route(&rules, &matter);
    let covering: Vec<&Entry> = routing::covering(&rules, &matter).collect();
    if out.json() {
        out.object(&as_json(&rules, &matter, route.as_ref(), &covering))?;
    } else {
        let lines = told(&rules, &matter, route.as_ref(), &covering, out.lang());
        lines.iter().try_for_each(|line| out.line(line))?;
    }
    match route {
        Some(_) => Ok(()),
        None => {
            let message = out.say("无人承接", "nobody is responsible");
            Err(Stop::because(Exit::NotFound, message))
        }
    }
}

/// The winner, and every other entry that covers the matter with why it lost.
fn ranked<'a>(
    rules: &Rules,
    matter: &Matter<'_>,
    route: Option<&Route>,
    covering: &[&'a Entry],
) -> (Option<&'a Entry>, Vec<(&'a Entry, Option<Beats>)>) {
    let won = route.and_then(|route| covering.iter().find(|entry| entry.id == route.entry).copied());
    let others = covering
        .iter()
        .filter(|entry| won.is_none_or(|won| won.id != entry.id));
    let why = |entry: &'a Entry| match won {
        Some(won) if routing::of_entry(rules, entry, matter).is_some() => {
            Some(routing::beats(rules, won, entry))
        }
        Some(_) | None => None,
    };
    (won, others.map(|entry| (*entry, why(entry))).collect())
}

fn told(
    rules: &Rules,
    matter: &Matter<'_>,
    route: Option<&Route>,
    covering: &[&Entry],
    lang: Lang,
) -> Vec<String> {
    let bundle = rules.bundle();
    let place = matter.area.map_or_else(
        || lang.word("地点不明", "place unknown").to_owned(),
        |id| format!("{id} {}", area_name(bundle, id)),
    );
    let kind = lang.word(matter.kind.zh(), matter.kind.as_str());
    let grade = lang.word(matter.grade.zh(), matter.grade.as_str());
    let mut lines = vec![
        format!("{}  {place}  {kind}  {grade}  {}", matter.category, matter.on)
            .bold()
            .to_string(),
    ];
    let mut say =
        |zh: &str, en: &str, text: String| lines.push(format!("  {}  {text}", lang.word(zh, en).dimmed()));
    let Some(route) = route else {
        say("主办", "lead", lang.word("无人承接", "nobody").red().to_string());
        return lines;
    };
    let unit = |unit: &UnitId| format!("{unit} {}", unit_name(bundle, unit.as_str(), lang));
    say("主办", "lead", unit(&route.lead));
    for co in &route.co {
        say("协办", "help", unit(co));
    }
    say("依据", "basis", route.basis.clone());
    let (won, others) = ranked(rules, matter, Some(route), covering);
    match won {
        Some(won) => say("条目", "entry", described(bundle, won, lang)),
        None => say(
            "条目",
            "entry",
            lang.word("属地兜底（无条目适用）", "the safety net: no entry leads")
                .to_owned(),
        ),
    }
    for recusal in routing::listed(rules, matter) {
        let text = lang.phrase(
            format_args!("{} 回避（{}）", unit(&recusal.unit), recusal.id),
            format_args!("{} stays out ({})", unit(&recusal.unit), recusal.id),
        );
        say("回避", "recusal", text);
    }
    for (entry, beaten) in others.iter().take(OTHERS_MAX) {
        let text = format!(
            "{}  {}",
            described(bundle, entry, lang),
            why(*beaten, lang).dimmed()
        );
        say("胜过", "beat", text);
    }
    lines
}

/// An entry with what makes it more or less specific.
fn described(bundle: &Bundle, entry: &Entry, lang: Lang) -> String {
    let mut words = vec![entry.id.to_string(), entry.category.to_string()];
    words.extend(
        entry
            .area
            .iter()
            .map(|id| format!("@ {id} {}", area_name(bundle, id))),
    );
    words.extend(when(entry, lang));
    words.push(format!("→ {}", lead_name(bundle, &entry.lead, lang)));
    words.join("  ")
}

fn why(beaten: Option<Beats>, lang: Lang) -> &'static str {
    let (zh, en) = match beaten {
        Some(Beats::Deeper) => ("类别较粗", "its category is less deep"),
        Some(Beats::Nearer) => ("区域较大", "its area is larger"),
        Some(Beats::Narrower) => ("条件较宽", "it asks for less"),
        Some(Beats::First) => (
            "同样具体,文件中在后",
            "equally specific, and stands later in the file",
        ),
        None => (
            "主办须回避、已撤并或无属地单位",
            "who would lead must stay out, has ended, or is not there",
        ),
    };
    lang.word(zh, en)
}

fn as_json(
    rules: &Rules,
    matter: &Matter<'_>,
    route: Option<&Route>,
    covering: &[&Entry],
) -> serde_json::Value {
    let (_, others) = ranked(rules, matter, route, covering);
    let others: Vec<serde_json::Value> = others
        .iter()
        .map(|(entry, beaten)| json!({ "entry": entry.id.to_string(), "why": why(*beaten, Lang::En) }))
        .collect();
    let recusals: Vec<String> = routing::listed(rules, matter)
        .map(|one| one.id.to_string())
        .collect();
    json!({
        "category": matter.category.to_string(),
        "area": matter.area.map(ToString::to_string),
        "kind": matter.kind.as_str(),
        "grade": matter.grade.as_str(),
        "on": matter.on.to_string(),
        "lead": route.map(|route| route.lead.to_string()),
        "co": route.map(|route| route.co.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "entry": route.map(|route| route.entry.to_string()),
        "basis": route.map(|route| route.basis.clone()),
        "safety_net": route.map(Route::is_safety_net),
        "beat": others,
        "recusals": recusals,
    })
}
