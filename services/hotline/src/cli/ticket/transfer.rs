//! `hotline ticket transfer`: the matter belongs to an emergency service.

use proto::common::v1::EmergencyService;
use proto::tickets::v1::TransferOutRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "紧急转接:110、119、120、122
Transfer out to 110, 119, 120 or 122";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket transfer 20261121-0000015 --to 119
  hotline ticket transfer 20261121-0000015 --to 119 --confirmed --note 消防已出警";

/// To whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 转往 · to whom
    #[arg(long, value_name = "SERVICE", value_parser = term::<EmergencyService>())]
    to: EmergencyService,
    /// 对方已确认;否则 2 分钟内回拨 · the other side has confirmed; otherwise the caller is rung back within 2 minutes
    #[arg(long)]
    confirmed: bool,
    /// 备注 · a note for the record
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = TransferOutRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        service: args.to.into(),
        confirmed: args.confirmed,
        note: args.note.unwrap_or_default(),
    };
    done(client.tickets().transfer_out(request).await.answer()?.ticket, out)
}
