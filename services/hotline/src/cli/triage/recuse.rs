//! `hotline triage recuse`: a unit is kept out.

use proto::tickets::v1::RecuseRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "回避:该单位及其下属自此不得经手
Keep a unit out, with those below it, from now on";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage recuse 20261121-0000015 --unit longhu-chengguan --reason 诉求涉及该单位负责人";

/// Which, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 须回避的单位 · which
    #[arg(long)]
    unit: String,
    /// 理由 · why
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RecuseRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        unit: args.unit,
        reason: args.reason.unwrap_or_default(),
    };
    done(client.tickets().recuse(request).await.answer()?.ticket, out)
}
