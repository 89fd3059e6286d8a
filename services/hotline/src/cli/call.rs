//! `hotline call`: a call reaches an agent and ends, or is missed and rung back.

mod missed;

use proto::common::v1::{Light, Phase};
use proto::intake::v1::{
    CallOutcome, CallerTicket, EndCallRequest, RecordMissedCallRequest, RegisterCallRequest,
};
use serde_json::{Value, json};

use super::common::local_time;
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{name, term, word};
use crate::view::{json_time, light_cell, short_time, wire_time};

pub(super) const ABOUT: &str = "来电:登记并弹屏、结束;漏接和断线的回拨
Calls: register with the screen pop, and end; missed ones are rung back";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline call start c-20261121-0042 --caller 13800000000 --called 12345 --agent a07
  hotline call end c-20261121-0042 --outcome ticket --number 20261121-0000015
  hotline call missed --overdue
  hotline call back c-20261121-0043 --outcome not-reached";

const START_EXAMPLES: &str = "示例 · Examples:
  hotline call start c-20261121-0042 --caller 13800000000 --called 12345 --queue day --agent a07";

const END_EXAMPLES: &str = "示例 · Examples:
  hotline call end c-20261121-0042 --outcome ticket --number 20261121-0000015
  hotline call end c-20261121-0043 --outcome dropped --danger   # 5 分钟内回拨 · rung back within 5 minutes";

/// What happens to the call.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = "来电接通,显示来电人的工单\nA call reaches an agent; shows the caller's tickets")]
    #[command(after_help = START_EXAMPLES)]
    Start {
        /// 话务平台的呼叫号 · the switchboard's id of the call
        call_id: String,
        /// 主叫号码,隐藏时不填 · the number calling; left out when withheld
        #[arg(long, value_name = "NUMBER")]
        caller: Option<String>,
        /// 被叫号码 · the number called
        #[arg(long, value_name = "NUMBER", default_value = "12345")]
        called: String,
        /// 队列 · the queue
        #[arg(long)]
        queue: Option<String>,
        /// 话务员工号 · the agent's code
        #[arg(long)]
        agent: Option<String>,
    },
    #[command(about = "来电结束\nA call ends")]
    #[command(after_help = END_EXAMPLES)]
    End {
        /// 话务平台的呼叫号 · the switchboard's id of the call
        call_id: String,
        /// 结果 · how it ended
        #[arg(long, value_parser = term::<CallOutcome>())]
        outcome: CallOutcome,
        /// 工单编号 · the ticket's number, where there is one
        #[arg(long)]
        number: Option<String>,
        /// 断线或无人说话时听到险情:须回拨 · danger was heard before it dropped or while nobody spoke
        #[arg(long)]
        danger: bool,
    },
    #[command(about = missed::ADD_ABOUT, after_help = missed::ADD_EXAMPLES)]
    MissedAdd {
        /// 话务平台的呼叫号 · the switchboard's id of the call
        call_id: String,
        /// 主叫号码,隐藏时不填;不保存 · the number calling; left out when withheld; it is not kept
        #[arg(long, value_name = "NUMBER")]
        caller: Option<String>,
        /// 被叫号码 · the number called
        #[arg(long, value_name = "NUMBER", default_value = "12345")]
        called: String,
        /// 队列 · the queue it waited in
        #[arg(long)]
        queue: Option<String>,
        /// 听到险情:5 分钟内回拨 · danger was heard: rung back within 5 minutes
        #[arg(long)]
        danger: bool,
        /// 漏接时间,默认现在 · when it was missed; now by default
        #[arg(long, value_name = "TIME", value_parser = local_time)]
        at: Option<jiff::Timestamp>,
    },
    #[command(about = missed::LIST_ABOUT, after_help = missed::LIST_EXAMPLES)]
    Missed(missed::ListArgs),
    #[command(about = missed::BACK_ABOUT, after_help = missed::BACK_EXAMPLES)]
    Back(missed::BackArgs),
    #[command(about = missed::SMS_ABOUT, after_help = missed::SMS_EXAMPLES)]
    Sms(missed::SmsArgs),
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Start {
            call_id,
            caller,
            called,
            queue,
            agent,
        } => {
            let request = RegisterCallRequest {
                call_id,
                caller_number: caller.unwrap_or_default(),
                called_number: called,
                queue: queue.unwrap_or_default(),
                agent: agent.unwrap_or_default(),
            };
            start(client, request, out).await
        }
        Verb::End {
            call_id,
            outcome,
            number,
            danger,
        } => {
            let request = EndCallRequest {
                call_id,
                outcome: outcome.into(),
                number: number.unwrap_or_default(),
                danger_heard: danger,
            };
            end(client, request, out).await
        }
        Verb::MissedAdd {
            call_id,
            caller,
            called,
            queue,
            danger,
            at,
        } => {
            let request = RecordMissedCallRequest {
                call_id,
                caller_number: caller.unwrap_or_default(),
                called_number: called,
                queue: queue.unwrap_or_default(),
                danger_heard: danger,
                miss_time: at.map(wire_time),
            };
            missed::add(client, request, out).await
        }
        Verb::Missed(args) => missed::list(client, args, out).await,
        Verb::Back(args) => missed::back(client, args, out).await,
        Verb::Sms(args) => missed::sms(client, args, out).await,
    }
}

async fn end(client: Client, request: EndCallRequest, out: &Out) -> anyhow::Result<()> {
    let answer = client.intake().end_call(request).await.answer()?;
    if out.json() {
        return out.object(&json!({
            "call_id": answer.call_id,
            "end_time": json_time(&answer.end_time),
            "due_time": json_time(&answer.due_time),
        }));
    }
    out.line(format_args!(
        "{}  {}",
        answer.call_id,
        short_time(&answer.end_time)
    ))?;
    let due = short_time(&answer.due_time);
    if !due.is_empty() {
        out.note(
            format_args!("须回拨,限 {due}"),
            format_args!("to be rung back by {due}"),
        );
    }
    Ok(())
}

async fn start(client: Client, request: RegisterCallRequest, out: &Out) -> anyhow::Result<()> {
    let answer = client.intake().register_call(request).await.answer()?;
    if out.json() {
        return out.object(&json!({
            "call_id": answer.call_id,
            "register_time": json_time(&answer.register_time),
            "open_count": answer.open_count,
            "tickets": answer.tickets.iter().map(as_json).collect::<Vec<_>>(),
        }));
    }
    let count = answer.tickets.len();
    out.note(
        format_args!(
            "{}:历史工单 {count} 件,其中在办 {} 件",
            answer.call_id, answer.open_count
        ),
        format_args!(
            "{}: {count} earlier tickets, {} of them open",
            answer.call_id, answer.open_count
        ),
    );
    for ticket in &answer.tickets {
        let phase = pad(name::<Phase>(ticket.phase, out.lang()), 17);
        let light = light_cell(ticket.light, out.lang(), 10);
        let when = short_time(&ticket.register_time);
        out.line(format_args!(
            "{}  {phase}{light}{when}  {}",
            ticket.number, ticket.subject
        ))?;
    }
    Ok(())
}

fn as_json(ticket: &CallerTicket) -> Value {
    json!({
        "number": ticket.number,
        "phase": word::<Phase>(ticket.phase),
        "category": ticket.category,
        "light": word::<Light>(ticket.light),
        "register_time": json_time(&ticket.register_time),
        "subject": ticket.subject,
    })
}
