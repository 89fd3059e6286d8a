//! `hotline ticket dispatch`: to one lead and any who help.

use domain::ticket::AreaSource;
use proto::common::v1::{Grade, RequestType};
use proto::tickets::v1::{Classification, DispatchRequest, DispatchSupport};

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "派单:一个主办,可有协办;签收、联系、办理即刻计时
Dispatch to one lead and any who help; the clocks start now";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket dispatch 20261121-0000015 --lead longhu-chengguan --entry lighting.longhu
  hotline ticket dispatch 20261121-0000015 --lead shuiwu --co longhu-zhujian --reason 现场确认为供水管漏水";

/// To whom, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 主办单位 · who leads
    #[arg(long, value_name = "UNIT")]
    lead: String,
    /// 协办单位,可多次 · who helps; may be repeated, at most 8
    #[arg(long, value_name = "UNIT")]
    co: Vec<String>,
    /// 所依据的派单目录条目 · the directory entry it rests on
    #[arg(long, required_unless_present = "reason")]
    entry: Option<String>,
    /// 无目录依据时的理由 · why, where no entry says so
    #[arg(long)]
    reason: Option<String>,
    /// 同时更正类型 · sets the type in the same step
    #[arg(long, value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
    /// 同时更正等级 · sets the grade in the same step
    #[arg(long, value_parser = term::<Grade>())]
    grade: Option<Grade>,
    /// 同时更正类别 · sets the category in the same step
    #[arg(long)]
    category: Option<String>,
    /// 同时更正区域 · sets the area in the same step
    #[arg(long)]
    area: Option<String>,
    /// 区域从何而来 · what says where it is
    #[arg(long, value_name = "SOURCE", value_parser = area_source)]
    area_from: Option<AreaSource>,
    /// 依据 · what spoke for it
    #[arg(long)]
    evidence: Option<String>,
    /// 相似工单,可多次,最多 3 件 · a ticket like it; may be repeated, at most 3
    #[arg(long, value_name = "NUMBER")]
    similar: Vec<String>,
}

fn area_source(text: &str) -> Result<AreaSource, String> {
    AreaSource::parse(text).ok_or_else(|| {
        let names: Vec<&str> = AreaSource::ALL.iter().map(|source| source.as_str()).collect();
        names.join(", ")
    })
}

impl Args {
    /// As the contract says it.
    pub(crate) fn order(self) -> DispatchRequest {
        let classification = Classification {
            r#type: self.r#type.unwrap_or_default().into(),
            grade: self.grade.unwrap_or_default().into(),
            category: self.category.unwrap_or_default(),
            area: self.area.unwrap_or_default(),
            confidence_percent: 0,
        };
        let support = DispatchSupport {
            area_source: self
                .area_from
                .map(|from| from.as_str().to_owned())
                .unwrap_or_default(),
            similar_tickets: self.similar,
            ..DispatchSupport::default()
        };
        let says_something = classification != Classification::default();
        DispatchRequest {
            number: self.on.number,
            request_id: self.on.request.take(),
            expected_version: self.on.expected_version,
            lead_unit: self.lead,
            co_units: self.co,
            entry: self.entry.unwrap_or_default(),
            reason: self.reason.unwrap_or_default(),
            classification: says_something.then_some(Classification {
                confidence_percent: 100,
                ..classification
            }),
            evidence: self.evidence.unwrap_or_default(),
            support: Some(support).filter(|support| *support != DispatchSupport::default()),
        }
    }
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = args.order();
    done(client.tickets().dispatch(request).await.answer()?.ticket, out)
}
