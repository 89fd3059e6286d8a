//! `hotline decide list`: what waits for somebody's decision.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use proto::common::v1::Phase;
use proto::tickets::v1::{ListTicketsRequest, Ticket};
use serde_json::Value;

use crate::cli::ticket::list;
use crate::client::Client;
use crate::out::{Lang, Out, pad};
use crate::terms::{DECIDERS, asked_name, holder_name};
use crate::view::pending::{self, Pending};
use crate::view::short_time;

pub(super) const ABOUT: &str = "列出待审批的事项,等得最久的在前
List what waits for a decision, the longest waiting first";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline decide list
  hotline decide list --desk supervisor-desk
  hotline decide list --unit longhu-chengguan --json";

/// Where something can wait for a decision, what is open before what is closed.
const PHASES: [Phase; 8] = [
    Phase::Accepted,
    Phase::Dispatched,
    Phase::Handling,
    Phase::AwaitingCitizen,
    Phase::Suspended,
    Phase::ReplyReview,
    Phase::CallbackDue,
    Phase::Closed,
];

/// Whose.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 由谁审批 · who decides
    #[arg(long, value_parser = desks())]
    desk: Option<String>,
    /// 承办单位 · a unit that has or had a part in it
    #[arg(long)]
    unit: Option<String>,
    /// 每个环节至多查看几件 · look at most at this many tickets of each phase
    #[arg(long, default_value_t = 2_000, value_name = "COUNT")]
    limit: usize,
}

/// Reads who decides; `-` stands for `_`, as people type it.
fn desks() -> impl TypedValueParser<Value = String> {
    let values = DECIDERS.map(|code| {
        let zh = holder_name(code, Lang::Zh);
        PossibleValue::new(code).help(zh).alias(code.replace('_', "-"))
    });
    PossibleValuesParser::new(values).map(|code| code.replace('-', "_"))
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let mut found: Vec<Ticket> = Vec::new();
    let mut is_cut = false;
    for phase in PHASES {
        let request = ListTicketsRequest {
            unit: args.unit.clone().unwrap_or_default(),
            phase: phase.into(),
            ..Default::default()
        };
        let keep = &mut |_, ticket: &Ticket| {
            found.extend((!pending::of(ticket).is_empty()).then(|| ticket.clone()));
            Ok(())
        };
        is_cut |= list::each(&client, request, args.limit, keep).await? == args.limit;
    }
    let mut waiting: Vec<Pending<'_>> = found.iter().flat_map(pending::of).collect();
    waiting.retain(|one| args.desk.as_ref().is_none_or(|desk| *desk == one.asked.decider));
    waiting.sort_by_key(|one| (one.since(), &one.ticket.number));

    for one in &waiting {
        show(one, out)?;
    }
    if !out.json() {
        let count = waiting.len();
        out.note(
            format_args!("共 {count} 项待审批"),
            format_args!("{count} wait for a decision"),
        );
    }
    if is_cut {
        out.note(
            format_args!("有的环节工单较多,只看了前 {} 件:用 --unit 缩小范围,或调大 --limit", args.limit),
            format_args!("of some phase only the first {} tickets were looked at: narrow it with --unit, or raise --limit", args.limit),
        );
    }
    Ok(())
}

fn show(one: &Pending<'_>, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        let mut object = one.json();
        object["number"] = Value::String(one.ticket.number.clone());
        return out.object(&object);
    }
    let lang = out.lang();
    out.line(format_args!(
        "{}  {}  {}{}{}{}",
        one.ticket.number,
        short_time(&one.asked.ask_time),
        pad(asked_name(&one.asked.what, lang), 14),
        pad(holder_name(&one.asked.decider, lang), 18),
        pad(one.unit(), 26),
        one.why(lang)
    ))?;
    Ok(())
}
