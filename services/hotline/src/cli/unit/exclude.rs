//! `hotline unit exclude`: a rating is not to count.

use proto::common::v1::ExclusionGround;
use proto::tickets::v1::RequestExclusionRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "剔除申请:评价后限期内,说明理由和证明
Ask that a rating does not count, with ground and proof";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit exclude 20261121-0000015 --ground force-majeure --reason 台风停工五日 --evidence 气象台证明";

/// Why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由 · why it is not to count
    #[arg(long, value_parser = term::<ExclusionGround>())]
    ground: ExclusionGround,
    /// 证明,- 表示标准输入 · the proof; - reads standard input
    #[arg(long)]
    reason: String,
    /// 证据 · what shows it
    #[arg(long)]
    evidence: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RequestExclusionRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        ground: args.ground.into(),
        reason: text(args.reason)?,
        evidence: args.evidence.unwrap_or_default(),
    };
    done(
        client.tickets().request_exclusion(request).await.answer()?.ticket,
        out,
    )
}
