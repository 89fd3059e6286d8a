//! `hotline rules`: a city's rules are published, listed, shown and compared.

mod difference;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::rules::{Bundle, Problem};
use jiff::civil::Date;
use kit::clock::{Clock as _, SystemClock};
use owo_colors::OwoColorize as _;
use proto::tickets::v1::{GetRulesRequest, ListRulesRequest, PublishRulesRequest, RulesVersion};
use serde_json::{Value, json};

use self::difference::Difference;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(super) const ABOUT: &str = "规则:发布、列出版本、查看、比较
The rules: publish them, list the versions, show one, compare two";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline rules publish ./city --from 2027-01-01
  hotline rules list
  hotline rules diff ./city";

const PUBLISH_EXAMPLES: &str = "示例 · Examples:
  hotline rules publish ./city --dry-run                    只检查,列出将变更的各项 · only check, and say what would change
  hotline rules publish ./city                              立即生效 · in force at once
  hotline rules publish ./city --from 2027-01-01            到日生效 · from that day on
  hotline rules publish --profile tianjin                   仅换随附的规则 · another profile we ship

在办工单沿用派单时的时限、阶梯与法定时限,直至重开;日历变化随即按新日历重新推算。
Running tickets keep the limits, ladder and statutes of their dispatch until they are reopened; a new calendar is acted on
at once.";

const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline rules list
  hotline rules list --json";

const SHOW_EXAMPLES: &str = "示例 · Examples:
  hotline rules show                         现行规则 · what is in force
  hotline rules show 3f2a9c1b";

const DIFF_EXAMPLES: &str = "示例 · Examples:
  hotline rules diff ./city                  文件夹与现行规则 · a folder against what is in force
  hotline rules diff 3f2a9c1b 77de01aa       两个版本,可用版本号开头 · two versions, by their first digits";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(
        about = "发布规则(热线办):有一处不对就整体拒绝\nPublish rules, as the city office: taken whole or refused whole"
    )]
    #[command(after_help = PUBLISH_EXAMPLES)]
    Publish(Publish),
    #[command(about = "列出版本,最新在前\nList the versions, the latest first")]
    #[command(after_help = LIST_EXAMPLES)]
    List,
    #[command(about = "查看某版本全文,JSON\nShow a version whole, as JSON")]
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// 版本号或其开头;不写为现行 · a version or its first digits; without it the one in force
        version: Option<String>,
    },
    #[command(about = "比较两个版本,或文件夹与版本\nCompare two versions, or a folder with one")]
    #[command(after_help = DIFF_EXAMPLES)]
    Diff {
        /// 文件夹或版本号 · a folder, or a version
        one: String,
        /// 与哪个版本相比;不写为现行 · with which version; without it the one in force
        other: Option<String>,
        #[command(flatten)]
        profile: Profile,
    },
}

/// Which profile goes with a folder.
#[derive(Debug, clap::Args)]
struct Profile {
    /// 规则文件或随附规则名,默认为文件夹中的 profile.toml · a profile's file, or the name of one we ship; by default the
    /// folder's profile.toml
    #[arg(long)]
    profile: Option<PathBuf>,
}

/// What to publish.
#[derive(Debug, clap::Args)]
struct Publish {
    /// 规则文件夹;不写为演示城市 · the folder of rules; without it the demonstration city
    folder: Option<PathBuf>,
    #[command(flatten)]
    profile: Profile,
    /// 自哪一天生效,默认立即 · from which day on; at once by default
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// 只检查,不发布 · only check, publish nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Publish(args) => publish(client, &args, out).await,
        Verb::List => list(client, out).await,
        Verb::Show { version } => {
            let json = fetch(&client, version.as_deref()).await?;
            let value: Value = serde_json::from_str(&json).context("the server's rules are not JSON")?;
            if out.json() {
                return out.object(&value);
            }
            out.line(serde_json::to_string_pretty(&value)?)?;
            Ok(())
        }
        Verb::Diff { one, other, profile } => {
            let new = match Path::new(&one).is_dir() {
                true => files(Some(Path::new(&one)), &profile)?.to_json(),
                false => fetch(&client, Some(&one)).await?,
            };
            let old = fetch(&client, other.as_deref()).await?;
            print_differences(&difference::between(&old, &new)?, out)
        }
    }
}

