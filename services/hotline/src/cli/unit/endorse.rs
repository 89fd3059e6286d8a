//! `hotline unit endorse`: the leader signs what the clerk will send.

use proto::common::v1::Act;
use proto::tickets::v1::EndorseRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "签批:分管领导同意退单申请或回复
Endorse: the leader signs a return request or a reply";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit endorse 20261121-0000015 --act reply
  hotline unit endorse 20261121-0000015 --act return --note 同意退单,请附职责清单";

/// What is signed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 签批事项 · what is signed
    #[arg(long, value_parser = term::<Act>())]
    act: Act,
    /// 备注 · a note for the record
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = EndorseRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        act: args.act.into(),
        note: args.note.unwrap_or_default(),
    };
    done(client.tickets().endorse(request).await.answer()?.ticket, out)
}
