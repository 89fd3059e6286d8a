//! `hotline audit clocks`: every due time computed anew from the journal, offline or by the server.

use std::path::{Path, PathBuf};

use domain::clock::audit::{Difference, Sum, Value, What, audit, before_merging};
use domain::time::Calendar;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockKind, Level};
use proto::tickets::v1::{
    ClockAudit, ClockDifference, GetClockAuditRequest, GetClockAuditResponse, StartClockAuditRequest,
};
use serde_json::json;

use crate::cli::offline::lives::{Days, Life, Lives};
use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::terms::word;
use crate::view::{json_time, short, short_time};

pub(in crate::cli) const ABOUT: &str = "时限自查:由账本重算每个到期时间、黄灯和级别,报告任何不符
Audit the clocks: every due time, yellow light and level computed anew from the journal";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline audit clocks                                     服务上次夜间自查的结果 · the server's last nightly audit
  hotline audit clocks --now                               让服务立即开始一次 · have the server begin one now
  hotline backup --data ./data --to ./copy
  hotline audit clocks --data ./copy --from 2026-11-01     对备份离线自查 · of a copy, offline

有任何不符则退出码为 7 · exits with 7 if anything differs
早期版本作出、现版本会另行处理的操作只计数,其时限仍逐步推算 · what an earlier release decided otherwise is counted only;
its clocks are derived step by step all the same";

/// How late a level may have fired before it counts as missing.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// The end of days, where only the first is named.
const LAST_DAY: Date = Date::constant(9999, 12, 30);

/// Of what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 数据目录的备份,或已停止服务的数据目录 · a copy of a data directory, or that of a stopped server
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// 只查此日及以后登记的工单 · only tickets registered on this day or later
    #[arg(long, value_name = "DATE", requires = "data")]
    from: Option<Date>,
    /// 让服务立即开始一次 · have the server begin one now
    #[arg(long, conflicts_with = "data")]
    now: bool,
}

/// Of a copy.
pub(in crate::cli) fn offline(data: &Path, args: &Args, out: &Out) -> anyhow::Result<()> {
    let days = args.from.map(|from| Days { from, to: LAST_DAY });
    let lives = Lives::open(data, days, out)?;
    let mut shelf = lives.shelf();
    let Some(now) = lives.last_at else {
        return show(&Sum::default(), None, out);
    };
    let mut sum = Sum::default();
    lives.each(out, |life: &Life<'_>| {
        let number = life.history.first().map(|first| first.number);
        let merged = |child, at| before_merging(&life.merged(child)?, number?, at);
        let mut rules_of = |under: &_| shelf.hold(under);
        sum.add(audit(&life.history, &mut rules_of, &merged, now, GRACE));
        Ok(())
    })?;
    let latest = lives.latest.as_ref().and_then(|version| shelf.version(version));
    show(&sum.finish(), latest.as_ref().map(|rules| rules.calendar()), out)
}

fn show(sum: &Sum, calendar: Option<&Calendar>, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        out.object(&json!({
            "tickets": sum.tickets,
            "runs": sum.runs,
            "levels": sum.levels,
            "differences": sum.found,
            "unreadable": sum.unreadable,
            "excused": sum.excused,
            "decided_otherwise": sum.decided_otherwise,
        }))?;
        for one in &sum.differences {
            out.object(&as_json(one))?;
        }
    } else {
        tell(sum, calendar, out)?;
    }
    match sum.agrees() {
        true => Ok(()),
        false => Err(disagrees(sum.found, sum.unreadable, out)),
    }
}

fn disagrees(found: u64, unreadable: u64, out: &Out) -> anyhow::Error {
    let message = out.say(
        format_args!("时限自查:{found} 处不符,{unreadable} 件无法读取"),
        format_args!("clock audit: {found} differences, {unreadable} tickets unreadable"),
    );
    Stop::because(Exit::Damaged, message)
}

