//! `hotline ticket escalate`: a supervisor raises the level.

use proto::common::v1::{EscalationCause, Level};
use proto::tickets::v1::EscalateRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "提级督办(督办员);约谈与通报报热线办审批
Escalate to a higher level, as a supervisor does; L4 and L5 are laid before the city office";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket escalate 20261121-0000015 --level l2 --reason 多次催办未见进展
  hotline ticket escalate 20261121-0000015 --level l4 --cause false_closing --reason 现场查看路面仍未修复";

/// How far, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 级别,须高于现级 · the level, above the present one
    #[arg(long, value_parser = term::<Level>())]
    level: Level,
    /// 约谈、通报的事由 · the ground of L4 and L5
    #[arg(long, value_parser = term::<EscalationCause>())]
    cause: Option<EscalationCause>,
    /// 约谈、通报涉及的单位,默认主办 · whose conduct L4 and L5 are about; the lead's by default
    #[arg(long)]
    unit: Option<String>,
    /// 理由,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = EscalateRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        level: args.level.into(),
        cause: args.cause.unwrap_or_default().into(),
        reason: text(args.reason)?,
        unit: args.unit.unwrap_or_default(),
    };
    done(client.tickets().escalate(request).await.answer()?.ticket, out)
}
