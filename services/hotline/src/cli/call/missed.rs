//! `hotline call missed-add`, `missed`, `back` and `sms`: calls that were missed or cut off, until somebody is reached.

use owo_colors::OwoColorize as _;
use proto::common::v1::Light;
use proto::intake::v1::{
    CallBackOutcome, ListMissedCallsRequest, ListMissedCallsResponse, MissedCall, MissedCallCause,
    MissedCallEnd, MissedCallFigures, MissedCallState, RecordCallBackRequest, RecordMissedCallRequest,
    RecordSmsRequest,
};
use serde_json::{Value, json};

use crate::cli::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{Term, holder_name, name, term, word};
use crate::view::{json_time, light_cell, short_time};

pub(super) const ADD_ABOUT: &str = "登记漏接来电(话务平台上报)\nReport a call that never reached an agent";
pub(super) const ADD_EXAMPLES: &str = "示例 · Examples:
  hotline call missed-add c-20261121-0044 --caller 13800000000 --queue day
  hotline call missed-add c-20261121-0045 --caller 13800000000 --danger --at 2026-11-21T09:30";

pub(super) const LIST_ABOUT: &str = "列出待回拨的来电:险情在前,其次最超期的;指标\nList calls to be rung back: danger first, then the most overdue; the figures";
pub(super) const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline call missed --overdue
  hotline call missed --state sms-owed --json
  hotline call missed --figures --days 7";

pub(super) const BACK_ABOUT: &str =
    "记录一次回拨(经号码隐藏的中继)\nRecord that a call was rung back, by the masked relay";
pub(super) const BACK_EXAMPLES: &str = "示例 · Examples:
  hotline call back c-20261121-0044 --outcome not-reached
  hotline call back c-20261121-0044 --outcome ticket --number 20261121-0000015
  hotline call back c-20261121-0044 --outcome no-concern";

pub(super) const SMS_ABOUT: &str =
    "记录短信已发出(系统自身不发短信)\nRecord that the message owed was sent; the hotline itself sends none";
pub(super) const SMS_EXAMPLES: &str = "示例 · Examples:
  hotline call missed --state sms-owed
  hotline call sms c-20261121-0044";

/// Which missed calls.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// 状态,默认待回拨 · where they stand; to be rung back by default
    #[arg(long, value_parser = term::<MissedCallState>())]
    state: Option<MissedCallState>,
    /// 只列超期 · only what is past due
    #[arg(long)]
    overdue: bool,
    /// 只看指标 · the figures alone
    #[arg(long, conflicts_with_all = ["state", "overdue"])]
    figures: bool,
    /// 指标的天数,至今日 · the figures are of so many days up to today
    #[arg(long, default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=400))]
    days: u32,
}

/// What came of ringing back.
#[derive(Debug, clap::Args)]
pub(super) struct BackArgs {
    /// 呼叫号,见列表 · the call, as listed
    call_id: String,
    /// 结果 · what came of it
    #[arg(long, value_parser = term::<CallBackOutcome>())]
    outcome: CallBackOutcome,
    /// 工单编号 · the ticket's number, where there is one
    #[arg(long)]
    number: Option<String>,
    #[command(flatten)]
    request: RequestName,
}

/// For which call the message was sent.
#[derive(Debug, clap::Args)]
pub(super) struct SmsArgs {
    /// 呼叫号,见列表 · the call, as listed
    call_id: String,
    #[command(flatten)]
    request: RequestName,
}

impl Term for MissedCallState {
    const WORDS: fn() -> Vec<(&'static str, &'static str)> = || {
        vec![
            ("ringing", "待回拨"),
            ("sms_owed", "待发短信"),
            ("ended", "已处理"),
        ]
    };
}

impl Term for MissedCallEnd {
    const WORDS: fn() -> Vec<(&'static str, &'static str)> = || {
        vec![
            ("returned", "已接通"),
            ("called_again", "再次来电"),
            ("sms_sent", "已发短信"),
            ("withheld", "号码隐藏"),
        ]
    };
}

