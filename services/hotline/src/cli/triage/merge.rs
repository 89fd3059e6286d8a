//! `hotline triage merge`: the same matter, told by another.

use proto::tickets::v1::MergeRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "并单:并入母件,时限暂停,母件答复后各自回访
Merge a ticket into an incident; each is asked when that is answered";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage merge 20261121-0000015 --into 20261121-0000007 --reason 同一处水管爆裂";

/// Into which, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 母件编号 · the number of the ticket it is merged into
    #[arg(long, value_name = "NUMBER")]
    into: String,
    /// 为何是同一事项 · why they are the same matter
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = MergeRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        incident: args.into,
        reason: args.reason.unwrap_or_default(),
    };
    done(client.tickets().merge(request).await.answer()?.ticket, out)
}
