//! `hotline unit extend`: the unit needs longer.

use proto::tickets::v1::RequestExtensionRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "延期申请:到期前,说明天数和理由
Ask for more working days, before the matter is due";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit extend 20261121-0000015 --days 5 --reason 配件须从外地调运";

/// By how much, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 工作日天数 · by how many working days
    #[arg(long, value_name = "COUNT")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// 理由,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RequestExtensionRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        working_days: args.days,
        reason: text(args.reason)?,
    };
    done(
        client.tickets().request_extension(request).await.answer()?.ticket,
        out,
    )
}
