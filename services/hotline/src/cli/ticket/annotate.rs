//! `hotline ticket annotate`: an internal note.

use proto::tickets::v1::AnnotateRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "备注:仅内部可见
Annotate: a note for those inside";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket annotate 20261121-0000015 --note 现场照片已存档";

/// The note.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 备注,至多 2000 字 · the note, at most 2,000 characters
    #[arg(long)]
    note: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = AnnotateRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        note: args.note,
    };
    done(client.tickets().annotate(request).await.answer()?.ticket, out)
}