async fn publish(client: Client, args: &Publish, out: &Out) -> anyhow::Result<()> {
    let bundle = files(args.folder.as_deref(), &args.profile)?;
    let json = bundle.to_json();
    if args.dry_run {
        let old = fetch(&client, None).await?;
        print_differences(&difference::between(&old, &json)?, out)?;
    }
    let request = PublishRulesRequest {
        json,
        from_date: args.from.map(|from| from.to_string()).unwrap_or_default(),
        validate_only: args.dry_run,
    };
    let answer = client.tickets().publish_rules(request).await.answer()?;
    let rules = answer.rules.unwrap_or_default();
    let today = bundle.calendar.local(SystemClock.now()).date();
    let warnings = crate::city::warnings(&bundle, args.from.map_or(today, |from| from.max(today)));
    if out.json() {
        let warning = |one: &Problem| json!({ "key": one.at, "zh": one.zh, "en": one.en });
        let mut told = version_json(&rules);
        told["warnings"] = warnings.iter().map(warning).collect();
        return out.object(&told);
    }
    let (short, from) = (short(&rules.version), &rules.from_date);
    out.line(match (args.dry_run, rules.in_force) {
        (true, _) => out.say("没有问题,未发布", "no problems; nothing was published"),
        (false, true) => out.say(
            format!("已生效:版本 {short}"),
            format!("in force: version {short}"),
        ),
        (false, false) => out.say(
            format!("已发布:版本 {short},自 {from} 起生效"),
            format!("published: version {short}, in force from {from} on"),
        ),
    })?;
    for Problem { at, zh, en } in &warnings {
        out.warn(out.say(
            format_args!("提醒: {at}: {zh}"),
            format_args!("warning: {at}: {en}"),
        ));
    }
    Ok(())
}

/// The rules of a folder; every problem with its file and key.
fn files(folder: Option<&Path>, profile: &Profile) -> anyhow::Result<Bundle> {
    let of_the_folder = folder.map(|folder| folder.join("profile.toml"));
    match profile.profile.clone().or(of_the_folder) {
        Some(profile) => crate::city::from_files(folder, &profile),
        None => crate::city::built_in(),
    }
}

async fn list(client: Client, out: &Out) -> anyhow::Result<()> {
    let answer = client.tickets().list_rules(ListRulesRequest {}).await.answer()?;
    for version in &answer.versions {
        if out.json() {
            out.object(&version_json(version))?;
            continue;
        }
        let (zh, en) = match (version.in_force, version.waits) {
            (true, _) => ("现行", "in force"),
            (false, true) => ("待生效", "waits"),
            (false, false) => ("已替换", "replaced"),
        };
        let years = match version.calendar_years.as_slice() {
            [] => String::new(),
            [first, .., last] => format!("{first}–{last}"),
            [only] => only.to_string(),
        };
        let from = match version.from_date.as_str() {
            "" => out.lang().word("最初", "first"),
            from => from,
        };
        let state = out.lang().word(zh, en);
        let line = format!(
            "{}  {from:<10}  {state}  {}  {years}",
            short(&version.version),
            version.profile
        );
        match version.in_force {
            true => out.line(line.bold())?,
            false => out.line(line)?,
        }
    }
    Ok(())
}

/// The JSON of a version by its first digits; without them of the one in force.
async fn fetch(client: &Client, version: Option<&str>) -> anyhow::Result<String> {
    let version = match version {
        Some(start) if start.len() < 64 => whole(client, start).await?,
        Some(whole) => whole.to_owned(),
        None => String::new(),
    };
    let answer = client
        .tickets()
        .get_rules(GetRulesRequest { version })
        .await
        .answer()?;
    Ok(answer.json)
}

async fn whole(client: &Client, start: &str) -> anyhow::Result<String> {
    let answer = client.tickets().list_rules(ListRulesRequest {}).await.answer()?;
    let mut found = answer
        .versions
        .into_iter()
        .filter(|one| one.version.starts_with(start));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.version),
        (None, _) => anyhow::bail!(
            "没有版本 {start},用 hotline rules list 查看 · no version {start}; see hotline rules list"
        ),
        (Some(_), Some(_)) => anyhow::bail!(
            "{start} 不止一个版本,请多写几位 · {start} names several versions: write more digits"
        ),
    }
}

fn print_differences(differences: &[Difference], out: &Out) -> anyhow::Result<()> {
    if differences.is_empty() && !out.json() {
        out.line(out.say("没有差别", "no difference"))?;
        return Ok(());
    }
    for Difference { key, before, after } in differences {
        if out.json() {
            out.object(&json!({ "key": key, "before": before, "after": after }))?;
            continue;
        }
        let text = |value: &Option<Value>| match value {
            None => "—".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => shortened(other.to_string()),
        };
        out.line(format!("{key}: {} → {}", text(before), text(after)))?;
    }
    Ok(())
}

/// The ground of an area is thousands of numbers; `--json` has them all.
fn shortened(text: String) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text,
    }
}

fn version_json(rules: &RulesVersion) -> Value {
    json!({
        "version": rules.version,
        "from_date": rules.from_date,
        "follows": rules.follows,
        "in_force": rules.in_force,
        "waits": rules.waits,
        "profile": rules.profile,
        "calendar_years": rules.calendar_years,
    })
}

fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}
