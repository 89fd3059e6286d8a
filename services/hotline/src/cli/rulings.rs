//! `hotline rulings`: earlier rulings, the nearest first.

use owo_colors::OwoColorize as _;
use proto::tickets::v1::{ListRulingsRequest, Precedent, Ruling};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Out, pad, wrap};
use crate::view::{ruling_json, short_time};

pub(super) const ABOUT: &str = "先例:与一件工单或一个类别最近的裁定
Earlier rulings, the nearest to a ticket or a category first";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline rulings 20261121-0000015
  hotline rulings --category urban.road.surface --area 440507 --limit 10 --json";

/// Nearest to what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 工单编号 · the ticket whose category and area count
    #[arg(required_unless_present = "category", conflicts_with = "category")]
    number: Option<String>,
    /// 类别代码 · category code
    #[arg(long)]
    category: Option<String>,
    /// 区域代码 · area code
    #[arg(long, requires = "category")]
    area: Option<String>,
    /// 至多几件 · at most this many
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=50))]
    limit: u32,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = ListRulingsRequest {
        number: args.number.unwrap_or_default(),
        category: args.category.unwrap_or_default(),
        area: args.area.unwrap_or_default(),
        page_size: args.limit,
    };
    let rulings = client.tickets().list_rulings(request).await.answer()?.rulings;

    for precedent in &rulings {
        show(precedent, out)?;
    }
    if rulings.is_empty() && !out.json() {
        out.note("没有先例", "no earlier ruling");
    }
    Ok(())
}

fn show(precedent: &Precedent, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&as_json(precedent));
    }
    let ruling = precedent.ruling.clone().unwrap_or_default();
    let entry = entry(&ruling, out);
    out.line(format_args!(
        "{}  {}  {}{}{}{entry}",
        precedent.number,
        short_time(&ruling.rule_time),
        pad(&ruling.unit, 24).bold(),
        pad(&precedent.category, 30),
        pad(&precedent.area, 14),
    ))?;
    for line in wrap(&precedent.reason, crate::out::COLUMNS_MAX - 4) {
        out.line(format_args!("    {line}"))?;
    }
    Ok(())
}

/// What became of the directory entry it proposes.
fn entry(ruling: &Ruling, out: &Out) -> &'static str {
    let (zh, en) = match (ruling.proposes_entry, ruling.entry_accepted) {
        (_, Some(true)) => ("已入派单目录", "in the directory"),
        (_, Some(false)) => ("未入派单目录", "not in the directory"),
        (true, None) => ("建议入派单目录", "proposed for the directory"),
        (false, None) => ("", ""),
    };
    out.lang().word(zh, en)
}

fn as_json(precedent: &Precedent) -> Value {
    json!({
        "number": precedent.number,
        "category": precedent.category,
        "area": precedent.area,
        "ruling": ruling_json(precedent.ruling.as_ref()),
        "reason": precedent.reason,
    })
}
