//! `hotline unit stage`: a stage report of an urgent matter.

use proto::tickets::v1::StageReportRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::cli::rate::YesNo;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "阶段反馈(特急、紧急件)
Report a stage, for grades A and B";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit stage 20261121-0000015 --controlled yes --done 已关阀并疏散 --note 两小时后再报
  hotline unit stage 20261121-0000015 --controlled no --done -  < 进展.txt";

/// How far it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 险情是否受控 · whether the danger is controlled
    #[arg(long)]
    controlled: YesNo,
    /// 已做工作,- 表示标准输入 · what has been done; - reads standard input
    #[arg(long)]
    done: String,
    /// 下一步 · what comes next
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = StageReportRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        controlled: args.controlled == YesNo::Yes,
        done: text(args.done)?,
        note: args.note.unwrap_or_default(),
    };
    done(client.tickets().stage_report(request).await.answer()?.ticket, out)
}
