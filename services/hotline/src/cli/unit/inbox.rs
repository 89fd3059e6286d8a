//! `hotline unit inbox`: what waits for a unit, the most pressing first.

use proto::common::v1::Phase;
use proto::tickets::v1::{ListTicketsRequest, Ticket};

use crate::cli::ticket::list;
use crate::client::Client;
use crate::out::Out;
use crate::view::instant;

pub(crate) const ABOUT: &str = "收件箱:待签收、办理中和征求意见的工单,最紧迫的在前
Inbox: what a unit is to sign, handle or give its opinion on, the most pressing first";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit inbox --unit longhu-chengguan
  hotline unit inbox --json";

/// Whose.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 承办单位,不填则为令牌可见的全部 · the unit; without it, all that the token may see
    #[arg(long, env = "HOTLINE_UNIT")]
    unit: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let unit = args.unit.unwrap_or_default();
    let mut waiting: Vec<Ticket> = Vec::new();
    for phase in [Phase::Consulting, Phase::Dispatched, Phase::Handling] {
        let request = ListTicketsRequest {
            unit: unit.clone(),
            phase: phase.into(),
            ..Default::default()
        };
        list::each(&client, request, usize::MAX, &mut |_, ticket| {
            if waits_for(ticket, &unit) {
                waiting.push(ticket.clone());
            }
            Ok(())
        })
        .await?;
    }
    waiting.sort_by_key(|ticket| {
        (
            instant(&ticket.due_time).unwrap_or(jiff::Timestamp::MAX),
            ticket.number.clone(),
        )
    });

    for (at, ticket) in waiting.iter().enumerate() {
        list::show(at, ticket, false, out)?;
    }
    if !out.json() {
        out.note(
            format_args!("共 {} 件", waiting.len()),
            format_args!("{} tickets", waiting.len()),
        );
    }
    Ok(())
}

/// Whether the unit's own part is still to be done; a co unit that has replied or is excused waits for nothing.
fn waits_for(ticket: &Ticket, unit: &str) -> bool {
    let own = |leg: &&proto::tickets::v1::Leg| unit.is_empty() || leg.unit == unit;
    let is_out = |leg: &proto::tickets::v1::Leg| matches!(leg.state.as_str(), "awaiting_sign" | "handling");
    let says_nothing_yet = |opinion: &proto::tickets::v1::Opinion| {
        opinion.takes_it.is_none() && (unit.is_empty() || opinion.unit == unit)
    };
    if ticket.phase() == Phase::Consulting {
        return ticket.opinions.iter().any(says_nothing_yet);
    }
    ticket.legs.is_empty() || ticket.legs.iter().filter(own).any(is_out)
}
