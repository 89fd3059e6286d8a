//! `hotline supervise loop` and `confirm-clock`: whether levels fire, how far behind they are, and whether the machine's
//! clock is believed.

use jiff::{SignedDuration, Timestamp};
use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockDoubt, MachineClock};
use proto::supervision::v1::{ConfirmClockRequest, DueLoop, DueLoopState, GetDueLoopRequest};
use serde_json::{Value, json};

use crate::cli::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::view::{CITY, WireTime, instant, json_time};

pub(super) const LOOP_ABOUT: &str = "到期触发:是否在运行、落后多少、时钟是否可信
The due loop: whether it fires, how far behind it is, whether the clock is believed";

pub(super) const LOOP_EXAMPLES: &str = "示例 · Examples:
  hotline supervise loop
  hotline supervise loop --json";

pub(super) const CONFIRM_ABOUT: &str = "确认机器时钟现在正确:恢复触发,停摆期间到期的依次触发,不计入任何单位
Confirm that the machine's clock is right: firing goes on, what came due meanwhile is charged to nobody";

pub(super) const CONFIRM_EXAMPLES: &str = "示例 · Examples:
  hotline supervise confirm-clock --reason 已与授时中心核对";

/// How it stands.
pub(super) async fn show(client: Client, out: &Out) -> anyhow::Result<()> {
    let answer = client
        .supervision()
        .get_due_loop(GetDueLoopRequest {})
        .await
        .answer()?;
    print(&answer.due_loop.unwrap_or_default(), out)
}

/// The clock is right as it stands: the one there is now, whatever a further leap makes of it.
pub(super) async fn confirm(
    client: Client,
    reason: String,
    request: RequestName,
    out: &Out,
) -> anyhow::Result<()> {
    let asked = client.supervision().get_due_loop(GetDueLoopRequest {}).await;
    let clock = asked.answer()?.due_loop.and_then(|due_loop| due_loop.clock);
    let request = ConfirmClockRequest {
        request_id: request.take(),
        reason,
        doubt_time: clock.and_then(|clock| clock.doubt_time),
    };
    let answer = client.supervision().confirm_clock(request).await.answer()?;
    print(&answer.due_loop.unwrap_or_default(), out)
}

/// Where the values begin: behind the longest label in both languages.
const LABEL: usize = 22;

fn print(due_loop: &DueLoop, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&object(due_loop));
    }
    let clock = due_loop.clock.unwrap_or_default();
    let row =
        |zh: &str, en: &str, text: String| out.line(format_args!("{}{text}", pad(&out.say(zh, en), LABEL)));
    row("状态", "State", state(due_loop.state(), out.lang()))?;
    row("落后", "Behind", behind(due_loop, out.lang()))?;
    row(
        "下一到期",
        "Next due",
        or_none(second_time(&due_loop.next_due_time), out),
    )?;
    row(
        "上次巡检",
        "Last pass",
        or_none(second_time(&due_loop.last_pass_time), out),
    )?;
    row("已触发", "Fired", fired(due_loop, out.lang()))?;
    if due_loop.stuck_count > 0 {
        let count = due_loop.stuck_count;
        let text = out.say(
            format_args!("{count} 件(每件自行重试,见日志)"),
            format_args!("{count} tickets, each tried again by itself; the log says why"),
        );
        row("未能触发", "Stuck", text.yellow().to_string())?;
    }
    row("当前时间", "Time", second_time(&clock.now_time))?;
    for line in what_to_do(due_loop.state(), &clock, out.lang()) {
        out.line(line)?;
    }
    Ok(())
}

fn or_none(text: String, out: &Out) -> String {
    if text.is_empty() {
        out.say("无", "none")
    } else {
        text
    }
}

fn state(state: DueLoopState, lang: Lang) -> String {
    match state {
        DueLoopState::Running => lang.word("运行", "running").green().to_string(),
        DueLoopState::Halted => lang
            .word("已停:时钟存疑", "halted: the clock is doubted")
            .red()
            .to_string(),
        DueLoopState::CutOff => lang
            .word(
                "中断:无法访问工单服务,自动重试",
                "cut off: tickets cannot be asked; it tries on",
            )
            .red()
            .to_string(),
        DueLoopState::Unspecified => String::new(),
    }
}

fn behind(due_loop: &DueLoop, lang: Lang) -> String {
    if due_loop.lag_ms == 0 {
        return lang.word("无", "not at all").to_owned();
    }
    let lag = SignedDuration::from_millis(i64::try_from(due_loop.lag_ms).unwrap_or(i64::MAX));
    let oldest = second_time(&due_loop.oldest_due_time);
    let lag = span(lag);
    lang.say(
        format_args!("{lag}(最早应于 {oldest} 触发)"),
        format_args!("{lag}; the oldest was due {oldest}"),
    )
}

fn fired(due_loop: &DueLoop, lang: Lang) -> String {
    let (fired, down) = (due_loop.fired_count, due_loop.down_count);
    lang.say(
        format_args!("{fired} 次,其中因系统停摆而迟 {down} 次(不计入单位)"),
        format_args!("{fired}, of them late because the system was down {down}, charged to nobody"),
    )
}

