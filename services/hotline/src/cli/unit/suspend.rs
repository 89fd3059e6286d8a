//! `hotline unit suspend`: it cannot be finished for now.

use proto::common::v1::SuspensionGround;
use proto::tickets::v1::RequestSuspensionRequest;

use crate::cli::common::{OnTicket, by_time, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;
use crate::view::wire_time;

pub(crate) const ABOUT: &str = "挂账申请:理由、责任人、计划、复核日和最迟恢复日
Ask to suspend a matter: ground, owner, plan, check date and latest date";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit suspend 20261121-0000015 --ground legal-process --owner chengguan.head --plan 法院判决后十日内拆除 --check 2026-12-20 --until 2027-05-01";

/// On what it rests.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由 · why it cannot be finished for now
    #[arg(long, value_parser = term::<SuspensionGround>())]
    ground: SuspensionGround,
    /// 责任人(令牌持有人)· who answers for it: a holder's name
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// 计划,- 表示标准输入 · what will be done by when; - reads standard input
    #[arg(long)]
    plan: String,
    /// 首次复核;只写日期指当日内 · when it is looked at first; a date alone is the end of that day
    #[arg(long, value_name = "TIME", value_parser = by_time)]
    check: jiff::Timestamp,
    /// 最迟恢复;只写日期指当日内 · when it goes on at the latest; a date alone is the end of that day
    #[arg(long, value_name = "TIME", value_parser = by_time)]
    until: jiff::Timestamp,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RequestSuspensionRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        ground: args.ground.into(),
        owner: args.owner,
        plan: text(args.plan)?,
        check_time: Some(wire_time(args.check)),
        until_time: Some(wire_time(args.until)),
    };
    done(
        client
            .tickets()
            .request_suspension(request)
            .await
            .answer()?
            .ticket,
        out,
    )
}
