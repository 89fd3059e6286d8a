//! `hotline directory check`: what is wrong with a directory, each with its place and what to do.

use std::collections::BTreeMap;

use domain::routing::check::{Finding, Severity, What, check};
use owo_colors::OwoColorize as _;
use serde_json::json;

use super::{Opened, Source, place};
use crate::exit::{Exit, Stop};
use crate::out::{Lang, Out, pad};

pub(super) const ABOUT: &str = "检查目录:空白、重叠、失效单位、从不适用、到期、缺依据、回避无上级
Check the directory: gaps, overlaps, dead units, entries that never win, ends, bases, recusals";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline directory check                              演示城市 · the demonstration city
  hotline directory check --city ./city
  hotline directory check --city ./city --on 2027-01-01 --json
  hotline directory check --live                       服务器现行规则 · what is in force on the server

有错误时退出码为 1,只有提醒时为 0 · exits with 1 where there are errors, with 0 where there are only warnings";

/// Findings a terminal is shown at most; JSON has all.
const SHOWN_MAX: usize = 200;

/// Which directory.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) source: Source,
    /// 只列错误 · errors alone
    #[arg(long)]
    errors: bool,
}

pub(super) fn run(args: &Args, opened: &Opened, out: &Out) -> anyhow::Result<()> {
    let mut findings = check(&opened.bundle, opened.on);
    if args.errors {
        findings.retain(|finding| finding.severity == Severity::Error);
    }
    let errors = count(&findings, Severity::Error);
    if out.json() {
        for finding in &findings {
            out.object(&as_json(finding, &where_of(finding, opened)))?;
        }
        out.object(&json!({
            "on": opened.on.to_string(),
            "entries": opened.bundle.directory.len(),
            "recusals": opened.bundle.recusals.len(),
            "errors": errors,
            "warnings": count(&findings, Severity::Warning),
            "hints": count(&findings, Severity::Hint),
        }))?;
    } else {
        for finding in findings.iter().take(SHOWN_MAX) {
            for line in lines(finding, &where_of(finding, opened), out.lang()) {
                out.line(line)?;
            }
        }
        summary(&findings, opened, out)?;
    }
    if errors == 0 {
        return Ok(());
    }
    let message = out.say(
        format_args!("派单目录有 {errors} 处错误"),
        format_args!("the directory has {errors} error(s)"),
    );
    Err(Stop::because(Exit::Failed, message))
}

pub(in crate::cli) fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

/// File and line; the key alone where there are no files.
fn where_of(finding: &Finding, opened: &Opened) -> String {
    if opened.has_files {
        place::of(opened.folder(), &finding.at)
    } else {
        String::new()
    }
}

pub(in crate::cli) fn as_json(finding: &Finding, place: &str) -> serde_json::Value {
    let entry = finding
        .at
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    json!({
        "severity": finding.severity.as_str(),
        "what": finding.what.as_str(),
        "at": finding.at,
        "entry": entry.map(|(id, _)| id),
        "place": place,
        "zh": finding.zh,
        "en": finding.en,
        "todo_zh": finding.todo_zh,
        "todo_en": finding.todo_en,
    })
}

/// A finding and, below it, what to do.
pub(in crate::cli) fn lines(finding: &Finding, place: &str, lang: Lang) -> [String; 2] {
    let severity = lang.word(finding.severity.zh(), finding.severity.as_str());
    let severity = match finding.severity {
        Severity::Error => severity.red().to_string(),
        Severity::Warning => severity.yellow().to_string(),
        Severity::Hint => severity.dimmed().to_string(),
    };
    let what = lang.word(finding.what.zh(), finding.what.as_str());
    let text = lang.say(&finding.zh, &finding.en);
    let place = if place.is_empty() { &finding.at } else { place };
    let todo = lang.say(finding.todo_zh, finding.todo_en);
    [
        format!("{severity} {what}  {}  {text}", place.bold()),
        format!("    {}", format_args!("→ {todo}").dimmed()),
    ]
}

fn summary(findings: &[Finding], opened: &Opened, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    if findings.len() > SHOWN_MAX {
        let (all, shown) = (findings.len(), SHOWN_MAX);
        out.line(out.say(
            format_args!("共 {all} 处,列出 {shown} 处;全部见 --json"),
            format_args!("{shown} of {all}: all with --json"),
        ))?;
    }
    let mut by_kind: BTreeMap<What, [usize; 3]> = BTreeMap::new();
    for finding in findings {
        let of = Severity::ALL
            .iter()
            .position(|one| *one == finding.severity)
            .unwrap_or(0);
        by_kind.entry(finding.what).or_default()[of] += 1;
    }
    if !by_kind.is_empty() {
        out.line("")?;
        let head = [
            ("发现", "FINDING", 22),
            ("错误", "ERRORS", 10),
            ("提醒", "WARNINGS", 10),
            ("提示", "HINTS", 0),
        ];
        let head: String = head
            .iter()
            .map(|(zh, en, columns)| pad(lang.word(zh, en), *columns))
            .collect();
        out.line(head.trim_end().bold())?;
        for (what, [errors, warnings, hints]) in &by_kind {
            let name = lang.word(what.zh(), what.as_str());
            let cells = [
                pad(name, 22),
                pad(&errors.to_string(), 10),
                pad(&warnings.to_string(), 10),
                hints.to_string(),
            ];
            out.line(cells.concat())?;
        }
        out.line("")?;
    }
    let (entries, recusals, on) = (
        opened.bundle.directory.len(),
        opened.bundle.recusals.len(),
        opened.on,
    );
    let text = |severity| count(findings, severity);
    let (errors, warnings, hints) = (
        text(Severity::Error),
        text(Severity::Warning),
        text(Severity::Hint),
    );
    out.line(out.say(
        format_args!("{on}:{entries} 条目录、{recusals} 条回避;错误 {errors},提醒 {warnings},提示 {hints}"),
        format_args!("{on}: {entries} entries, {recusals} recusals; {errors} errors, {warnings} warnings, {hints} hints"),
    ))?;
    Ok(())
}
