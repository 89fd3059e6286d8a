//! `hotline place`: where a text or a point lies, and what a city should know of its own names and grounds. Offline, from
//! a city's folder.

mod check;
mod find;

use std::path::Path;

use anyhow::bail;
use domain::rules::Bundle;

use crate::out::Out;

pub(super) const ABOUT: &str = "地点:识别文字或坐标所在的区域、检查地名与边界
Places: the area of a text or of coordinates, and a check of names and boundaries";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline place find 中山路一百二十号
  hotline place find 金砂公园3号门对面 --at 23.3672,116.6931
  hotline place check --city ./city";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = find::ABOUT, after_help = find::EXAMPLES)]
    Find(find::Args),
    #[command(about = check::ABOUT, after_help = check::EXAMPLES)]
    Check(check::Args),
}

pub(super) fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Find(args) => find::run(args, out),
        Verb::Check(args) => check::run(&args, out),
    }
}

/// A city whose names and grounds can be worked with; everything wrong with them is told at once.
fn city(dir: Option<&Path>) -> anyhow::Result<Bundle> {
    let bundle = crate::city::as_written(dir)?;
    let is_of_places = |at: &str| {
        ["areas", "boundaries", "city_area"]
            .iter()
            .any(|key| at.starts_with(key))
    };
    let problems = bundle.problems();
    let told: Vec<String> = problems
        .iter()
        .filter(|problem| is_of_places(&problem.at))
        .map(|problem| {
            format!(
                "  {}: {problem}",
                crate::city::file_of(&problem.at, "profile.toml")
            )
        })
        .collect();
    if told.is_empty() {
        return Ok(bundle);
    }
    bail!(
        "地名与边界有 {count} 处问题 · names and boundaries have {count} problem(s)\n{}",
        told.join("\n"),
        count = told.len()
    )
}

#[cfg(test)]
mod tests;
