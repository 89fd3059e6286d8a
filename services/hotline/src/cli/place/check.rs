//! `hotline place check`: names that settle nothing, roads divided twice, grounds that overlap or are missing.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::out::Out;

pub(super) const ABOUT: &str = "检查一座城市的地名、门牌划分和边界
Check the names, house numbers and boundaries of a city";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline place check
  hotline place check --city ./city --json";

/// Whose.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 城市规则文件夹,不写为演示城市 · a city's folder of rules; without it the demonstration city
    #[arg(long, value_name = "FOLDER")]
    city: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let bundle = super::city(args.city.as_deref())?;
    let notes = places::notes(&bundle)?;

    if out.json() {
        let note = |one: &domain::rules::Problem| json!({ "key": one.at, "zh": one.zh, "en": one.en });
        let notes: Vec<Value> = notes.iter().map(note).collect();
        return out.object(&json!({
            "areas": bundle.areas.len(), "boundaries": bundle.boundaries.len(), "problems": 0, "notes": notes,
        }));
    }
    let (areas, boundaries, count) = (bundle.areas.len(), bundle.boundaries.len(), notes.len());
    out.line(out.say(
        format!("没有问题:{areas} 个区域,{boundaries} 个有边界;提醒 {count} 条"),
        format!("no problems: {areas} areas, {boundaries} with a boundary; {count} notes"),
    ))?;
    for one in &notes {
        out.line(out.say(
            format!("提醒: {}: {}", one.at, one.zh),
            format!("note: {}: {}", one.at, one.en),
        ))?;
    }
    Ok(())
}
