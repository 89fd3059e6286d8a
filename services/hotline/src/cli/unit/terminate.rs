//! `hotline unit terminate`: handling is to end without an answer.

use proto::common::v1::TerminationGround;
use proto::tickets::v1::RequestTerminationRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "终止申请:说明理由和事实
Ask to end the handling, with ground and facts";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit terminate 20261121-0000015 --ground r2 --reason 诉求人已就同一事项起诉
  hotline unit terminate 20261121-0000015 --ground no-cooperation --reason 三次约定时间均不到场 --evidence 通话记录三份";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由 · why
    #[arg(long, value_parser = term::<TerminationGround>())]
    ground: TerminationGround,
    /// 事实,- 表示标准输入 · the facts behind it; - reads standard input
    #[arg(long)]
    reason: String,
    /// 证据 · what shows it
    #[arg(long)]
    evidence: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RequestTerminationRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        ground: args.ground.into(),
        reason: text(args.reason)?,
        evidence: args.evidence.unwrap_or_default(),
    };
    done(
        client
            .tickets()
            .request_termination(request)
            .await
            .answer()?
            .ticket,
        out,
    )
}