fn verdict(agrees: bool, out: &Out) -> String {
    match agrees {
        true => out.say("全部相符", "everything agrees").green().to_string(),
        false => out.say("有不符", "NOT in agreement").red().bold().to_string(),
    }
}

fn counts(tickets: u64, runs: u64, levels: u64, found: u64, out: &Out) -> String {
    out.say(
        format_args!("工单 {tickets} 件,计时 {runs} 次,级别 {levels} 次,不符 {found} 处"),
        format_args!("{tickets} tickets, {runs} runs, {levels} levels, {found} differences"),
    )
}

/// What is no difference and worth knowing.
fn beside(excused: u64, otherwise: u64, out: &Out) -> anyhow::Result<()> {
    if excused > 0 {
        out.line(out.say(
            format_args!("系统停机期间未触发、其后计时已停的级别 {excused} 次,不计不符"),
            format_args!("{excused} levels passed while the system was down: no differences"),
        ))?;
    }
    if otherwise > 0 {
        out.line(out.say(
            format_args!("早期版本另行处理的操作 {otherwise} 次,其时限已逐步推算"),
            format_args!(
                "{otherwise} commands decided otherwise by an earlier release; their clocks were derived"
            ),
        ))?;
    }
    Ok(())
}

fn tell(sum: &Sum, calendar: Option<&Calendar>, out: &Out) -> anyhow::Result<()> {
    let verdict = verdict(sum.agrees(), out);
    let counts = counts(sum.tickets, sum.runs, sum.levels, sum.found, out);
    out.line(format_args!("{verdict}  {counts}"))?;
    beside(sum.excused, sum.decided_otherwise, out)?;
    for one in &sum.differences {
        out.line(line(one, calendar, out))?;
    }
    Ok(())
}

fn line(one: &Difference, calendar: Option<&Calendar>, out: &Out) -> String {
    let value = |value: Value| told(value, calendar);
    let clock = one.clock.map_or_else(String::new, |id| {
        let leg = id.leg.map_or_else(String::new, |leg| format!(" leg {}", leg.0));
        format!("{}{leg} run {}", id.kind.as_str(), id.run)
    });
    let level = one.what.level().map_or("", |level| level.as_str());
    let (recorded, computed) = (value(one.recorded), value(one.computed));
    let values = out.say(
        format_args!("记录 {recorded},应为 {computed}"),
        format_args!("recorded {recorded}, computed {computed}"),
    );
    let what = out.say(one.what.zh(), one.what.en());
    format!(
        "  {} v{}  {clock} {level}  {what}  {values}",
        one.number.bold(),
        one.version
    )
}

