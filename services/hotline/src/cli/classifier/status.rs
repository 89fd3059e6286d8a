//! `hotline classifier status`: the versions of the model, what each has learned, what the gate has refused.

use owo_colors::OwoColorize as _;
use proto::triage::v1::{
    Agreement, ClassifierRefusal, ClassifierVersion, GateFigures, GetClassifierRequest, GetClassifierResponse,
};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::view::{json_time, short_time};

pub(in crate::cli) const ABOUT: &str = "模型版本:来源、学过的更正、未放行的更正及原因
Versions of the model: where from, what each has learned, what the gate has refused and why";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier status
  hotline classifier status --json";

/// No choices.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

pub(in crate::cli) async fn run(client: Client, _: Args, out: &Out) -> anyhow::Result<()> {
    let answer = client
        .triage()
        .get_classifier(GetClassifierRequest {})
        .await
        .answer()?;
    if out.json() {
        return out.object(&as_json(&answer));
    }
    if answer.versions.is_empty() {
        out.note(
            "没有分类模型,仅按规则和词表分类",
            "there is no model: rules and lexicon answer alone",
        );
    }
    for version in &answer.versions {
        out.line(line(version, out.lang()))?;
    }
    for refusal in &answer.refusals {
        out.line(refused(refusal, out.lang()))?;
    }
    footer(&answer, out)
}

/// One version on a line.
pub(super) fn line(version: &ClassifierVersion, lang: Lang) -> String {
    let mark = if version.in_force { "*" } else { " " };
    let origin = match version.origin.as_str() {
        "shipped" => lang.word("原始", "shipped").to_owned(),
        "learned" => lang.phrase(
            format_args!("学习 {} 件", version.lessons),
            format_args!("learned {}", version.lessons),
        ),
        "rolled_back" => lang.phrase(
            format_args!("回退到 {}", version.of_version),
            format_args!("back to {}", version.of_version),
        ),
        other => other.to_owned(),
    };
    let figures = version.figures.as_ref().map(|figures| told(figures, lang));
    let gone = if version.kept {
        ""
    } else {
        lang.word("不可回退", "not kept")
    };
    let line = format!(
        "{mark} {}{}  {}{}  {} {} {gone}",
        pad(&version.version.to_string(), 5),
        short_time(&version.start_time),
        pad(&origin, 16),
        version.model.dimmed(),
        figures.unwrap_or_default(),
        version.actor,
    );
    let line = line.trim_end().to_owned();
    if version.in_force {
        line.bold().to_string()
    } else {
        line
    }
}

fn refused(refusal: &ClassifierRefusal, lang: Lang) -> String {
    let figures = refusal.figures.as_ref().map(|figures| told(figures, lang));
    format!(
        "{} {}  {}{}  {}",
        lang.word("未放行", "refused").yellow(),
        short_time(&refusal.refuse_time),
        pad(&reason(&refusal.reason, lang), 16),
        figures.unwrap_or_default(),
        refusal.numbers.join(" ").dimmed(),
    )
}

fn reason(reason: &str, lang: Lang) -> String {
    let (zh, en) = match reason {
        "held_out_falls" => ("留样准确率下降", "worse on held-out"),
        "lexicon_falls" => ("词表准确率下降", "worse on lexicon"),
        "category_falls" => ("某一类别下降", "one category worse"),
        "not_learned" => ("更正未能学会", "not learned"),
        other => (other, other),
    };
    lang.word(zh, en).to_owned()
}

/// What the gate has seen: right answers before and after.
fn told(figures: &GateFigures, lang: Lang) -> String {
    let part = |zh, en, agreement: &Option<Agreement>| {
        let Agreement {
            messages,
            before,
            after,
        } = agreement.unwrap_or_default();
        format!("{} {before}→{after}/{messages}", lang.word(zh, en))
    };
    [
        part("更正", "corrected", &figures.learned),
        part("留样", "held out", &figures.held_out),
        part("词表", "lexicon", &figures.lexicon),
    ]
    .join("  ")
}

fn footer(answer: &GetClassifierResponse, out: &Out) -> anyhow::Result<()> {
    let GetClassifierResponse {
        learned,
        refused,
        waiting,
        withheld,
        ..
    } = answer;
    let passed = |why: &str| answer.passed_over.get(why).copied().unwrap_or_default();
    let (no_label, unreadable) = (passed("no_label"), passed("unreadable"));
    let (known, held_out) = (passed("known"), passed("held_out"));
    out.line(out.say(
        format_args!(
            "更正:学过 {learned},未放行 {refused},待学 {waiting},留样 {held_out},模型已知 {known},无对应标签 \
             {no_label},不可读 {unreadable};密件 {withheld} 件只计数"
        ),
        format_args!(
            "corrections: {learned} learned, {refused} refused, {waiting} waiting, {held_out} held out, {known} known to \
             the model, {no_label} without a label, {unreadable} unreadable; {withheld} sealed, counted only"
        ),
    ))?;
    Ok(())
}

/// A version for scripts.
pub(super) fn version_json(version: &ClassifierVersion) -> Value {
    json!({
        "version": version.version,
        "start_time": json_time(&version.start_time),
        "origin": version.origin,
        "model": version.model,
        "of_version": version.of_version,
        "lessons": version.lessons,
        "figures": version.figures.as_ref().map(figures_json),
        "actor": version.actor,
        "in_force": version.in_force,
        "kept": version.kept,
    })
}

fn figures_json(figures: &GateFigures) -> Value {
    let part = |agreement: &Option<Agreement>| {
        let Agreement {
            messages,
            before,
            after,
        } = agreement.unwrap_or_default();
        json!({ "messages": messages, "before": before, "after": after })
    };
    json!({
        "learned": part(&figures.learned),
        "held_out": part(&figures.held_out),
        "lexicon": part(&figures.lexicon),
    })
}

fn as_json(answer: &GetClassifierResponse) -> Value {
    let refusals = answer.refusals.iter().map(|refusal| {
        json!({
            "refuse_time": json_time(&refusal.refuse_time),
            "version": refusal.version,
            "reason": refusal.reason,
            "numbers": refusal.numbers,
            "lessons": refusal.lessons,
            "figures": refusal.figures.as_ref().map(figures_json),
        })
    });
    json!({
        "versions": answer.versions.iter().map(version_json).collect::<Vec<_>>(),
        "refusals": refusals.collect::<Vec<_>>(),
        "learned": answer.learned,
        "refused": answer.refused,
        "waiting": answer.waiting,
        "passed_over": answer.passed_over,
        "withheld": answer.withheld,
    })
}
