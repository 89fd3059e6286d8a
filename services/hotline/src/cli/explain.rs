//! `hotline explain`: why a clock is due when it is.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use proto::common::v1::{ClockKind, Level};
use proto::tickets::v1::{
    Clock, ExplainClockRequest, ExplainedLevel, ExplainedLine, ExplainedStep, Explanation, GetTicketRequest,
    TicketView,
};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::{Lang, Out};
use crate::terms::{term, word};
use crate::view::{WireTime, json_time, rests_since, short_time};

pub(super) const ABOUT: &str = "说明时限:从起点到到期的每一步,可复算
Why a clock is due when it is: every step from start to due, computed again";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline explain 20261121-0000015                          当前责任方的时限 · the step holder's clock
  hotline explain 20261121-0000015 --clock c4 --unit water
  hotline explain 20261121-0000015 --clock c0 --svg 时限.svg
  hotline explain 20261121-0000015 --all --json";

/// Which clocks, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 工单编号 · the ticket's number
    number: String,
    /// 哪个时限,默认当前责任方的 · which clock; by default that of whoever holds the step
    #[arg(long, value_parser = term::<ClockKind>(), conflicts_with = "all")]
    clock: Option<ClockKind>,
    /// 只看此单位承办段的时限 · only the clocks of this unit's leg
    #[arg(long, value_name = "UNIT", default_value = "", hide_default_value = true)]
    unit: String,
    /// 全部时限 · every clock
    #[arg(long)]
    all: bool,
    /// 只看给诉求人的两行说明 · only the two lines for the resident
    #[arg(long)]
    short: bool,
    /// 另存时间轴图(SVG)· write a timeline as SVG, too
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    svg: Option<PathBuf>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ExplainClockRequest {
        number: args.number.clone(),
        kind: args.clock.map_or(0, Into::into),
        unit: args.unit,
        all: args.all,
        picture: args.svg.is_some(),
    };
    let answer = client.tickets().explain_clock(request).await.answer()?;
    if let Some(path) = &args.svg {
        write_picture(path, &answer.explanations)?;
    }

    let rests = resting(&client, &args.number, &answer.explanations).await?;
    if out.json() {
        let all = answer.explanations.iter().zip(&rests);
        let explanations: Vec<Value> = all.map(|(one, rests)| as_json(one, rests)).collect();
        return out.object(&json!({ "number": args.number, "explanations": explanations }));
    }
    let is_one = answer.explanations.len() == 1;
    for (nth, (one, rest)) in answer.explanations.iter().zip(&rests).enumerate() {
        if nth > 0 {
            out.line("")?;
        }
        out.line(told(&lines(one, rest, args.short, is_one), out.lang()))?;
    }
    Ok(())
}

/// Since when each rests. The ticket says whether a stopped clock rests or is over.
async fn resting(client: &Client, number: &str, of: &[Explanation]) -> anyhow::Result<Vec<WireTime>> {
    let clocks = of.iter().map(|one| one.clock.clone().unwrap_or_default());
    let clocks: Vec<Clock> = clocks.collect();
    if clocks.iter().all(|clock| clock.stop_time.is_none()) {
        return Ok(vec![None; clocks.len()]);
    }
    let request = GetTicketRequest {
        number: number.to_owned(),
        view: TicketView::Basic.into(),
    };
    let answer = client.tickets().get_ticket(request).await.answer()?;
    let ticket = answer.ticket.unwrap_or_default();
    Ok(clocks.iter().map(|clock| rests_since(&ticket, clock)).collect())
}

/// The lines of one clock; where there are several, each begins with its name.
fn lines(one: &Explanation, rests: &WireTime, short: bool, is_one: bool) -> Vec<ExplainedLine> {
    let (title, full) = one.full.split_at(one.full.len().min(1));
    let title = title.iter().filter(|_| !short || !is_one).cloned();
    let since = short_time(rests);
    let rests = rests.is_some().then(|| ExplainedLine {
        zh: format!("暂停中：自 {since} 起；恢复后，其间应计的时间顺延"),
        en: format!("resting since {since}: what counts meanwhile is added when it goes on"),
    });
    let body = if short { one.short.as_slice() } else { full };
    title.chain(rests).chain(body.iter().cloned()).collect()
}