fn told(value: Value, calendar: Option<&Calendar>) -> String {
    match value {
        Value::Nothing => "-".to_owned(),
        Value::At(at) => calendar.map_or_else(
            || at.to_string(),
            |calendar| calendar.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        ),
        Value::Points(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
        Value::Limit(limit) => limit.to_string(),
        Value::Minutes(minutes) => format!("{minutes} min"),
    }
}

fn as_json(one: &Difference) -> serde_json::Value {
    let value = |value: Value| match value {
        Value::At(at) => json!(at.to_string()),
        Value::Nothing => serde_json::Value::Null,
        Value::Points(_) | Value::Limit(_) | Value::Minutes(_) => json!(told(value, None)),
    };
    json!({
        "number": one.number.to_string(),
        "version": one.version,
        "record_time": one.at.to_string(),
        "clock": one.clock.map(|id| id.kind.as_str()),
        "leg": one.clock.and_then(|id| id.leg).map(|leg| leg.0),
        "run": one.clock.map(|id| id.run),
        "what": one.what.as_str(),
        "level": one.what.level().map(|level| level.as_str()),
        "recorded": value(one.recorded),
        "computed": value(one.computed),
    })
}

/// The server's last, or one that it begins now.
pub(in crate::cli) async fn of_server(client: Client, args: &Args, out: &Out) -> anyhow::Result<()> {
    if args.now {
        let request_id = uuid::Uuid::new_v4().to_string();
        let request = StartClockAuditRequest { request_id };
        client.tickets().start_clock_audit(request).await.answer()?;
        out.note(
            "已开始;稍后用 hotline audit clocks 看结果",
            "begun: see what comes of it with hotline audit clocks",
        );
        return Ok(());
    }
    let answer = client
        .tickets()
        .get_clock_audit(GetClockAuditRequest {})
        .await
        .answer()?;
    if out.json() {
        out.object(&json!({
            "last": answer.last.as_ref().map(audit_json),
            "under_way": answer.under_way.as_ref().map(audit_json),
            "next_time": json_time(&answer.next_time),
        }))?;
    } else {
        tell_server(&answer, out)?;
    }
    match answer.last {
        Some(last) if last.differences + last.unreadable > 0 => {
            Err(disagrees(last.differences, last.unreadable, out))
        }
        Some(_) | None => Ok(()),
    }
}

fn tell_server(answer: &GetClockAuditResponse, out: &Out) -> anyhow::Result<()> {
    match &answer.last {
        None => out.line(out.say(
            "启动以来尚未完成自查",
            "no audit was finished since the server was started",
        ))?,
        Some(last) => {
            let verdict = verdict(last.differences + last.unreadable == 0, out);
            let ended = short_time(&last.end_time);
            let counts = counts(last.tickets, last.runs, last.levels, last.differences, out);
            out.line(format_args!("{ended}  {verdict}  {counts}"))?;
            beside(last.excused, last.decided_otherwise, out)?;
            for one in &last.found {
                out.line(difference_line(one, out))?;
            }
        }
    }
    if let Some(under_way) = &answer.under_way {
        let (begun, tickets) = (short_time(&under_way.start_time), under_way.tickets);
        out.line(out.say(
            format_args!("正在自查:{begun} 开始,已查 {tickets} 件"),
            format_args!("one is under way: begun {begun}, {tickets} tickets so far"),
        ))?;
    }
    if answer.next_time.is_some() {
        let next = short_time(&answer.next_time);
        out.line(out.say(format_args!("下次:{next}"), format_args!("the next: {next}")))?;
    }
    Ok(())
}

fn difference_line(one: &ClockDifference, out: &Out) -> String {
    let leg = match one.leg {
        0 => String::new(),
        leg => format!(" leg {leg}"),
    };
    let clock = word::<ClockKind>(one.clock);
    let level = if one.level > 0 {
        word::<Level>(one.level)
    } else {
        ""
    };
    let (recorded, computed) = (value_of(&one.recorded), value_of(&one.computed));
    let values = out.say(
        format_args!("记录 {recorded},应为 {computed}"),
        format_args!("recorded {recorded}, computed {computed}"),
    );
    // A later server may know more kinds.
    let known = What::ALL.iter().find(|what| what.as_str() == one.what);
    let what = known.map_or_else(|| one.what.clone(), |what| out.say(what.zh(), what.en()));
    let (number, version, run) = (one.number.bold(), one.version, one.run);
    format!("  {number} v{version}  {clock}{leg} run {run} {level}  {what}  {values}")
}

fn value_of(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => short(at),
        Err(_) if text.is_empty() => "-".to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn audit_json(one: &ClockAudit) -> serde_json::Value {
    let found = one.found.iter().map(|one| {
        json!({
            "number": one.number,
            "version": one.version,
            "record_time": json_time(&one.record_time),
            "clock": word::<ClockKind>(one.clock),
            "leg": one.leg,
            "run": one.run,
            "what": one.what,
            "level": (one.level > 0).then(|| word::<Level>(one.level)),
            "recorded": one.recorded,
            "computed": one.computed,
        })
    });
    json!({
        "start_time": json_time(&one.start_time),
        "end_time": json_time(&one.end_time),
        "tickets": one.tickets,
        "runs": one.runs,
        "levels": one.levels,
        "differences": one.differences,
        "unreadable": one.unreadable,
        "excused": one.excused,
        "decided_otherwise": one.decided_otherwise,
        "found": found.collect::<Vec<_>>(),
    })
}
