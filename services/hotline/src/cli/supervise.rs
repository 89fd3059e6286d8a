//! `hotline supervise`: what is late, who was told, who has seen it, and what follows from it.

mod books;
mod due;
mod due_loop;
mod escalations;
mod notices;
mod watch;

use proto::tickets::v1::IssueOrderRequest;

use super::common::{OnTicket, RequestName, done, text};
use super::ticket::escalate;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(super) const ABOUT: &str = "督办:临期和超期、逐级督办、督办单、挂账台账、提级审批
Supervision: near and past due, escalations, orders, promises, proposals";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline supervise due --by risk
  hotline supervise summary --district district-longhu
  hotline supervise escalations --open --level l2
  hotline supervise watch --level l2
  hotline supervise ack 20261121-0000015:c4:1:1:l2 --note 已约主办单位负责人
  hotline supervise order 20261121-0000015 --demand 三日内恢复供水并书面说明
  hotline supervise raise 20261121-0000015 --level l3 --reason 影响面大
  hotline supervise proposals --overdue";

const ORDER_EXAMPLES: &str = "示例 · Examples:
  hotline supervise order 20261121-0000015 --demand 三日内恢复供水并书面说明";

const RAISE_EXAMPLES: &str = "示例 · Examples:
  hotline supervise raise 20261121-0000015 --level l2 --reason 多次催办未见进展
  hotline supervise raise 20261121-0000015 --level l4 --cause false-closing --reason 现场查看路面仍未修复";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = due::ABOUT, after_help = due::EXAMPLES, visible_alias = "list")]
    Due(due::Args),
    #[command(about = due::SUMMARY_ABOUT, after_help = due::SUMMARY_EXAMPLES)]
    Summary(due::Which),
    #[command(about = escalations::ABOUT, after_help = escalations::EXAMPLES)]
    Escalations(escalations::Args),
    #[command(about = watch::ABOUT, after_help = watch::EXAMPLES)]
    Watch(watch::Args),
    #[command(about = escalations::ACK_ABOUT, after_help = escalations::ACK_EXAMPLES)]
    Ack(escalations::Ack),
    #[command(about = "签发督办单:编号、限期\nIssue a numbered supervision order with a hard date")]
    #[command(after_help = ORDER_EXAMPLES)]
    Order {
        #[command(flatten)]
        on: OnTicket,
        /// 督办要求,- 表示标准输入 · what is demanded; - reads standard input
        #[arg(long)]
        demand: String,
    },
    #[command(about = escalate::ABOUT, after_help = RAISE_EXAMPLES)]
    Raise(escalate::Args),
    #[command(about = books::ORDERS_ABOUT, after_help = books::ORDERS_EXAMPLES)]
    Orders {
        /// 承办单位 · to this unit
        #[arg(long)]
        unit: Option<String>,
        /// 只列过期的 · only those past their hard date
        #[arg(long)]
        overdue: bool,
    },
    #[command(about = books::PROMISES_ABOUT, after_help = books::PROMISES_EXAMPLES)]
    Promises {
        /// 承办单位 · of this unit
        #[arg(long)]
        unit: Option<String>,
        /// 只列错过复核的 · only those whose check was missed
        #[arg(long)]
        missed: bool,
    },
    #[command(about = books::PROPOSALS_ABOUT, after_help = books::PROPOSALS_EXAMPLES)]
    Proposals {
        /// 涉及单位及其下级 · about this unit and those below it
        #[arg(long)]
        unit: Option<String>,
        /// 只列审批超期的 · only those that should be decided by now
        #[arg(long)]
        overdue: bool,
    },
    #[command(about = notices::ABOUT, after_help = notices::EXAMPLES)]
    Notices(notices::Args),
    #[command(about = due_loop::LOOP_ABOUT, after_help = due_loop::LOOP_EXAMPLES)]
    Loop,
    #[command(about = due_loop::CONFIRM_ABOUT, after_help = due_loop::CONFIRM_EXAMPLES)]
    ConfirmClock {
        /// 如何核对的(日志只记:授时、广播电视、钟表手机或其他)· how it was checked; the log has of it only: time service, broadcast, watch or other
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        request: RequestName,
    },
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Due(args) => due::run(client, args, out).await,
        Verb::Summary(which) => due::summary(client, which, out).await,
        Verb::Escalations(args) => escalations::run(client, args, out).await,
        Verb::Watch(args) => watch::run(client, args, out).await,
        Verb::Ack(args) => escalations::acknowledge(client, args, out).await,
        Verb::Order { on, demand } => {
            let request = IssueOrderRequest {
                number: on.number,
                request_id: on.request.take(),
                expected_version: on.expected_version,
                demand: text(demand)?,
            };
            done(client.tickets().issue_order(request).await.answer()?.ticket, out)
        }
        Verb::Raise(args) => escalate::run(client, args, out).await,
        Verb::Orders { unit, overdue } => books::orders(client, unit.unwrap_or_default(), overdue, out).await,
        Verb::Promises { unit, missed } => {
            books::promises(client, unit.unwrap_or_default(), missed, out).await
        }
        Verb::Proposals { unit, overdue } => {
            books::proposals(client, unit.unwrap_or_default(), overdue, out).await
        }
        Verb::Notices(args) => notices::run(client, args, out).await,
        Verb::Loop => due_loop::show(client, out).await,
        Verb::ConfirmClock { reason, request } => due_loop::confirm(client, reason, request, out).await,
    }
}
