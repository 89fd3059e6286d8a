//! `hotline decide`: what somebody has asked for is granted or refused; and what waits for that.

mod waiting;

use proto::tickets::v1::{
    DecideEntryRequest, DecideExclusionRequest, DecideExtensionRequest, DecideObjectionRequest,
    DecideProposalRequest, DecideReturnRequest, DecideReviewRequest, DecideSuspensionRequest,
    DecideTerminationRequest,
};

use super::common::{OnTicket, done, text};
use super::rate::YesNo;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(super) const ABOUT: &str = "审批:退单、延期、挂账、终止、异议、提级、评议、剔除、目录条目
Decide what is asked for: returns, extensions, suspensions, terminations, and the rest";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline decide list --desk supervisor-desk
  hotline decide return 20261121-0000015 --approve --to water --reason 供水管道属水务局
  hotline decide extension 20261121-0000015 --refuse --reason 配件本地有售";

const RETURN_EXAMPLES: &str = "示例 · Examples:
  hotline decide return 20261121-0000015 --approve --to water --reason 供水管道属水务局
  hotline decide return 20261121-0000015 --refuse --reason 属本单位职责清单第十二项";

const EXTENSION_EXAMPLES: &str = "示例 · Examples:
  hotline decide extension 20261121-0000015 --approve --reason 配件须从外地调运";

const SUSPENSION_EXAMPLES: &str = "示例 · Examples:
  hotline decide suspension 20261121-0000015 --approve --reason 法院已立案";

const TERMINATION_EXAMPLES: &str = "示例 · Examples:
  hotline decide termination 20261121-0000015 --refuse --reason 未见起诉材料";

const OBJECTION_EXAMPLES: &str = "示例 · Examples:
  hotline decide objection 20261121-0000015 --approve --reason 属本市职权,予以受理";

const PROPOSAL_EXAMPLES: &str = "示例 · Examples:
  hotline decide proposal 20261121-0000015 --approve --reason 逾期十个工作日仍未办理";

const REVIEW_EXAMPLES: &str = "示例 · Examples:
  hotline decide review 20261121-0000015 --duty-done no --panel li --panel wang --panel zhao --reason 未按规范检测";

const EXCLUSION_EXAMPLES: &str = "示例 · Examples:
  hotline decide exclusion 20261121-0000015 --approve";

const ENTRY_EXAMPLES: &str = "示例 · Examples:
  hotline decide entry 20261121-0000015 --approve --reason 与职责清单一致";

/// What to decide.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = waiting::ABOUT, after_help = waiting::EXAMPLES)]
    List(waiting::Args),
    #[command(about = "退单审核(派单席,首次退单)\nDecide a return, as the triage desk")]
    #[command(after_help = RETURN_EXAMPLES)]
    Return {
        #[command(flatten)]
        decision: OfLeg,
        /// 同意时直接转派的单位,不填则退回派单席 · approved: straight to this unit; without it, back to the desk
        #[arg(long, value_name = "UNIT", conflicts_with = "refuse")]
        to: Option<String>,
    },
    #[command(
        about = "延期审批(首次督办席,再次热线办)\nDecide an extension, as a supervisor; a second one, as the city office"
    )]
    #[command(after_help = EXTENSION_EXAMPLES)]
    Extension(OfLeg),
    #[command(about = "挂账审批(热线办)\nDecide a suspension, as the city office")]
    #[command(after_help = SUSPENSION_EXAMPLES)]
    Suspension(OfLeg),
    #[command(about = "终止审批(审核席)\nDecide a termination, as an auditor")]
    #[command(after_help = TERMINATION_EXAMPLES)]
    Termination(OfLeg),
    #[command(
        about = "异议答复(非原决定人的督办员):同意即予受理\nDecide an objection; approved, the matter is accepted after all"
    )]
    #[command(after_help = OBJECTION_EXAMPLES)]
    Objection(OfTicket),
    #[command(about = "提级审批(热线办):约谈或通报\nDecide on L4 or L5 as proposed, as the city office")]
    #[command(after_help = PROPOSAL_EXAMPLES)]
    Proposal(OfTicket),
    #[command(about = "评议结论(评议小组,单位之外)\nDecide a review, for a panel outside the unit")]
    #[command(after_help = REVIEW_EXAMPLES)]
    Review(Review),
    #[command(about = "剔除审批(热线办,须两人)\nDecide an exclusion; two reviewers must agree")]
    #[command(after_help = EXCLUSION_EXAMPLES)]
    Exclusion(OfTicket),
    #[command(
        about = "裁定所建议的派单目录条目:采纳则自今日起生效\nDecide on the directory entry that a ruling proposes"
    )]
    #[command(after_help = ENTRY_EXAMPLES)]
    Entry(OfTicket),
}

/// Yes or no.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Verdict {
    /// 同意 · grant it
    #[arg(long)]
    approve: bool,
    /// 不同意 · refuse it
    #[arg(long)]
    refuse: bool,
}

/// On what a leg has asked for.
#[derive(Debug, clap::Args)]
struct OfLeg {
    #[command(flatten)]
    decision: OfTicket,
    /// 哪个承办段的申请,只有一个时可不填 · whose request; not needed where there is one
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    leg: u32,
}

