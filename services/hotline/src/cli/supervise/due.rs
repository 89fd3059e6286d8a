//! `hotline supervise due` and `summary`: what is near or past due, row by row and in figures.

use clap::ValueEnum;
use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockKind, Grade, Level, Light, Phase};
use proto::supervision::v1::{
    DueCount, DueOrder, DueTicket, GetDueSummaryRequest, GetDueSummaryResponse, ListDueRequest,
};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::terms::{Term, holder_name, name, term, word};
use crate::view::{json_time, light_cell, short_time};

pub(super) const ABOUT: &str = "列出临期和超期的工单,最超期的在前,或按风险排序
List what is near or past due: the most overdue first, or the most at risk";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise due --overdue
  hotline supervise due --by risk --district district-longhu --level l2
  hotline supervise due --unit district-longhu --grade b --json

按风险:特急、紧急在前,一般与疑难并列;同级内按已用时限的比例,自起算至今与至到期之比,含夜间和节假日;100% 即到期。
By risk: grade A, then B, then C with D; within these the share of the limit used up, nights and holidays counted.";

pub(super) const SUMMARY_ABOUT: &str = "临期和超期的数量:按单位、区县、级别、等级、时限
Figures of what is near and past due: by unit, district, level, grade, clock";

pub(super) const SUMMARY_EXAMPLES: &str = "示例 · Examples:
  hotline supervise summary
  hotline supervise summary --district district-longhu
  hotline supervise summary --grade a --json

只统计本人可见的工单,每件按最紧的时限计一次。
Only what you may see is counted, each ticket once, by the clock that presses most.";

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// 到期时间 · by due time
    Due,
    /// 风险 · by risk
    Risk,
}

/// Which.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// 承办单位及其下级 · of this unit and those below it
    #[arg(long)]
    unit: Option<String>,
    /// 区县及其下级 · of this district and the units below it
    #[arg(long)]
    district: Option<String>,
    /// 不低于此级 · at or above this level
    #[arg(long, value_parser = term::<Level>())]
    level: Option<Level>,
    /// 等级 · of this grade
    #[arg(long, value_parser = term::<Grade>())]
    grade: Option<Grade>,
    /// 时限 · only this clock's
    #[arg(long, value_parser = term::<ClockKind>())]
    clock: Option<ClockKind>,
}

/// Which, and in which order.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// 只列超期 · only what is past due
    #[arg(long)]
    overdue: bool,
    /// 排序 · in which order
    #[arg(long, value_enum, default_value_t = By::Due)]
    by: By,
    /// 至多几件 · at most this many
    #[arg(long, default_value_t = 1_000, value_name = "COUNT")]
    limit: usize,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let order = match args.by {
        By::Due => DueOrder::DueTime,
        By::Risk => DueOrder::Risk,
    };
    let Which {
        unit,
        district,
        level,
        grade,
        clock,
    } = args.which;
    let mut request = ListDueRequest {
        unit: unit.unwrap_or_default(),
        district: district.unwrap_or_default(),
        level: level.unwrap_or_default().into(),
        grade: grade.unwrap_or_default().into(),
        clock: clock.unwrap_or_default().into(),
        overdue_only: args.overdue,
        order: order.into(),
        page_size: 200,
        page_token: String::new(),
    };
    let named = request.unit.clone();
    let mut count = 0;
    loop {
        let page = client.supervision().list_due(request.clone()).await.answer()?;
        for ticket in &page.tickets {
            if count == args.limit {
                out.note(
                    format_args!("只列前 {count} 件:用 --limit 调大"),
                    format_args!("only the first {count}: raise --limit"),
                );
                return Ok(());
            }
            show(ticket, out)?;
            count += 1;
        }
        if page.next_page_token.is_empty() {
            let until = short_time(&page.as_of_time);
            if !out.json() && !until.is_empty() {
                out.note(
                    format_args!("共 {count} 件,截至 {until}"),
                    format_args!("{count} in all, as of {until}"),
                );
            }
            if count == 0 && !named.is_empty() && !out.json() {
                out.note(
                    format_args!("若 {named} 并非单位代码,也不会有结果:代码见 hotline directory show"),
                    format_args!(
                        "a code that no unit has finds nothing either: see hotline directory show for {named}"
                    ),
                );
            }
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn show(ticket: &DueTicket, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": ticket.number,
            "phase": word::<Phase>(ticket.phase),
            "grade": word::<Grade>(ticket.grade),
            "clock": word::<ClockKind>(ticket.clock),
            "clock_unit": ticket.clock_unit,
            "due_time": json_time(&ticket.due_time),
            "used_percent": ticket.used_percent,
            "light": word::<Light>(ticket.light),
            "level": word::<Level>(ticket.level),
            "step_holder": ticket.step_holder,
            "lead_unit": ticket.lead_unit,
        }));
    }
    let lang = out.lang();
    let used = format!("{:>6}%", ticket.used_percent);
    out.line(format_args!(
        "{}  {}{}{}{}{}{}{}  {}",
        ticket.number,
        pad(grade_name(ticket.grade, lang), 6),
        light_cell(ticket.light, lang, 10),
        pad(name::<Level>(ticket.level, lang), 10),
        pad(name::<Phase>(ticket.phase, lang), 17),
        pad(name::<ClockKind>(ticket.clock, lang), 14),
        pad(holder_name(&ticket.step_holder, lang), 26),
        short_time(&ticket.due_time),
        used
    ))?;
    Ok(())
}

