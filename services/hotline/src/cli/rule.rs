//! `hotline rule`: the arbiter says whose it is.

use proto::tickets::v1::AdjudicateRequest;

use super::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(super) const ABOUT: &str = "裁定(裁定员):有约束力,并成为先例
Rule whose matter it is; binding, and a precedent";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline rulings 20261121-0000015
  hotline rule 20261121-0000015 --unit roads --reason 路面设施由道路养护单位负责
  hotline rule 20261121-0000015 --unit roads --reason … --propose";

/// Who, and why.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 责任单位 · who is responsible
    #[arg(long)]
    unit: String,
    /// 理由,将成为先例,- 表示标准输入 · why; it becomes a precedent; - reads standard input
    #[arg(long)]
    reason: String,
    /// 建议写入派单目录 · propose a directory entry that says so from now on
    #[arg(long)]
    propose: bool,
    /// 哪个承办段的申请,只有一个时可不填 · whose request; not needed where there is one
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    leg: u32,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = AdjudicateRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        leg: args.leg,
        unit: args.unit,
        reason: text(args.reason)?,
        propose_entry: args.propose,
    };
    done(client.tickets().adjudicate(request).await.answer()?.ticket, out)
}
