//! `hotline directory`: the dispatch directory is checked, shown, and asked who is responsible. From a folder, of the
//! demonstration city, or as it is in force on a server.

pub(super) mod check;
pub(super) mod place;
mod show;
mod who;

use std::path::{Path, PathBuf};

use domain::id::{AreaId, CategoryId};
use domain::rules::{Bundle, Lead, Rules};
use jiff::civil::Date;
use kit::clock::{Clock as _, SystemClock};
use proto::tickets::v1::GetRulesRequest;

use super::common::Remote;
use crate::city;
use crate::client::Answer as _;
use crate::exit::{Exit, Stop};
use crate::out::{Lang, Out};

pub(super) const ABOUT: &str = "派单目录:检查空白重叠、查看、查询由谁承办
The dispatch directory: check it for gaps and overlaps, show it, ask who is responsible";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline directory check --city ./city
  hotline directory show urban.noise
  hotline directory who urban.noise 440507 --kind complaint";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = check::ABOUT, after_help = check::EXAMPLES)]
    Check(check::Args),
    #[command(about = show::ABOUT, after_help = show::EXAMPLES)]
    Show(show::Args),
    #[command(about = who::ABOUT, after_help = who::EXAMPLES)]
    Who(who::Args),
}

/// Which directory, on which day.
#[derive(Debug, clap::Args)]
struct Source {
    /// 城市规则目录,默认演示城市 · the city's rules folder, by default the demonstration city
    #[arg(long, value_name = "FOLDER")]
    city: Option<PathBuf>,
    /// 服务器上的现行规则 · the rules in force on the server
    #[arg(long, conflicts_with = "city")]
    live: bool,
    /// 哪一天,默认今天 · on which day, by default today
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
}

/// A directory to look at.
struct Opened {
    bundle: Bundle,
    /// The folder it was read from; none for the demonstration city, or from a server.
    folder: Option<PathBuf>,
    /// Whether there are files at all.
    has_files: bool,
    on: Date,
}

pub(super) async fn run(remote: Remote<Args>, out: &Out) -> anyhow::Result<()> {
    let source = match &remote.args.verb {
        Verb::Check(args) => &args.source,
        Verb::Show(args) => &args.source,
        Verb::Who(args) => &args.source,
    };
    let opened = open(source, &remote, out).await?;
    match &remote.args.verb {
        Verb::Check(args) => check::run(args, &opened, out),
        Verb::Show(args) => show::run(args, &opened, out),
        Verb::Who(args) => who::run(args, opened, out),
    }
}

async fn open(source: &Source, remote: &Remote<Args>, out: &Out) -> anyhow::Result<Opened> {
    let bundle = if source.live {
        let request = GetRulesRequest::default();
        let json = remote
            .open(out)?
            .tickets()
            .get_rules(request)
            .await
            .answer()?
            .json;
        serde_json::from_str(&json)?
    } else {
        let usage = |error: anyhow::Error| Stop::because(Exit::Usage, format!("{error:#}"));
        city::as_written(source.city.as_deref()).map_err(usage)?
    };
    let today = || bundle.calendar.local(SystemClock.now()).date();
    Ok(Opened {
        on: source.on.unwrap_or_else(today),
        folder: source.city.clone(),
        has_files: !source.live,
        bundle,
    })
}

impl Opened {
    fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The rules, where nothing in them is unsound.
    fn rules(self) -> anyhow::Result<Rules> {
        Rules::new(self.bundle).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            let message = format!("规则有误 · the rules are not sound:{}", lines.concat());
            Stop::because(Exit::Usage, message)
        })
    }
}

/// A category by its code or its Chinese name.
fn category(bundle: &Bundle, text: &str) -> anyhow::Result<CategoryId> {
    let rows = bundle.categories.iter();
    let found = rows.filter(|one| one.id.as_str() == text || one.zh == text);
    one(
        found.map(|one| one.id.clone()).collect(),
        "类别",
        "category",
        text,
    )
}

/// An area by its code, its name or another name for it.
fn area(bundle: &Bundle, text: &str) -> anyhow::Result<AreaId> {
    let rows = bundle.areas.iter();
    let is_it = |one: &&domain::rules::Area| {
        one.id.as_str() == text || one.zh == text || one.aliases.iter().any(|alias| alias == text)
    };
    let found = rows.filter(is_it).map(|one| one.id.clone()).collect();
    one(found, "区域", "area", text)
}

fn one<T: std::fmt::Display>(mut found: Vec<T>, zh: &str, en: &str, text: &str) -> anyhow::Result<T> {
    let message = match found.len() {
        0 => format!("没有{zh} {text} · no {en} {text}"),
        1 => return Ok(found.remove(0)),
        _ => {
            let codes: Vec<String> = found.iter().take(8).map(ToString::to_string).collect();
            let codes = codes.join(", ");
            format!("{text} 不止一个{zh},请用代码:{codes} · {text} names several, use a code: {codes}")
        }
    };
    Err(Stop::because(Exit::NotFound, message))
}

/// A unit by name.
fn unit_name<'a>(bundle: &'a Bundle, id: &str, lang: Lang) -> &'a str {
    let found = bundle.units.iter().find(|unit| unit.id.as_str() == id);
    found.map_or("?", |unit| lang.word(&unit.zh, &unit.en))
}

/// Who leads, in words.
fn lead_name(bundle: &Bundle, lead: &Lead, lang: Lang) -> String {
    match lead {
        Lead::Unit(unit) => format!("{unit} {}", unit_name(bundle, unit.as_str(), lang)),
        Lead::District => lang.word("属地区县", "the district").to_owned(),
        Lead::Street => lang.word("属地街镇", "the street").to_owned(),
    }
}

fn area_name<'a>(bundle: &'a Bundle, id: &AreaId) -> &'a str {
    let found = bundle.areas.iter().find(|area| area.id == *id);
    found.map_or("?", |area| area.zh.as_str())
}

#[cfg(test)]
mod tests;