fn grade_name(grade: i32, lang: Lang) -> &'static str {
    name::<Grade>(grade, lang)
}

pub(super) async fn summary(client: Client, which: Which, out: &Out) -> anyhow::Result<()> {
    let request = GetDueSummaryRequest {
        unit: which.unit.unwrap_or_default(),
        district: which.district.unwrap_or_default(),
        level: which.level.unwrap_or_default().into(),
        grade: which.grade.unwrap_or_default().into(),
        clock: which.clock.unwrap_or_default().into(),
    };
    let summary = client.supervision().get_due_summary(request).await.answer()?;
    if out.json() {
        return out.object(&summary_json(&summary));
    }
    for line in table(&summary, out.lang()) {
        out.line(line)?;
    }
    let until = short_time(&summary.as_of_time);
    if !until.is_empty() {
        out.note(format_args!("截至 {until}"), format_args!("as of {until}"));
    }
    Ok(())
}

/// The figures, a block for each way to look at them.
fn table(summary: &GetDueSummaryResponse, lang: Lang) -> Vec<String> {
    let total = summary.total.clone().unwrap_or_default();
    let head = format!(
        "{}{:>8}{:>8}",
        pad("", COLUMN),
        lang.word("临期", "near"),
        lang.word("超期", "late")
    );
    let mut lines = vec![head, line(lang.word("合计", "all"), &total)];
    let own = lang.word("热线办理环节", "the hotline's own");
    let unit = |count: &DueCount| match count.key.as_str() {
        "" => own.to_owned(),
        code => code.to_owned(),
    };
    let level = |count: &DueCount| named::<Level>(&count.key, lang.word("未提级", "no level"), lang);
    let grade = |count: &DueCount| named::<Grade>(&count.key, "", lang);
    let clock = |count: &DueCount| named::<ClockKind>(&count.key, "", lang);
    type Name<'a> = &'a dyn Fn(&DueCount) -> String;
    let blocks: [(&str, &[DueCount], Name<'_>); 5] = [
        (lang.word("区县", "district"), &summary.districts, &unit),
        (lang.word("单位", "unit"), &summary.units, &unit),
        (lang.word("级别", "level"), &summary.levels, &level),
        (lang.word("等级", "grade"), &summary.grades, &grade),
        (lang.word("时限", "clock"), &summary.clocks, &clock),
    ];
    for (title, counts, name) in blocks {
        if counts.is_empty() {
            continue;
        }
        lines.push(String::new());
        lines.push(title.bold().to_string());
        lines.extend(
            counts
                .iter()
                .map(|count| line(&format!("  {}", name(count)), count)),
        );
    }
    lines
}

/// Where the figures begin.
const COLUMN: usize = 30;

fn line(label: &str, count: &DueCount) -> String {
    format!("{}{:>6}{:>8}", pad(label, COLUMN), count.yellow, count.red)
}

/// The name of a word the server counts by.
fn named<T: Term>(key: &str, otherwise: &str, lang: Lang) -> String {
    match T::parse(key) {
        Some(one) => lang.word(one.zh(), one.word()).to_owned(),
        None if key == "none" => otherwise.to_owned(),
        None => key.to_owned(),
    }
}

fn summary_json(summary: &GetDueSummaryResponse) -> Value {
    let one = |count: &DueCount| json!({"key": count.key, "yellow": count.yellow, "red": count.red});
    let all = |counts: &[DueCount]| counts.iter().map(one).collect::<Vec<_>>();
    let total = summary.total.clone().unwrap_or_default();
    json!({
        "yellow": total.yellow,
        "red": total.red,
        "units": all(&summary.units),
        "districts": all(&summary.districts),
        "levels": all(&summary.levels),
        "grades": all(&summary.grades),
        "clocks": all(&summary.clocks),
        "as_of_time": json_time(&summary.as_of_time),
    })
}
