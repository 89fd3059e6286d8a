//! `hotline unit resume`: a suspended matter goes on.

use proto::tickets::v1::ResumeRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "恢复办理:挂账事项继续办理
Resume a suspended matter";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit resume 20261121-0000015 --note 判决已生效";

/// Why now.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 说明 · why now
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ResumeRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        note: args.note.unwrap_or_default(),
    };
    done(client.tickets().resume(request).await.answer()?.ticket, out)
}
