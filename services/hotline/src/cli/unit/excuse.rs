//! `hotline unit excuse`: the lead waits no longer.

use proto::tickets::v1::ExcuseRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "免除协办:主办单位不再等待迟到的承办段
Excuse a late leg: the lead waits for it no longer";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit excuse 20261121-0000015 --leg 2 --reason 三次催办未回,已自行核实";

/// Which, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 承办段序号,见 ticket show · which leg, as ticket show numbers them
    #[arg(long, value_name = "LEG")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    leg: u32,
    /// 理由,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ExcuseRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        leg: args.leg,
        reason: text(args.reason)?,
    };
    done(client.tickets().excuse(request).await.answer()?.ticket, out)
}
