//! `hotline citizen`: the resident's own word beside tracking and rating, by query code or through an operator.

use proto::common::v1::Phase;
use proto::feedback::v1 as feedback;
use proto::tickets::v1 as tickets;
use serde_json::json;

use super::common::{RequestName, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::{name, word};

pub(super) const ABOUT: &str = "诉求人:补充答复、申请评议、提出异议
The resident: answer a question, ask for a review, object";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline citizen answer 20261121-0000015 K7QM2XWP --text 龙湖路与珠池路口东侧第三根
  hotline citizen review 20261121-0000015 K7QM2XWP --text 答复未回应噪声检测结果
  hotline citizen object 20261121-0000015 --text 该路段属市政管养       # 话务员代为提出 · by an operator";

const ANSWER_EXAMPLES: &str = "示例 · Examples:
  hotline citizen answer 20261121-0000015 K7QM2XWP --text 龙湖路与珠池路口东侧第三根
  hotline citizen answer 20261121-0000015 --text -   # 话务员代为答复 · by an operator";

const REVIEW_EXAMPLES: &str = "示例 · Examples:
  hotline citizen review 20261121-0000015 K7QM2XWP --text 答复未回应噪声检测结果";

const OBJECT_EXAMPLES: &str = "示例 · Examples:
  hotline citizen object 20261121-0000015 K7QM2XWP --text 该路段属市政管养";

/// What to say.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = "补充答复:回答承办单位的问题\nAnswer what the unit has asked")]
    #[command(after_help = ANSWER_EXAMPLES)]
    Answer(Word),
    #[command(about = "申请评议:不同意解释,仅一次\nAsk for a review of what was explained; once")]
    #[command(after_help = REVIEW_EXAMPLES)]
    Review(Word),
    #[command(about = "异议:不同意不予受理,仅一次\nObject to a decline; once")]
    #[command(after_help = OBJECT_EXAMPLES)]
    Object(Word),
}

/// Which matter, and the word itself.
#[derive(Debug, clap::Args)]
struct Word {
    /// 工单编号 · the ticket's number
    number: String,
    /// 查询码;话务员代为提出时不填 · the query code; left out by an operator who has a token
    code: Option<String>,
    /// 内容,- 表示标准输入 · what is said; - reads standard input
    #[arg(long)]
    text: String,
    /// 仅当工单仍为此版本时执行 · only if the ticket is still at this version
    #[arg(long, value_name = "VERSION", conflicts_with = "code")]
    expected_version: Option<u32>,
    #[command(flatten)]
    request: RequestName,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Answer(word) => answer(client, word, out).await,
        Verb::Review(word) => review(client, word, out).await,
        Verb::Object(word) => object(client, word, out).await,
    }
}

async fn answer(client: Client, word: Word, out: &Out) -> anyhow::Result<()> {
    let Some(query_code) = word.code else {
        let request = tickets::CitizenRepliedRequest {
            number: word.number,
            request_id: word.request.take(),
            expected_version: word.expected_version,
            answer: text(word.text)?,
        };
        return done(
            client.tickets().citizen_replied(request).await.answer()?.ticket,
            out,
        );
    };
    let request = feedback::AnswerQuestionRequest {
        number: word.number,
        query_code,
        request_id: word.request.take(),
        answer: text(word.text)?,
    };
    let answer = client.feedback().answer_question(request).await.answer()?;
    thanks(&answer.number, answer.phase, out)
}

async fn review(client: Client, word: Word, out: &Out) -> anyhow::Result<()> {
    let Some(query_code) = word.code else {
        let request = tickets::RequestReviewRequest {
            number: word.number,
            request_id: word.request.take(),
            expected_version: word.expected_version,
            reason: text(word.text)?,
        };
        return done(
            client.tickets().request_review(request).await.answer()?.ticket,
            out,
        );
    };
    let request = feedback::RequestReviewRequest {
        number: word.number,
        query_code,
        request_id: word.request.take(),
        reason: text(word.text)?,
    };
    let answer = client.feedback().request_review(request).await.answer()?;
    thanks(&answer.number, answer.phase, out)
}

async fn object(client: Client, word: Word, out: &Out) -> anyhow::Result<()> {
    let Some(query_code) = word.code else {
        let request = tickets::ObjectRequest {
            number: word.number,
            request_id: word.request.take(),
            expected_version: word.expected_version,
            reason: text(word.text)?,
        };
        return done(client.tickets().object(request).await.answer()?.ticket, out);
    };
    let request = feedback::ObjectRequest {
        number: word.number,
        query_code,
        request_id: word.request.take(),
        reason: text(word.text)?,
    };
    let answer = client.feedback().object(request).await.answer()?;
    thanks(&answer.number, answer.phase, out)
}

fn thanks(number: &str, phase: i32, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({ "number": number, "phase": word::<Phase>(phase) }));
    }
    out.line(format_args!("{number}  {}", name::<Phase>(phase, out.lang())))?;
    out.note("已收到", "received");
    Ok(())
}
