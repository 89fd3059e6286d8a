//! `hotline ticket answer`: answered on the spot.

use proto::tickets::v1::AnswerDirectlyRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "直接答复:咨询、表扬,或有官方公告可答复的求助
Answer directly: a consult or praise, or help that an official notice answers";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket answer 20261121-0000015 --article kb-204 --answer 办理居住证请携带身份证到辖区派出所
  hotline ticket answer 20261121-0000015 --article notice-7 --answer - --caller-agrees < 答复.txt";

/// What is answered.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 所依据的知识条目或公告 · the knowledge article or official notice it rests on
    #[arg(long)]
    article: String,
    /// 答复,- 表示标准输入 · the answer; - reads standard input
    #[arg(long)]
    answer: String,
    /// 求助人同意以此答复 · for help: the caller agrees that this answers it
    #[arg(long)]
    caller_agrees: bool,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = AnswerDirectlyRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        article: args.article,
        answer: text(args.answer)?,
        caller_agrees: args.caller_agrees,
    };
    done(
        client.tickets().answer_directly(request).await.answer()?.ticket,
        out,
    )
}
