//! `hotline board`: units with their lights and rates.

use std::time::Duration;

use owo_colors::OwoColorize as _;
use proto::insight::v1::{BoardRow, GetBoardRequest, GetBoardResponse, Rate};
use serde_json::{Value, json};

use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "看板:各单位在办、黄灯、红灯、办结和三率
The board: per unit what is open, near due, late, done, and the three rates";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline board
  hotline board --class districts --watch 5
  hotline board --unit longhu --json";

/// Which units.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 某单位及其下级 · one unit and those below it
    #[arg(long)]
    unit: Option<String>,
    /// 单位类别 · only units of one class
    #[arg(long, value_parser = ["districts", "streets", "departments", "utilities"])]
    class: Option<String>,
    /// 每隔几秒刷新 · show it again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    watch: Option<u32>,
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = GetBoardRequest {
        unit: args.unit.unwrap_or_default(),
        unit_class: args.class.unwrap_or_default(),
    };
    loop {
        let board = client.insight().get_board(request.clone()).await.answer()?;
        if out.json() {
            print_json(&board, out)?;
        } else {
            print(&board, out)?;
        }
        let Some(seconds) = args.watch else { return Ok(()) };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(u64::from(seconds))) => {}
            interrupted = tokio::signal::ctrl_c() => return interrupted.map_err(Into::into),
        }
    }
}

fn print_json(board: &GetBoardResponse, out: &Out) -> anyhow::Result<()> {
    let as_of = json_time(&board.as_of_time);
    for row in &board.rows {
        out.object(&row_json(row, &as_of))?;
    }
    let mut total = row_json(&board.total.clone().unwrap_or_default(), &as_of);
    total["total"] = Value::Bool(true);
    total["waiting_for_triage"] = board.waiting_for_triage.into();
    out.object(&total)
}

fn row_json(row: &BoardRow, as_of: &Value) -> Value {
    let rate = |rate: &Option<Rate>| match rate {
        Some(rate) if rate.whole > 0 => json!({
            "part": rate.part, "whole": rate.whole, "percent": rate.percent,
            "low_percent": rate.low_percent, "high_percent": rate.high_percent,
        }),
        Some(_) | None => Value::Null,
    };
    json!({
        "unit": row.unit,
        "name": row.name,
        "unit_class": row.unit_class,
        "open": row.open,
        "yellow": row.yellow,
        "red": row.red,
        "done": row.done,
        "late": row.late,
        "response": rate(&row.response),
        "solved": rate(&row.solved),
        "satisfied": rate(&row.satisfied),
        "level": row.level,
        "as_of_time": as_of,
    })
}

/// Prints the board for people. Public so that the demonstration shows the same one.
pub(crate) fn print(board: &GetBoardResponse, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    let heads = [
        ("单位", "UNIT", 30),
        ("在办", "OPEN", 7),
        ("黄灯", "YELLOW", 8),
        ("红灯", "RED", 6),
        ("办结", "DONE", 7),
        ("超期", "LATE", 7),
        ("级", "LEVEL", 7),
        ("响应率", "RESPONSE", 10),
        ("解决率", "SOLVED", 9),
        ("满意率", "SATISFIED", 9),
    ];
    let head: String = heads
        .iter()
        .map(|(zh, en, columns)| pad(lang.word(zh, en), *columns))
        .collect();
    out.line(head.bold())?;
    for row in &board.rows {
        out.line(line(row, &row.name))?;
    }
    let total = board.total.clone().unwrap_or_default();
    out.line(line(&total, lang.word("合计", "total")).bold())?;
    footer(board, lang, out)
}

fn footer(board: &GetBoardResponse, lang: Lang, out: &Out) -> anyhow::Result<()> {
    let waiting = board.waiting_for_triage;
    let until = short_time(&board.as_of_time);
    out.line(lang.say(
        format_args!("待派单 {waiting} 件;截至 {until}"),
        format_args!("{waiting} wait for triage; as of {until}"),
    ))?;
    Ok(())
}

fn line(row: &BoardRow, name: &str) -> String {
    let rate = |rate: &Option<Rate>| match rate {
        Some(rate) if rate.whole > 0 => format!("{:.1}%", rate.percent),
        Some(_) | None => "-".to_owned(),
    };
    let yellow = pad(&row.yellow.to_string(), 8);
    let red = pad(&row.red.to_string(), 6);
    [
        pad(name, 30),
        pad(&row.open.to_string(), 7),
        if row.yellow > 0 {
            yellow.yellow().to_string()
        } else {
            yellow
        },
        if row.red > 0 { red.red().to_string() } else { red },
        pad(&row.done.to_string(), 7),
        pad(&row.late.to_string(), 7),
        pad(if row.level.is_empty() { "-" } else { &row.level }, 7),
        pad(&rate(&row.response), 10),
        pad(&rate(&row.solved), 9),
        rate(&row.satisfied),
    ]
    .concat()
}
