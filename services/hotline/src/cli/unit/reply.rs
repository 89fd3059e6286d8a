//! `hotline unit reply`: what was found, done and decided.

use proto::common::v1::Claim;
use proto::tickets::v1::SubmitReplyRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "回复:查明情况、办理情况、处理结果、法律依据
Reply: found, done, decided, and on what legal basis";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit reply 20261121-0000015 --claim solved --found 电缆老化 --done 已更换 --decided 路灯恢复照明
  hotline unit reply 20261121-0000015 --claim explained --found … --done … --decided … --legal-basis 物业管理条例第54条";

/// What the unit says.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 办理结论 · how the unit says it ends
    #[arg(long, value_parser = term::<Claim>())]
    claim: Claim,
    /// 查明情况,- 表示标准输入 · what was found; - reads standard input
    #[arg(long)]
    found: String,
    /// 办理情况 · what was done
    #[arg(long)]
    done: String,
    /// 处理结果 · what was decided
    #[arg(long)]
    decided: String,
    /// 法律依据 · on what legal basis
    #[arg(long, required_if_eq("claim", "explained"))]
    legal_basis: Option<String>,
    /// 证据 · what shows it
    #[arg(long)]
    evidence: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = SubmitReplyRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        claim: args.claim.into(),
        found: text(args.found)?,
        done: args.done,
        decided: args.decided,
        legal_basis: args.legal_basis.unwrap_or_default(),
        evidence: args.evidence.unwrap_or_default(),
    };
    done(client.tickets().submit_reply(request).await.answer()?.ticket, out)
}