impl Term for MissedCallCause {
    const WORDS: fn() -> Vec<(&'static str, &'static str)> =
        || vec![("unanswered", "未接通"), ("cut_off", "断线")];
}

impl Term for CallBackOutcome {
    const WORDS: fn() -> Vec<(&'static str, &'static str)> = || {
        vec![
            ("not_reached", "未接通"),
            ("no_concern", "无诉求"),
            ("ticket", "已登记工单"),
        ]
    };
}

pub(super) async fn add(client: Client, request: RecordMissedCallRequest, out: &Out) -> anyhow::Result<()> {
    let answer = client.intake().record_missed_call(request).await.answer()?;
    show(&answer.missed_call.unwrap_or_default(), out)
}

pub(super) async fn back(client: Client, args: BackArgs, out: &Out) -> anyhow::Result<()> {
    let request = RecordCallBackRequest {
        call_id: args.call_id,
        request_id: args.request.take(),
        outcome: args.outcome.into(),
        number: args.number.unwrap_or_default(),
    };
    let answer = client.intake().record_call_back(request).await.answer()?;
    let call = answer.missed_call.unwrap_or_default();
    show(&call, out)?;
    if call.state() == MissedCallState::SmsOwed && !out.json() {
        out.note(
            "回拨次数已满:请发短信,再用 hotline call sms 记录",
            "rung in vain often enough: send a message, then record it with hotline call sms",
        );
    }
    Ok(())
}

pub(super) async fn sms(client: Client, args: SmsArgs, out: &Out) -> anyhow::Result<()> {
    let request = RecordSmsRequest {
        call_id: args.call_id,
        request_id: args.request.take(),
    };
    let answer = client.intake().record_sms(request).await.answer()?;
    show(&answer.missed_call.unwrap_or_default(), out)
}

