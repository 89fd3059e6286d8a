//! `hotline unit check`: a promise is looked at.

use proto::tickets::v1::CheckPromiseRequest;

use crate::cli::common::{OnTicket, by_time, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::view::wire_time;

pub(crate) const ABOUT: &str = "挂账复核:现状和下次复核日;告知诉求人
Check the promise of a suspended matter; the resident is told";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit check 20261121-0000015 --next 2027-01-15 --note 法院已立案,待开庭";

/// How it stands.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 下次复核;只写日期指当日内 · when it is looked at next; a date alone is the end of that day
    #[arg(long, value_name = "TIME", value_parser = by_time)]
    next: jiff::Timestamp,
    /// 现状,- 表示标准输入 · how it stands; - reads standard input
    #[arg(long)]
    note: String,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = CheckPromiseRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        next_time: Some(wire_time(args.next)),
        note: text(args.note)?,
    };
    done(
        client.tickets().check_promise(request).await.answer()?.ticket,
        out,
    )
}
