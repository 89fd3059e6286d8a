//! `hotline ticket decline`: not accepted, and why.

use proto::common::v1::DeclineReason;
use proto::tickets::v1::DeclineRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "不予受理:说明理由并告知诉求人
Decline, with the reason; the resident is told";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket decline 20261121-0000015 --reason r2 --explanation 该事项已进入诉讼程序,请通过法院办理";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由(r7–r9 由督办员决定)· why (r7 to r9 are a supervisor's)
    #[arg(long, value_parser = term::<DeclineReason>())]
    reason: DeclineReason,
    /// 告知内容:r2 写明法定途径,r4 写明受理机关 · what the resident is told: r2 names the route, r4 the body
    #[arg(long)]
    explanation: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = DeclineRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reason: args.reason.into(),
        explanation: text(args.explanation)?,
    };
    done(client.tickets().decline(request).await.answer()?.ticket, out)
}
