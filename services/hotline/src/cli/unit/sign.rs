//! `hotline unit sign`: the unit has it.

use proto::tickets::v1::SignRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "签收
Sign for a ticket: stops the signing clock";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit sign 20261121-0000015";

/// Which.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = SignRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
    };
    done(client.tickets().sign(request).await.answer()?.ticket, out)
}
