//! `hotline config`: what the configuration comes to, and what is wrong with it.

use std::path::{Path, PathBuf};

use domain::rules::{Bundle, Problem};
use kit::clock::{Clock as _, SystemClock};
use serde_json::json;
use supervision::notices::Settings;

use crate::config::{self, CityFiles, Config, Overrides, Problems};
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
        /// 配置文件 · configuration file
        file: PathBuf,
    },
    #[command(
        about = "显示生效的配置(参数 > 环境变量 > 文件 > 默认值)\nShow the outcome: flags over environment over file over defaults"
    )]
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// 配置文件 · configuration file
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
    let checked = config::load(Some(file), &Overrides::default()).and_then(|config| {
        let city = city(&config).map_err(|error| {
            let mut problems = Problems::default();
            problems.add("rules", format!("{error:#}"), format!("{error:#}"));
            problems
        });
        match (city, crate::notices::settings(&config)) {
            (Ok(city), Ok(notices)) => Ok((city, notices)),
            (city, notices) => Err(city
                .err()
                .unwrap_or_default()
                .and(notices.err().unwrap_or_default())),
        }
    });
    match checked {
        Ok((city, notices)) => sound(file, &warnings(&city, notices.as_ref()), out),
        Err(problems) => {
            if out.json() {
                for problem in &problems.0 {
                    out.object(&json!({ "key": problem.key, "zh": problem.zh, "en": problem.en }))?;
                }
            }
            Err(problems.into_stop(out.lang()))
        }
    }
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
    let mut warnings = city.warnings(city.calendar.local(SystemClock.now()).date());
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

fn sound(file: &Path, warnings: &[Problem], out: &Out) -> anyhow::Result<()> {
    if out.json() {
        let warning = |one: &Problem| json!({ "key": one.at, "zh": one.zh, "en": one.en });
        let warnings: Vec<_> = warnings.iter().map(warning).collect();
        return out
            .object(&json!({ "file": file.display().to_string(), "problems": 0, "warnings": warnings }));
    }
    out.line(out.say("没有问题", "no problems"))?;
    for one in warnings {
        let (zh, en) = (
            format!("提醒: {}: {}", one.at, one.zh),
            format!("warning: {}: {}", one.at, one.en),
        );
        out.line(out.say(zh, en))?;
    }
    Ok(())
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