pub(super) async fn list(client: Client, args: ListArgs, out: &Out) -> anyhow::Result<()> {
    let mut request = ListMissedCallsRequest {
        state: args.state.unwrap_or(MissedCallState::Ringing).into(),
        overdue_only: args.overdue,
        page_size: if args.figures { 1 } else { 200 },
        page_token: String::new(),
        figure_days: args.days,
    };
    loop {
        let page = client
            .intake()
            .list_missed_calls(request.clone())
            .await
            .answer()?;
        if args.figures {
            return show_figures(&page, args.days, out);
        }
        for call in &page.missed_calls {
            show(call, out)?;
        }
        if page.next_page_token.is_empty() {
            if !out.json() {
                told(&page, out);
            }
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

/// How many wait, below the list.
fn told(page: &ListMissedCallsResponse, out: &Out) {
    let ListMissedCallsResponse {
        ringing_count: ringing,
        overdue_count: overdue,
        sms_owed_count: owed,
        ..
    } = page;
    let until = short_time(&page.as_of_time);
    out.note(
        format_args!("待回拨 {ringing} 个,其中超期 {overdue} 个;待发短信 {owed} 个;截至 {until}"),
        format_args!(
            "{ringing} to be rung back, {overdue} of them overdue; {owed} messages owed; as of {until}"
        ),
    );
}

fn show(call: &MissedCall, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&as_json(call));
    }
    let lang = out.lang();
    let standing = if call.end == 0 {
        name::<MissedCallState>(call.state, lang)
    } else {
        name::<MissedCallEnd>(call.end, lang)
    };
    let danger = if call.danger_heard {
        lang.word("险情", "danger")
    } else {
        ""
    };
    let late = match (call.late_time.is_some(), call.system_was_down) {
        (false, _) => String::new(),
        (true, false) => {
            let told: Vec<&str> = call.told.iter().map(|told| holder_name(told, lang)).collect();
            lang.phrase(
                format_args!("已告 {}", told.join("、")),
                format_args!("told {}", told.join(", ")),
            )
        }
        (true, true) => lang
            .word("(系统停机期间到期)", "(due while the system was down)")
            .to_owned(),
    };
    let tries = lang.phrase(
        format_args!("来电 {} 回拨 {}", call.calls, call.tries),
        format_args!("calls {} tries {}", call.calls, call.tries),
    );
    let due = match short_time(&call.due_time) {
        none if none.is_empty() => none,
        due => format!("{} {due}", lang.word("限", "due")),
    };
    out.line(format_args!(
        "{}  {}{}{}{} {}  {}{}{} {}",
        pad(&call.call_id, 24),
        light_cell(call.light, lang, 12),
        pad(danger, 8).red().bold(),
        pad(standing, 14),
        lang.word("漏接", "missed"),
        short_time(&call.miss_time),
        pad(&due, 22),
        pad(&tries, 20),
        call.number,
        late.dimmed()
    ))?;
    Ok(())
}

fn as_json(call: &MissedCall) -> Value {
    json!({
        "call_id": call.call_id,
        "latest_call_id": call.latest_call_id,
        "called_number": call.called_number,
        "queue": call.queue,
        "cause": word::<MissedCallCause>(call.cause),
        "danger_heard": call.danger_heard,
        "miss_time": json_time(&call.miss_time),
        "limit": call.limit,
        "due_time": json_time(&call.due_time),
        "rules_version": call.rules_version,
        "light": word::<Light>(call.light),
        "overdue": call.overdue,
        "calls": call.calls,
        "tries": call.tries,
        "last_try_time": json_time(&call.last_try_time),
        "late_time": json_time(&call.late_time),
        "system_was_down": call.system_was_down,
        "told": call.told,
        "state": word::<MissedCallState>(call.state),
        "end": word::<MissedCallEnd>(call.end),
        "end_time": json_time(&call.end_time),
        "number": call.number,
        "in_time": call.in_time,
    })
}

fn show_figures(page: &ListMissedCallsResponse, days: u32, out: &Out) -> anyhow::Result<()> {
    let MissedCallFigures {
        missed,
        repeated,
        withheld,
        tried_in_time,
        returned_in_time,
        returned_late,
        called_again,
        sms,
        late,
        system_was_down,
    } = page.figures.unwrap_or_default();
    if out.json() {
        return out.object(&json!({
            "days": days,
            "missed": missed,
            "repeated": repeated,
            "withheld": withheld,
            "tried_in_time": tried_in_time,
            "returned_in_time": returned_in_time,
            "returned_late": returned_late,
            "called_again": called_again,
            "sms": sms,
            "late": late,
            "system_was_down": system_was_down,
            "ringing_count": page.ringing_count,
            "overdue_count": page.overdue_count,
            "sms_owed_count": page.sms_owed_count,
            "as_of_time": json_time(&page.as_of_time),
        }));
    }
    let lang = out.lang();
    let rows = [
        ("漏接(可回拨)", "missed, with a number to ring", missed),
        ("限内接通", "returned in time", returned_in_time),
        ("超限接通", "returned late", returned_late),
        ("其中本人再次来电", "of those, rang again himself", called_again),
        ("限内首次回拨", "first rung back in time", tried_in_time),
        ("改发短信", "a message instead", sms),
        ("到期未接通", "due times that passed", late),
        (
            "其中系统停机所致",
            "of those, the system was down",
            system_was_down,
        ),
        ("等待中重复来电", "further calls while waiting", repeated),
        ("号码隐藏", "number withheld", withheld),
    ];
    for (zh, en, count) in rows {
        out.line(format_args!("{} {count:>6}", pad(lang.word(zh, en), 32)))?;
    }
    told(page, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_stand_in_the_order_of_the_contract() {
        assert_eq!(MissedCallState::parse("sms-owed"), Some(MissedCallState::SmsOwed));
        assert_eq!(MissedCallState::parse("ended"), Some(MissedCallState::Ended));
        assert_eq!(MissedCallEnd::Withheld.word(), "withheld");
        assert_eq!(MissedCallEnd::CalledAgain.word(), "called_again");
        assert_eq!(MissedCallCause::CutOff.word(), "cut_off");
        assert_eq!(
            CallBackOutcome::parse("no-concern"),
            Some(CallBackOutcome::NoConcern)
        );
        assert_eq!(CallBackOutcome::Ticket.word(), "ticket");
    }
}
