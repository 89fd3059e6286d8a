//! `hotline classifier drift`: how often the system was right, by week and category, with a picture of each.

use std::collections::BTreeMap;

use owo_colors::OwoColorize as _;
use proto::triage::v1::{DriftFall, DriftRow, GetDriftRequest, GetDriftResponse};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::view::{json_time, short_time};

pub(in crate::cli) const ABOUT: &str = "准确率走势:按周和类别,依据更正、退单和办结
Accuracy by week and category, from corrections, returns and what was closed unchanged";

pub(in crate::cli) const EXAMPLES: &str = "示例 · Examples:
  hotline classifier drift
  hotline classifier drift --weeks 26 --category urban.noise
  hotline classifier drift --leaves --json";

/// The bars of a picture, from half right or less to all right.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Which weeks.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 最近几周 · the latest weeks
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=260))]
    weeks: u32,
    /// 只看此类别及其下级 · only this category and those below it
    #[arg(long, value_name = "CODE", default_value = "", hide_default_value = true)]
    category: String,
    /// 按末级类别 · by the category as it was said, not by the top of the tree
    #[arg(long)]
    leaves: bool,
}

/// Sums over some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    said: u64,
    alone: u64,
    right: u64,
    corrected: u64,
    returned: u64,
}

impl Sum {
    fn add(&mut self, row: &DriftRow) {
        self.said += row.said;
        self.alone += row.alone;
        self.right += row.right;
        self.corrected += row.corrected;
        self.returned += row.returned + row.ruled + row.redispatched;
    }

    fn known(&self) -> u64 {
        self.right + self.corrected + self.returned
    }

    fn accuracy(&self) -> Option<f64> {
        share(self.right, self.known())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(in crate::cli) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = GetDriftRequest {
        weeks: args.weeks,
        category: args.category,
    };
    let answer = client.triage().get_drift(request).await.answer()?;
    if out.json() {
        return out.object(&as_json(&answer));
    }
    let rows = if args.leaves { &answer.leaves } else { &answer.tops };
    print(&answer, rows, out)
}

fn print(answer: &GetDriftResponse, rows: &[DriftRow], out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    let heads = [
        ("类别", "CATEGORY", 36),
        ("判断", "SAID", 8),
        ("自动", "ALONE", 8),
        ("已知", "KNOWN", 8),
        ("更正", "CORRECTED", 11),
        ("退改", "RETURNED", 10),
        ("准确率", "RIGHT", 9),
    ];
    let head = heads
        .iter()
        .map(|(zh, en, columns)| pad(lang.word(zh, en), *columns));
    let span = match (answer.weeks.first(), answer.weeks.last()) {
        (Some(first), Some(last)) => format!("{first}…{last}"),
        _ => String::new(),
    };
    out.line(format_args!("{}{span}", head.collect::<String>()).bold())?;
    let mut by_category: BTreeMap<&str, Vec<&DriftRow>> = BTreeMap::new();
    for row in rows {
        by_category.entry(&row.category).or_default().push(row);
    }
    for (code, rows) in &by_category {
        let name = rows.first().map_or("", |row| &row.name);
        out.line(line(&format!("{code} {name}"), rows, &answer.weeks))?;
    }
    let all: Vec<&DriftRow> = rows.iter().collect();
    out.line(line(lang.word("合计", "all"), &all, &answer.weeks).bold())?;
    for fall in &answer.falls {
        out.line(warning(fall, lang).yellow())?;
    }
    footer(answer, out)
}

fn line(name: &str, rows: &[&DriftRow], weeks: &[String]) -> String {
    let mut sum = Sum::default();
    rows.iter().for_each(|row| sum.add(row));
    let percent = |share: Option<f64>| match share {
        Some(share) => format!("{:.1}%", share * 100.0),
        None => "-".to_owned(),
    };
    let alone =
        share(sum.alone, sum.said).map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0));
    [
        pad(name, 36),
        pad(&sum.said.to_string(), 8),
        pad(&alone, 8),
        pad(&sum.known().to_string(), 8),
        pad(&sum.corrected.to_string(), 11),
        pad(&sum.returned.to_string(), 10),
        pad(&percent(sum.accuracy()), 9),
        picture(rows, weeks),
    ]
    .concat()
}