/// On what is asked for the whole ticket.
#[derive(Debug, clap::Args)]
struct OfTicket {
    #[command(flatten)]
    on: OnTicket,
    #[command(flatten)]
    verdict: Verdict,
    /// 理由,- 表示标准输入 · why; - reads standard input
    #[arg(long)]
    reason: Option<String>,
}

impl OfTicket {
    fn reason(&mut self) -> anyhow::Result<String> {
        text(self.reason.take().unwrap_or_default())
    }
}

/// What a panel has found.
#[derive(Debug, clap::Args)]
struct Review {
    #[command(flatten)]
    on: OnTicket,
    /// 单位是否已尽责 · whether the unit has done its duty
    #[arg(long)]
    duty_done: YesNo,
    /// 评议成员,逐个列出 · who sat on the panel; once for each
    #[arg(long, value_name = "NAME", required = true)]
    panel: Vec<String>,
    /// 理由,告知诉求人,- 表示标准输入 · why; the resident is told; - reads standard input
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::List(args) => waiting::run(client, args, out).await,
        Verb::Return { decision, to } => returned(client, decision, to, out).await,
        Verb::Extension(args) => extension(client, args, out).await,
        Verb::Suspension(args) => suspension(client, args, out).await,
        Verb::Termination(args) => termination(client, args, out).await,
        Verb::Objection(args) => objection(client, args, out).await,
        Verb::Proposal(args) => proposal(client, args, out).await,
        Verb::Review(args) => review(client, args, out).await,
        Verb::Exclusion(args) => exclusion(client, args, out).await,
        Verb::Entry(args) => entry(client, args, out).await,
    }
}

async fn returned(client: Client, mut args: OfLeg, to: Option<String>, out: &Out) -> anyhow::Result<()> {
    let request = DecideReturnRequest {
        reason: args.decision.reason()?,
        number: args.decision.on.number,
        request_id: args.decision.on.request.take(),
        expected_version: args.decision.on.expected_version,
        leg: args.leg,
        approved: args.decision.verdict.approve,
        unit: to.unwrap_or_default(),
    };
    done(
        client.tickets().decide_return(request).await.answer()?.ticket,
        out,
    )
}

async fn extension(client: Client, mut args: OfLeg, out: &Out) -> anyhow::Result<()> {
    let request = DecideExtensionRequest {
        reason: args.decision.reason()?,
        number: args.decision.on.number,
        request_id: args.decision.on.request.take(),
        expected_version: args.decision.on.expected_version,
        leg: args.leg,
        approved: args.decision.verdict.approve,
    };
    done(
        client.tickets().decide_extension(request).await.answer()?.ticket,
        out,
    )
}

async fn suspension(client: Client, mut args: OfLeg, out: &Out) -> anyhow::Result<()> {
    let request = DecideSuspensionRequest {
        reason: args.decision.reason()?,
        number: args.decision.on.number,
        request_id: args.decision.on.request.take(),
        expected_version: args.decision.on.expected_version,
        leg: args.leg,
        approved: args.decision.verdict.approve,
    };
    done(
        client.tickets().decide_suspension(request).await.answer()?.ticket,
        out,
    )
}

async fn termination(client: Client, mut args: OfLeg, out: &Out) -> anyhow::Result<()> {
    let request = DecideTerminationRequest {
        reason: args.decision.reason()?,
        number: args.decision.on.number,
        request_id: args.decision.on.request.take(),
        expected_version: args.decision.on.expected_version,
        leg: args.leg,
        approved: args.decision.verdict.approve,
    };
    done(
        client
            .tickets()
            .decide_termination(request)
            .await
            .answer()?
            .ticket,
        out,
    )
}

async fn objection(client: Client, mut args: OfTicket, out: &Out) -> anyhow::Result<()> {
    let request = DecideObjectionRequest {
        reason: args.reason()?,
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        upheld: args.verdict.approve,
    };
    done(
        client.tickets().decide_objection(request).await.answer()?.ticket,
        out,
    )
}

async fn proposal(client: Client, mut args: OfTicket, out: &Out) -> anyhow::Result<()> {
    let request = DecideProposalRequest {
        reason: args.reason()?,
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        approved: args.verdict.approve,
    };
    done(
        client.tickets().decide_proposal(request).await.answer()?.ticket,
        out,
    )
}

async fn exclusion(client: Client, mut args: OfTicket, out: &Out) -> anyhow::Result<()> {
    let request = DecideExclusionRequest {
        reason: args.reason()?,
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        approved: args.verdict.approve,
    };
    done(
        client.tickets().decide_exclusion(request).await.answer()?.ticket,
        out,
    )
}

async fn entry(client: Client, mut args: OfTicket, out: &Out) -> anyhow::Result<()> {
    let request = DecideEntryRequest {
        reason: args.reason()?,
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        accepted: args.verdict.approve,
    };
    done(client.tickets().decide_entry(request).await.answer()?.ticket, out)
}

async fn review(client: Client, args: Review, out: &Out) -> anyhow::Result<()> {
    let request = DecideReviewRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        duty_done: args.duty_done == YesNo::Yes,
        panel: args.panel,
        reason: text(args.reason)?,
    };
    done(
        client.tickets().decide_review(request).await.answer()?.ticket,
        out,
    )
}
