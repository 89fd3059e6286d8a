//! `hotline triage redispatch`: the hotline's own mistake is put right.

use proto::tickets::v1::RedispatchRequest;

use crate::cli::common::done;
use crate::cli::ticket::dispatch::Args;
use crate::client::{Answer as _, Client};
use crate::out::Out;

pub(crate) const ABOUT: &str = "改派:热线派错,原承办段不计分,改派他单位
Redispatch: the hotline's own mistake; the legs end unscored, others are given the matter";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline triage redispatch 20261121-0000015 --lead water --entry water.longhu
  hotline triage redispatch 20261121-0000015 --lead longhu-zhujian --co water --reason 误判为照明故障";

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let order = args.order();
    let request = RedispatchRequest {
        number: order.number,
        request_id: order.request_id,
        expected_version: order.expected_version,
        lead_unit: order.lead_unit,
        co_units: order.co_units,
        entry: order.entry,
        reason: order.reason,
        classification: order.classification,
        evidence: order.evidence,
        support: order.support,
    };
    done(client.tickets().redispatch(request).await.answer()?.ticket, out)
}
