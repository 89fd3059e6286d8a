//! `hotline triage unmerge`: it was another matter after all.

use proto::tickets::v1::UnmergeRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "解除并单:恢复为独立工单,各自的经过不变
Undo a merge: the ticket is on its own again";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage unmerge 20261121-0000015 --reason 该户为室内漏水";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由 · why
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = UnmergeRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reason: args.reason.unwrap_or_default(),
    };
    done(client.tickets().unmerge(request).await.answer()?.ticket, out)
}
