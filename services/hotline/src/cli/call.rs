//! `hotline call`: a call reaches an agent and ends.

use proto::common::v1::{Light, Phase};
use proto::intake::v1::{CallOutcome, CallerTicket, EndCallRequest, RegisterCallRequest};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{name, term, word};
use crate::view::{json_time, light_cell, short_time};

pub(super) const ABOUT: &str = "来电:登记并弹屏、结束
Calls: register with the screen pop, and end";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline call start c-20261121-0042 --caller 13800000000 --called 12345 --agent a07
  hotline call end c-20261121-0042 --outcome ticket --number 20261121-0000015";

const START_EXAMPLES: &str = "示例 · Examples:
  hotline call start c-20261121-0042 --caller 13800000000 --called 12345 --queue day --agent a07";

const END_EXAMPLES: &str = "示例 · Examples:
  hotline call end c-20261121-0042 --outcome ticket --number 20261121-0000015
  hotline call end c-20261121-0043 --outcome dropped";

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
    },
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
        } => {
            let number = number.unwrap_or_default();
            let request = EndCallRequest {
                call_id,
                outcome: outcome.into(),
                number,
            };
            let answer = client.intake().end_call(request).await.answer()?;
            if out.json() {
                return out
                    .object(&json!({ "call_id": answer.call_id, "end_time": json_time(&answer.end_time) }));
            }
            out.line(format_args!(
                "{}  {}",
                answer.call_id,
                short_time(&answer.end_time)
            ))?;
            Ok(())
        }
    }
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