/// Why it is halted or time stands still, and what somebody can do.
fn what_to_do(state: DueLoopState, clock: &MachineClock, lang: Lang) -> Vec<String> {
    let (wall, expected) = (second_time(&clock.wall_time), second_time(&clock.expected_time));
    let apart = span(parted(&clock.wall_time, &clock.expected_time).abs());
    let is_ahead = parted(&clock.wall_time, &clock.expected_time) > SignedDuration::ZERO;
    let why = match clock.doubt() {
        ClockDoubt::Leapt if is_ahead => lang.say(
            format_args!("机器时钟跳快了 {apart}:显示 {wall},按开机计时应为 {expected}。"),
            format_args!("The machine's clock has leapt forward by {apart}: it says {wall}, by the boot clock it should be {expected}."),
        ),
        ClockDoubt::Leapt => lang.say(
            format_args!("机器时钟拨慢了 {apart}:显示 {wall},按开机计时应为 {expected}。"),
            format_args!("The machine's clock has leapt back by {apart}: it says {wall}, by the boot clock it should be {expected}."),
        ),
        ClockDoubt::BehindLedger => lang.say(
            format_args!("启动时机器时钟落在账本最后记录之前,现相差 {apart}:显示 {wall}。"),
            format_args!("The machine's clock was behind the ledger's last record at the start, now by {apart}: it says {wall}."),
        ),
        ClockDoubt::AheadOfLedger => lang.say(
            format_args!("机器时钟显示 {wall},比账本最后记录的时间晚 {apart}(超过 30 天)。若时钟错了而被采信,已记录的时间无法退回,故先停下询问。"),
            format_args!("The machine's clock says {wall}: {apart} (more than 30 days) past the ledger's last record. A wrong time that is believed cannot be taken back, so somebody is asked first."),
        ),
        ClockDoubt::Unspecified => return stands_still(state, clock, lang).into_iter().collect(),
    };
    vec![
        why,
        lang.say(
            "若时钟错了:请校准(如启用 NTP),校准后自动恢复。若时钟现在是对的:",
            "If it is wrong: set it right (turn on NTP, say), and firing goes on by itself. If it is right as it stands:",
        ),
        "  hotline supervise confirm-clock --reason …".to_owned(),
    ]
}

fn stands_still(state: DueLoopState, clock: &MachineClock, lang: Lang) -> Option<String> {
    let ahead = parted(&clock.now_time, &clock.wall_time);
    let text = || {
        lang.say(
            format_args!("机器时钟比已记录的时间慢 {},时间暂停到它赶上为止。", span(ahead)),
            format_args!(
                "The machine's clock is {} behind what was recorded: time stands still until it has caught up.",
                span(ahead)
            ),
        )
    };
    (state == DueLoopState::Running && ahead >= SignedDuration::from_secs(1)).then(text)
}

/// `2026-11-21 09:30:05` in local time; empty when unset.
fn second_time(time: &WireTime) -> String {
    let local = instant(time).map(|time| CITY.to_datetime(time));
    local
        .map(|local| local.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

fn parted(one: &WireTime, other: &WireTime) -> SignedDuration {
    let at = |time| instant(time).unwrap_or(Timestamp::UNIX_EPOCH);
    at(one).duration_since(at(other))
}

/// `2d 3h 20m 5s`, whole seconds.
fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if said.is_empty() {
        "<1s".to_owned()
    } else {
        said.join(" ")
    }
}

fn object(due_loop: &DueLoop) -> Value {
    let clock = due_loop.clock.unwrap_or_default();
    let state = match due_loop.state() {
        DueLoopState::Running => "running",
        DueLoopState::Halted => "halted",
        DueLoopState::CutOff => "cut_off",
        DueLoopState::Unspecified => "",
    };
    let doubt = match clock.doubt() {
        ClockDoubt::Unspecified => Value::Null,
        ClockDoubt::Leapt => Value::from("leapt"),
        ClockDoubt::BehindLedger => Value::from("behind_ledger"),
        ClockDoubt::AheadOfLedger => Value::from("ahead_of_ledger"),
    };
    json!({
        "state": state,
        "lag_seconds": std::time::Duration::from_millis(due_loop.lag_ms).as_secs_f64(),
        "oldest_due_time": json_time(&due_loop.oldest_due_time),
        "next_due_time": json_time(&due_loop.next_due_time),
        "last_pass_time": json_time(&due_loop.last_pass_time),
        "fired_count": due_loop.fired_count,
        "down_count": due_loop.down_count,
        "stuck_count": due_loop.stuck_count,
        "up_time": json_time(&due_loop.up_time),
        "clock": {
            "doubt": doubt,
            "doubt_time": json_time(&clock.doubt_time),
            "now_time": json_time(&clock.now_time),
            "wall_time": json_time(&clock.wall_time),
            "expected_time": json_time(&clock.expected_time),
            "leap_seconds": parted(&clock.wall_time, &clock.expected_time).as_secs(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_whole_seconds() {
        let said = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(said(0), "<1s");
        assert_eq!(said(7_325), "2h 2m 5s");
        assert_eq!(said(86_400 * 3 + 60), "3d 1m");
    }
}
