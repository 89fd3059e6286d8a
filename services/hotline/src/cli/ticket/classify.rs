//! `hotline ticket classify`: type, grade, category and area.

use proto::common::v1::{Grade, RequestType};
use proto::tickets::v1::ClassifyRequest;

use crate::cli::common::{OnTicket, done};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "分类:类型、等级、类别、区域
Classify: type, grade, category and area; what is left out stays";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket classify 20261121-0000015 --category urban.lighting.street --area 440507
  hotline ticket classify 20261121-0000015 --grade b";

/// What it is.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true, id = "what", args = ["type", "grade", "category", "area"])]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 诉求类型 · what is wanted
    #[arg(long, value_parser = term::<RequestType>())]
    r#type: Option<RequestType>,
    /// 等级 · how urgent
    #[arg(long, value_parser = term::<Grade>())]
    grade: Option<Grade>,
    /// 类别代码 · category code
    #[arg(long)]
    category: Option<String>,
    /// 区域代码 · area code
    #[arg(long)]
    area: Option<String>,
    /// 依据 · what spoke for it
    #[arg(long)]
    evidence: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ClassifyRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        r#type: args.r#type.unwrap_or_default().into(),
        grade: args.grade.unwrap_or_default().into(),
        category: args.category.unwrap_or_default(),
        area: args.area.unwrap_or_default(),
        confidence_percent: 100,
        hold: String::new(),
        evidence: args.evidence.unwrap_or_default(),
    };
    done(client.tickets().classify(request).await.answer()?.ticket, out)
}
