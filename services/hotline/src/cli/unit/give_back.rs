//! `hotline unit return`: the unit says it is not its matter.

use proto::common::v1::ReturnReason;
use proto::tickets::v1::RequestReturnRequest;

use crate::cli::common::{OnTicket, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "退单申请:说明理由和依据,可建议承办单位;视同签收
Ask to give a matter back, with reason and basis; counts as signing";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit return 20261121-0000015 --reason wrong-unit --basis 供水管道属水务局 --to water
  hotline unit return 20261121-0000015 --reason fact-missing --basis 未说明楼栋号,无法核实";

/// Why, and whose it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 理由 · why
    #[arg(long, value_parser = term::<ReturnReason>())]
    reason: ReturnReason,
    /// 依据(法规或职责清单),- 表示标准输入 · on what law or list of duties; - reads standard input
    #[arg(long)]
    basis: String,
    /// 建议的承办单位 · whose it is, says the unit
    #[arg(long, value_name = "UNIT")]
    to: Option<String>,
    /// 证据 · what shows it
    #[arg(long)]
    evidence: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RequestReturnRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        reason: args.reason.into(),
        suggested_unit: args.to.unwrap_or_default(),
        basis: text(args.basis)?,
        evidence: args.evidence.unwrap_or_default(),
    };
    done(
        client.tickets().request_return(request).await.answer()?.ticket,
        out,
    )
}
