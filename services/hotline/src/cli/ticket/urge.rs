//! `hotline ticket urge`: the resident, or a supervisor, presses.

use proto::tickets::v1::UrgeRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "催办
Urge: somebody asks when it will be done";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket urge 20261121-0000015 --note 诉求人再次来电询问进度";

/// What was said.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 说明 · what was said
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = UrgeRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        note: args.note.unwrap_or_default(),
    };
    done(client.tickets().urge(request).await.answer()?.ticket, out)
}
