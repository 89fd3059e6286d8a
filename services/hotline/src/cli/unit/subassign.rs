//! `hotline unit subassign`: a piece is passed down.

use proto::tickets::v1::SubAssignRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "转派下级单位:时限不延长
Pass a piece down to a unit below; the limit is not extended";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit subassign 20261121-0000015 --to longhu-zhuchi --reason 现场核实占道情况";

/// To whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 下级单位 · a unit below the one that passes it down
    #[arg(long, value_name = "UNIT")]
    to: String,
    /// 需办事项 · what is to be done there
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = SubAssignRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        unit: args.to,
        reason: args.reason.unwrap_or_default(),
    };
    done(client.tickets().sub_assign(request).await.answer()?.ticket, out)
}
