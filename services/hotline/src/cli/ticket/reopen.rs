//! `hotline ticket reopen`: new facts, or it came back.

use proto::tickets::v1::ReopenRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "重开:办结后 10 日内,或由督办员
Reopen within 10 days of closing, or by a supervisor";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket reopen 20261121-0000015 --reason 修好次日又坏";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 新情况或复发 · new facts, or that it came back
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ReopenRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reason: args.reason,
    };
    done(client.tickets().reopen(request).await.answer()?.ticket, out)
}
