//! `hotline unit answer-order`: the unit head answers a supervision order.

use proto::tickets::v1::AnswerOrderRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "答复督办单(主要负责人)
Answer a supervision order, as the unit head";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit answer-order 20261121-0000015 --order 1 --answer 已派专班,本周内完成";

/// Which, and what.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 督办单序号 · which order of the ticket
    #[arg(long, default_value_t = 1, value_name = "ORDER")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    order: u32,
    /// 答复,- 表示标准输入 · the answer; - reads standard input
    #[arg(long)]
    answer: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = AnswerOrderRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        order: args.order,
        answer: text(args.answer)?,
    };
    done(client.tickets().answer_order(request).await.answer()?.ticket, out)
}