/// One picture is of one clock.
fn write_picture(path: &std::path::Path, explanations: &[Explanation]) -> anyhow::Result<()> {
    let [one] = explanations else {
        return Err(Stop::because(
            Exit::Usage,
            "图只能画一个时限:请用 --clock 和 --unit 指定 · a picture is of one clock: name it with --clock and --unit",
        ));
    };
    std::fs::write(path, &one.svg).with_context(|| format!("cannot write {}", path.display()))
}

/// Where both languages are wanted each stands for itself: the lines are too long to be put side by side.
fn told(lines: &[ExplainedLine], lang: Lang) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", lang.phrase(&line.zh, &line.en));
    }
    if lang == Lang::Both {
        text.push('\n');
        text.push_str(&told(lines, Lang::En));
        return text;
    }
    text.trim_end().to_owned()
}

fn as_json(one: &Explanation, rests: &WireTime) -> Value {
    let clock = one.clock.clone().unwrap_or_default();
    let zh_en = |lines: &[ExplainedLine], lang: Lang| -> Vec<String> {
        lines.iter().map(|line| lang.phrase(&line.zh, &line.en)).collect()
    };
    json!({
        "clock": word::<ClockKind>(clock.kind),
        "unit": one.unit,
        "leg": clock.leg,
        "run": clock.run,
        "limit": clock.limit,
        "profile": one.profile,
        "field": one.field,
        "statute": one.statute,
        "rules_version": one.rules_version,
        "start_time": json_time(&clock.start_time),
        "cause": one.cause,
        "steps": one.steps.iter().map(step_json).collect::<Vec<_>>(),
        "due_time": json_time(&clock.due_time),
        "yellow_time": json_time(&clock.yellow_time),
        "stop_time": json_time(&clock.stop_time),
        "rests_since": json_time(rests),
        "levels": one.levels.iter().map(level_json).collect::<Vec<_>>(),
        "agrees": one.agrees,
        "computed_time": json_time(&one.computed_time),
        "bounds": one.bounds,
        "full_zh": zh_en(&one.full, Lang::Zh),
        "full_en": zh_en(&one.full, Lang::En),
        "short_zh": zh_en(&one.short, Lang::Zh),
        "short_en": zh_en(&one.short, Lang::En),
    })
}

fn step_json(step: &ExplainedStep) -> Value {
    let spans = step.spans.iter().map(|span| {
        json!({
            "from": span.from_date,
            "to": span.to_date,
            "days": span.days,
            "skipped_days": span.skipped_days,
            "minutes": span.minutes,
            "kind": span.kind,
            "counts": span.counts,
        })
    });
    json!({
        "kind": step.kind,
        "record_time": json_time(&step.record_time),
        "cause": step.cause,
        "from_time": json_time(&step.from_time),
        "to_time": json_time(&step.to_time),
        "spans": spans.collect::<Vec<_>>(),
    })
}

fn level_json(level: &ExplainedLevel) -> Value {
    json!({
        "level": word::<Level>(level.level),
        "due_time": json_time(&level.due_time),
        "fire_time": json_time(&level.fire_time),
        "system_was_down": level.system_was_down,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(zh: &str) -> ExplainedLine {
        ExplainedLine {
            zh: zh.to_owned(),
            en: "in English".to_owned(),
        }
    }

    #[test]
    fn several_short_ones_are_named_and_what_rests_says_so() {
        let one = Explanation {
            full: vec![said("C4 办理时限"), said("起点")],
            short: vec![said("最迟"), said("没有扣除")],
            ..Explanation::default()
        };
        let zh = |rests: &WireTime, short, is_one| {
            let lines = lines(&one, rests, short, is_one).into_iter();
            lines.map(|line| line.zh).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(zh(&None, true, true), "最迟 | 没有扣除");
        assert_eq!(zh(&None, true, false), "C4 办理时限 | 最迟 | 没有扣除");
        let since = Some(crate::view::wire_time("2026-11-24T02:00:00Z".parse().unwrap()));
        assert_eq!(
            zh(&since, false, true),
            "C4 办理时限 | 暂停中：自 2026-11-24 10:00 起；恢复后，其间应计的时间顺延 | 起点"
        );
    }
}
