//! `hotline callback`: ringing residents back.

use proto::common::v1::{Claim, Rating};
use proto::feedback::v1::{CallbackItem, ListCallbacksRequest};
use proto::tickets::v1::{DeadlineCallbackRequest, OrderReworkRequest, RecordCallbackRequest};
use serde_json::json;

use super::common::{OnTicket, done};
use super::rate::YesNo;
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{name, term, word};
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "回访:列出待回访、记录结果、到期回访、重办
Callbacks: list who is to be rung, record the answer, order rework";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline callback list
  hotline callback record 20261121-0000015 --reached yes --solved yes --rating satisfied
  hotline callback rework 20261121-0000015 --reason 路灯仍不亮";

const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline callback list
  hotline callback list --json";

const RECORD_EXAMPLES: &str = "示例 · Examples:
  hotline callback record 20261121-0000015 --reached yes --solved yes --rating satisfied
  hotline callback record 20261121-0000015 --reached yes --solved no --rating dissatisfied --reason 没修好
  hotline callback record 20261121-0000015 --reached no";

const DEADLINE_EXAMPLES: &str = "示例 · Examples:
  hotline callback deadline 20261121-0000015 --reached yes --rating dissatisfied --reason 一直没人来
  hotline callback deadline 20261121-0000015 --reached no";

const REWORK_EXAMPLES: &str = "示例 · Examples:
  hotline callback rework 20261121-0000015 --reason 路灯仍不亮";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(
        about = "列出待回访的工单,等得最久的在前\nList who is to be rung back, the longest waiting first"
    )]
    #[command(after_help = LIST_EXAMPLES)]
    List,
    #[command(about = "记录一次回访\nRecord a callback")]
    #[command(after_help = RECORD_EXAMPLES)]
    Record(Record),
    #[command(
        about = "到期回访:办理到期仍未回复,仍征询诉求人,计未解决\nDeadline callback: due without a reply, the resident is asked anyway"
    )]
    #[command(after_help = DEADLINE_EXAMPLES)]
    Deadline(Deadline),
    #[command(
        about = "重办:称已解决而诉求人说未解决\nOrder rework: claimed solved, but the resident says unsolved"
    )]
    #[command(after_help = REWORK_EXAMPLES)]
    Rework {
        #[command(flatten)]
        on: OnTicket,
        /// 尚需办理的内容 · what is still to be done
        #[arg(long)]
        reason: String,
    },
}

/// How a callback went.
#[derive(Debug, clap::Args)]
struct Record {
    #[command(flatten)]
    on: OnTicket,
    /// 是否接通 · whether somebody answered
    #[arg(long)]
    reached: YesNo,
    /// 是否解决 · whether the matter is solved
    #[arg(long, required_if_eq("reached", "yes"))]
    solved: Option<YesNo>,
    /// 满意度 · how satisfied
    #[arg(long, value_parser = term::<Rating>())]
    rating: Option<Rating>,
    /// 原因 · why, in the resident's words
    #[arg(long)]
    reason: Option<String>,
}

/// How a deadline callback went.
#[derive(Debug, clap::Args)]
struct Deadline {
    #[command(flatten)]
    on: OnTicket,
    /// 是否接通 · whether somebody answered
    #[arg(long)]
    reached: YesNo,
    /// 满意度 · how satisfied
    #[arg(long, value_parser = term::<Rating>())]
    rating: Option<Rating>,
    /// 原因 · why, in the resident's words
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::List => list(client, out).await,
        Verb::Deadline(args) => deadline(client, args, out).await,
        Verb::Record(args) => {
            let request = RecordCallbackRequest {
                number: args.on.number,
                request_id: args.on.request.take(),
                expected_version: args.on.expected_version,
                reached: args.reached == YesNo::Yes,
                solved: args.solved.map(|solved| solved == YesNo::Yes),
                rating: args.rating.unwrap_or_default().into(),
                reason: args.reason.unwrap_or_default(),
            };
            done(
                client.tickets().record_callback(request).await.answer()?.ticket,
                out,
            )
        }
        Verb::Rework { on, reason } => {
            let request = OrderReworkRequest {
                number: on.number,
                request_id: on.request.take(),
                expected_version: on.expected_version,
                reason,
            };
            done(client.tickets().order_rework(request).await.answer()?.ticket, out)
        }
    }
}

async fn deadline(client: Client, args: Deadline, out: &Out) -> anyhow::Result<()> {
    let request = DeadlineCallbackRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reached: args.reached == YesNo::Yes,
        rating: args.rating.unwrap_or_default().into(),
        reason: args.reason.unwrap_or_default(),
    };
    done(
        client.tickets().deadline_callback(request).await.answer()?.ticket,
        out,
    )
}

async fn list(client: Client, out: &Out) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListCallbacksRequest {
            page_size: 200,
            page_token,
        };
        let page = client.feedback().list_callbacks(request).await.answer()?;
        for item in &page.callbacks {
            show(item, out)?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        page_token = page.next_page_token;
    }
}

fn show(item: &CallbackItem, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "number": item.number,
            "lead_unit": item.lead_unit,
            "claim": word::<Claim>(item.claim),
            "tries": item.tries,
            "due_time": json_time(&item.due_time),
            "category": item.category,
            "state": item.state,
        }));
    }
    let lang = out.lang();
    let state = match item.state.as_str() {
        "ringing" => lang.word("待拨打", "ringing"),
        "link" => lang.word("链接评价", "link"),
        "unsolved" => lang.word("未解决", "unsolved"),
        "review" => lang.word("评议中", "review"),
        "deadline" => lang.word("到期回访", "deadline"),
        other => other,
    };
    let tries = format!("{}×", item.tries);
    out.line(format_args!(
        "{}  {}{}{}{}{}  {}",
        item.number,
        pad(state, 12),
        pad(&tries, 5),
        pad(name::<Claim>(item.claim, lang), 12),
        pad(&item.lead_unit, 26),
        pad(&item.category, 30),
        short_time(&item.due_time)
    ))?;
    Ok(())
}
