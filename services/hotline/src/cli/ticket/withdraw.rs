//! `hotline ticket withdraw`: the resident takes it back.

use proto::tickets::v1::WithdrawRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "撤回:诉求人撤回,经热线确认
Withdraw: the resident takes it back, confirmed by the hotline";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket withdraw 20261121-0000015 --reason 问题已自行解决";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 原因 · why, in the resident's words
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = WithdrawRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reason: args.reason.unwrap_or_default(),
    };
    done(client.tickets().withdraw(request).await.answer()?.ticket, out)
}
