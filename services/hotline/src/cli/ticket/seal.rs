//! `hotline ticket seal`: confidential from now on.

use proto::tickets::v1::SealRequest;

use crate::cli::common::{AccusedBy, OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "密办:此后对每个视图保密,被举报单位及其下级不可见
Seal: confidential from now on; the accused unit and those below it cannot see it";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket seal 20261121-0000015 --accused-unit longhu-chengguan
  hotline ticket seal 20261121-0000015";

/// Who is accused, where known.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    #[command(flatten)]
    accused: AccusedBy,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = SealRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        accused: args.accused.take(),
    };
    done(client.tickets().seal(request).await.answer()?.ticket, out)
}