/// One bar a week; a dot where nothing is known of it.
fn picture(rows: &[&DriftRow], weeks: &[String]) -> String {
    let bar = |week: &String| {
        let mut sum = Sum::default();
        rows.iter()
            .filter(|row| row.week == *week)
            .for_each(|row| sum.add(row));
        sum.accuracy().map_or('·', bar_of)
    };
    weeks.iter().map(bar).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 7"
)]
fn bar_of(accuracy: f64) -> char {
    let step = ((accuracy - 0.5) * 2.0 * 7.0).round().clamp(0.0, 7.0);
    BARS[step as usize]
}

fn warning(fall: &DriftFall, lang: Lang) -> String {
    let percent = |right, known| share(right, known).unwrap_or_default() * 100.0;
    let (was, is) = (
        percent(fall.earlier_right, fall.earlier_known),
        percent(fall.latest_right, fall.latest_known),
    );
    let (zh, en) = if fall.category.is_empty() {
        ("合计".to_owned(), "all".to_owned())
    } else {
        (format!("{} {}", fall.category, fall.name), fall.category.clone())
    };
    let chance = (fall.chance * 100.0).max(0.01);
    lang.say(
        format_args!("注意:{zh} 最近四周准确率由 {was:.1}% 降至 {is:.1}%(偶然可能性不足 {chance:.2}%)"),
        format_args!("NOTE: {en} fell from {was:.1}% to {is:.1}% in the latest four weeks (by chance: below {chance:.2}%)"),
    )
}

fn footer(answer: &GetDriftResponse, out: &Out) -> anyhow::Result<()> {
    let (until, withheld) = (short_time(&answer.as_of_time), answer.withheld);
    out.line(out.say(
        format_args!("按系统判断时所在周统计,越近的周未知越多;密件 {withheld} 件不在其中;截至 {until}"),
        format_args!(
            "by the week in which the system spoke: of late weeks less is known; {withheld} sealed not among them; as of {until}"
        ),
    ))?;
    Ok(())
}

fn as_json(answer: &GetDriftResponse) -> Value {
    let row = |row: &DriftRow| {
        let mut sum = Sum::default();
        sum.add(row);
        json!({
            "week": row.week,
            "category": row.category,
            "name": row.name,
            "said": row.said,
            "alone": row.alone,
            "alone_share": share(row.alone, row.said),
            "right": row.right,
            "corrected": row.corrected,
            "returned": row.returned,
            "ruled": row.ruled,
            "redispatched": row.redispatched,
            "known": sum.known(),
            "accuracy": sum.accuracy(),
        })
    };
    let falls = answer.falls.iter().map(|fall| {
        json!({
            "category": fall.category,
            "name": fall.name,
            "earlier_right": fall.earlier_right,
            "earlier_known": fall.earlier_known,
            "latest_right": fall.latest_right,
            "latest_known": fall.latest_known,
            "chance": fall.chance,
        })
    });
    json!({
        "weeks": answer.weeks,
        "tops": answer.tops.iter().map(row).collect::<Vec<_>>(),
        "leaves": answer.leaves.iter().map(row).collect::<Vec<_>>(),
        "falls": falls.collect::<Vec<_>>(),
        "withheld": answer.withheld,
        "as_of_time": json_time(&answer.as_of_time),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(week: &str, right: u64, corrected: u64) -> DriftRow {
        DriftRow {
            week: week.to_owned(),
            category: "urban".to_owned(),
            said: right + corrected,
            alone: right,
            right,
            corrected,
            ..DriftRow::default()
        }
    }

    #[test]
    fn a_picture_has_a_bar_a_week_and_a_dot_where_nothing_is_known() {
        let rows = [
            row("2026-W45", 10, 0),
            row("2026-W46", 3, 1),
            row("2026-W48", 1, 9),
        ];
        let weeks: Vec<String> = (45..=48).map(|week| format!("2026-W{week}")).collect();
        let rows: Vec<&DriftRow> = rows.iter().collect();
        assert_eq!(picture(&rows, &weeks), "█▅·▁");
        let line = line("urban", &rows, &weeks);
        assert!(line.contains("58.3%") && line.ends_with("█▅·▁"), "{line}");
    }
}
