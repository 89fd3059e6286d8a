//! `hotline triage consult`: candidate units are asked whose it is.

use proto::tickets::v1::ConsultRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "会商:征求至少两个单位的意见
Consult at least two candidate units before dispatch";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage consult 20261121-0000015 --unit longhu-chengguan --unit longhu-zhujian";

/// Whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 征求意见的单位,至少两个 · who is asked; at least two
    #[arg(long = "unit", value_name = "UNIT", required = true)]
    units: Vec<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ConsultRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        units: args.units,
    };
    done(client.tickets().consult(request).await.answer()?.ticket, out)
}
