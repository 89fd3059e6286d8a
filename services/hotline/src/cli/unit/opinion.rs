//! `hotline unit opinion`: what a consulted unit says.

use proto::tickets::v1::GiveOpinionRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::cli::rate::YesNo;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "会商意见:是否属本单位职责及理由
Give the opinion a consultation asks for";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit opinion 20261121-0000015 --takes-it no --opinion 该路段已移交交通局养护";

/// Whose it is, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 是否属本单位职责 · whether the matter is its own
    #[arg(long)]
    takes_it: YesNo,
    /// 意见,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    opinion: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = GiveOpinionRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        takes_it: args.takes_it == YesNo::Yes,
        opinion: text(args.opinion)?,
    };
    done(client.tickets().give_opinion(request).await.answer()?.ticket, out)
}
