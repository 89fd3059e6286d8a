//! `hotline config`: what the configuration comes to, and what is wrong with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use classifier::Model;
use domain::routing;
use domain::routing::check::{Finding, Severity};
use domain::rules::{Bundle, Problem};
use kit::clock::{Clock as _, SystemClock};
use serde_json::json;
use supervision::notices::Settings;

use super::directory::{check as directory, place};
use crate::config::{self, CityFiles, Config, Overrides, Problems};
use crate::exit::{Exit, Stop};
use crate::notices::unknown_units;
use crate::out::Out;

pub(super) const ABOUT: &str = "配置:检查、显示
Configuration: check it, show what it comes to";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline config check /etc/hotline/hotline.toml
  hotline config show --config /etc/hotline/hotline.toml --listen 127.0.0.1:8000";

const CHECK_EXAMPLES: &str = "示例 · Examples:
  hotline config check /etc/hotline/hotline.toml
  hotline config check hotline.toml --json";

const SHOW_EXAMPLES: &str = "示例 · Examples:
  hotline config show
  hotline config show --config /etc/hotline/hotline.toml --roles tickets,vault";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(
        about = "检查配置文件和城市规则,列出全部问题\nCheck a file and the rules it names; lists every problem"
    )]
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// 配置文件,其中的相对路径从当前工作目录算起 · configuration file; relative paths in it begin at the working directory
        file: PathBuf,
    },
    #[command(
        about = "显示生效的配置(参数 > 环境变量 > 文件 > 默认值)\nShow the outcome: flags over environment over file over defaults"
    )]
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// 配置文件,其中的相对路径从当前工作目录算起 · configuration file; relative paths in it begin at the working directory
        #[arg(long, env = "HOTLINE_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(flatten)]
        overrides: Box<Overrides>,
    },
}

pub(super) fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Check { file } => check(&file, out),
        Verb::Show { config, overrides } => show(config.as_deref(), &overrides, out),
    }
}

fn check(file: &Path, out: &Out) -> anyhow::Result<()> {
    match checked(file) {
        Ok((city, notices, model, folder)) => {
            let today = city.calendar.local(SystemClock.now()).date();
            let findings = Findings {
                all: routing::check::check(&city, today),
                folder,
            };
            let mut warnings = warnings(&city, notices.as_ref());
            warnings.extend(model.iter().flat_map(|model| lost_labels(model, &city)));
            sound(file, &warnings, &findings, out)
        }
        Err(problems) => {
            if out.json() {
                for problem in &problems.0 {
                    out.object(&as_json(file, problem))?;
                }
            }
            Err(problems.into_stop(out.lang()))
        }
    }
}

type Checked = (Bundle, Option<Settings>, Option<Arc<Model>>, Option<PathBuf>);

/// Everything a configuration names, or everything that is wrong.
fn checked(file: &Path) -> Result<Checked, Problems> {
    let config = config::load(Some(file), &Overrides::default())?;
    let city = city(&config).map_err(|error| of_city(&error));
    match (city, crate::notices::settings(&config), model(&config)) {
        (Ok(city), Ok(notices), Ok(model)) => Ok((city, notices, model, folder_of(&config))),
        (city, notices, model) => Err(city
            .err()
            .unwrap_or_default()
            .and(notices.err().unwrap_or_default())
            .and(model.err().unwrap_or_default())),
    }
}

/// Each problem of a city's files by itself.
fn of_city(error: &anyhow::Error) -> Problems {
    let mut problems = Problems::default();
    match error.downcast_ref::<crate::city::Problems>() {
        Some(wrong) => wrong.found.iter().for_each(|one| problems.add_wrong(one)),
        None => problems.add("rules", format!("{error:#}"), format!("{error:#}")),
    }
    problems
}

fn as_json(file: &Path, problem: &config::Problem) -> serde_json::Value {
    let file = match problem.file.as_str() {
        "" => file.display().to_string(),
        named => named.to_owned(),
    };
    json!({ "file": file, "key": problem.key, "zh": problem.zh, "en": problem.en })
}

/// The classifier a configuration names.
fn model(config: &Config) -> Result<Option<Arc<Model>>, Problems> {
    crate::model::of(config).map_err(|error| {
        let mut problems = Problems::default();
        problems.add("triage.model", format!("{error:#}"), format!("{error:#}"));
        problems
    })
}

