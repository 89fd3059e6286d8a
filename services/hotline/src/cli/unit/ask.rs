//! `hotline unit ask`: a question to the resident.

use proto::tickets::v1::AskCitizenRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "请诉求人补充:一个具体问题,每轮一次;时限暂停
Ask the resident one concrete question, once a round; the clocks rest";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit ask 20261121-0000015 --question 不亮的路灯在哪根灯杆,编号多少";

/// What.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 问题,诉求人将看到原文,- 表示标准输入 · the question, as the resident reads it; - reads standard input
    #[arg(long)]
    question: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = AskCitizenRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        question: text(args.question)?,
    };
    done(client.tickets().ask_citizen(request).await.answer()?.ticket, out)
}
