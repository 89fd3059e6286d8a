//! `hotline rate`: the resident's own word, by a one-use link.

use proto::common::v1::{Phase, Rating};
use proto::feedback::v1::RateTicketRequest;
use serde_json::json;

use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::{name, term, word};

pub(super) const ABOUT: &str = "凭一次性链接评价办理结果,无需令牌
Rate how a matter was handled, by a one-use link, without a token";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline rate LINK --solved yes --rating very_satisfied
  hotline rate LINK --solved no --rating dissatisfied --reason 路灯第二天又灭了";

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum YesNo {
    /// 是
    Yes,
    /// 否
    No,
}

/// The resident's word.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 评价链接 · the link, as shown when tracking
    link: String,
    /// 是否解决 · whether the matter is solved
    #[arg(long)]
    solved: YesNo,
    /// 满意度 · how satisfied
    #[arg(long, value_parser = term::<Rating>())]
    rating: Rating,
    /// 原因 · why
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RateTicketRequest {
        rating_link: args.link,
        solved: Some(args.solved == YesNo::Yes),
        rating: args.rating.into(),
        reason: args.reason.unwrap_or_default(),
    };
    let answer = client.feedback().rate_ticket(request).await.answer()?;

    if out.json() {
        return out.object(&json!({ "number": answer.number, "phase": word::<Phase>(answer.phase) }));
    }
    out.line(format_args!(
        "{}  {}",
        answer.number,
        name::<Phase>(answer.phase, out.lang())
    ))?;
    out.note("感谢您的评价", "thank you for the rating");
    Ok(())
}