/// What is wrong with the directory, and the folder it is read from.
struct Findings {
    all: Vec<Finding>,
    folder: Option<PathBuf>,
}

impl Findings {
    /// What somebody ought to act on, each with its place.
    fn to_act_on(&self) -> impl Iterator<Item = (&Finding, String)> {
        let findings = self.all.iter().filter(|one| one.severity != Severity::Hint);
        findings.map(|one| (one, place::of(self.folder.as_deref(), &one.at)))
    }
}

fn folder_of(config: &Config) -> Option<PathBuf> {
    config.rules.as_ref().and_then(|rules| rules.dir.clone())
}

/// Loads the rules a configuration names: every problem of theirs comes in one error.
fn city(config: &Config) -> anyhow::Result<Bundle> {
    match &config.rules {
        Some(CityFiles { dir, profile }) => crate::city::from_files(dir.as_deref(), profile),
        None => crate::city::built_in(),
    }
}

/// What refuses nothing and ought to be known of the rules today, and of who is reached where.
fn warnings(city: &Bundle, notices: Option<&Settings>) -> Vec<Problem> {
    let mut warnings = crate::city::warnings(city, city.calendar.local(SystemClock.now()).date());
    let unknown = notices
        .map(|settings| unknown_units(settings, city))
        .unwrap_or_default();
    warnings.extend(unknown.into_iter().map(|unit| Problem {
        at: format!("notices.addresses_file units.{unit}"),
        zh: "本市没有该单位".to_owned(),
        en: "the city has no such unit".to_owned(),
    }));
    warnings
}

/// Labels of the classifier that stand for no category of the city: what it says of them is left out.
fn lost_labels(model: &Model, city: &Bundle) -> Vec<Problem> {
    let read = &city.triage.classifier.labels;
    let is_known = |label: &&String| {
        read.contains_key(*label)
            || city
                .categories
                .iter()
                .any(|one| one.id.as_str() == label.as_str())
    };
    let lost = model.labels().iter().filter(|label| !is_known(label));
    lost.map(|label| Problem {
        at: format!("triage.model {label}"),
        zh: "模型的这个标签不对应任何类别，已略过：请在 classifier.toml 中写明".to_owned(),
        en: "this label of the classifier stands for no category and is left out: name its categories in classifier.toml"
            .to_owned(),
    })
    .collect()
}

fn sound(file: &Path, warnings: &[Problem], findings: &Findings, out: &Out) -> anyhow::Result<()> {
    let errors = directory::count(&findings.all, Severity::Error);
    let ended = || match errors {
        0 => Ok(()),
        _ => {
            let message = out.say(
                format_args!("派单目录有 {errors} 处错误"),
                format_args!("the directory has {errors} error(s)"),
            );
            Err(Stop::because(Exit::Failed, message))
        }
    };
    if out.json() {
        let warning = |one: &Problem| json!({ "key": one.at, "zh": one.zh, "en": one.en });
        let warnings: Vec<_> = warnings.iter().map(warning).collect();
        let found = findings
            .to_act_on()
            .map(|(one, place)| directory::as_json(one, &place));
        let found: Vec<_> = found.collect();
        let file = file.display().to_string();
        out.object(&json!({ "file": file, "problems": errors, "warnings": warnings, "directory": found }))?;
        return ended();
    }
    if errors == 0 {
        out.line(out.say("没有问题", "no problems"))?;
    }
    for (one, place) in findings.to_act_on() {
        for line in directory::lines(one, &place, out.lang()) {
            out.line(line)?;
        }
    }
    for one in warnings {
        let (zh, en) = (
            format!("提醒: {}: {}", one.at, one.zh),
            format!("warning: {}: {}", one.at, one.en),
        );
        out.line(out.say(zh, en))?;
    }
    ended()
}

fn show(file: Option<&Path>, overrides: &Overrides, out: &Out) -> anyhow::Result<()> {
    let config = config::load(file, overrides).map_err(|problems| problems.into_stop(out.lang()))?;
    if out.json() {
        return out.object(&config.to_raw());
    }
    out.line(toml::to_string(&config.to_raw())?.trim_end())?;
    if config.notices.is_none() {
        let (zh, en) = ("没有配置通知,不发送", "no notices are configured: none are sent");
        out.line(format_args!("# {}", out.say(zh, en)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
