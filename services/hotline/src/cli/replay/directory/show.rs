//! The replay of a directory as tables, or as JSON.

use std::path::Path;

use domain::id::UnitId;
use domain::routing::whatif::{Compared, How, Sent};
use domain::rules::Rules;
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use super::Replayed;
use crate::out::{Lang, Out, pad};

/// Flows a table shows at most; JSON has all.
const FLOWS_MAX: usize = 50;

pub(super) fn show(replayed: &Replayed, folder: &Path, other: &Rules, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return as_json(replayed, out);
    }
    head(replayed, folder, out)?;
    by_how(replayed, out)?;
    flows(replayed, other, out)?;
    rows(replayed, other, out)
}

fn head(replayed: &Replayed, folder: &Path, out: &Out) -> anyhow::Result<()> {
    let (from, to, on) = (replayed.days.from, replayed.days.to, replayed.on);
    let (tickets, dispatches) = (replayed.tickets, replayed.dispatches);
    let folder = folder.display();
    let head = out.say(
        format_args!("目录演算:{folder}（按 {on} 有效的条目）"),
        format_args!("replay of the directory {folder}, as it holds on {on}"),
    );
    out.line(head.bold())?;
    out.line(out.say(
        format_args!("{from} 至 {to} 登记的工单 {tickets} 件,派单 {dispatches} 次"),
        format_args!("{tickets} tickets registered {from} to {to}, dispatched {dispatches} times"),
    ))?;
    let (moved, differs) = (replayed.moved(), replayed.differs);
    out.line(out.say(
        format_args!("主办会变 {moved} 次;另有 {differs} 次主办不变,条目或协办会变"),
        format_args!("{moved} would have gone to another unit; {differs} more to the same by another entry or with other help"),
    ))?;
    if replayed.unknown > 0 {
        let unknown = replayed.unknown;
        out.line(
            out.say(
                format_args!("{unknown} 次的类别在新目录中不存在"),
                format_args!("{unknown} are of a category that the new directory does not have"),
            )
            .yellow(),
        )?;
    }
    if replayed.unreadable > 0 {
        let unreadable = replayed.unreadable;
        out.line(
            out.say(
                format_args!("{unreadable} 件无法演算(账本中缺少其规则)"),
                format_args!("{unreadable} could not be replayed (the journal lacks their rules)"),
            )
            .red(),
        )?;
    }
    Ok(())
}

fn by_how(replayed: &Replayed, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    out.line("")?;
    out.line(
        cells(
            &[
                ("派单方式", "DISPATCHED", 20),
                ("次数", "TIMES", 10),
                ("主办会变", "MOVE", 0),
            ],
            lang,
        )
        .bold(),
    )?;
    for how in How::ALL {
        let (moved, all) = replayed.by_how.get(how).copied().unwrap_or_default();
        if all > 0 {
            let line = [
                pad(lang.word(how.zh(), how.as_str()), 20),
                pad(&all.to_string(), 10),
                moved.to_string(),
            ];
            out.line(line.concat())?;
        }
    }
    Ok(())
}

/// From whom to whom.
type Flow = (Option<UnitId>, Option<UnitId>);

/// From whom to whom, the most first.
fn sorted(replayed: &Replayed) -> Vec<(&Flow, u64)> {
    let mut flows: Vec<_> = replayed
        .flows
        .iter()
        .map(|(flow, count)| (flow, *count))
        .collect();
    flows.sort_by(|(one, by_one), (other, by_other)| by_other.cmp(by_one).then_with(|| one.cmp(other)));
    flows
}

fn flows(replayed: &Replayed, other: &Rules, out: &Out) -> anyhow::Result<()> {
    let (flows, lang) = (sorted(replayed), out.lang());
    if flows.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line(
        cells(
            &[("原主办", "FROM", 34), ("新主办", "TO", 34), ("次数", "TIMES", 0)],
            lang,
        )
        .bold(),
    )?;
    for ((from, to), count) in flows.iter().take(FLOWS_MAX) {
        let line = [
            pad(&name(from.as_ref(), other, lang), 34),
            pad(&name(to.as_ref(), other, lang), 34),
            count.to_string(),
        ];
        out.line(line.concat())?;
    }
    if flows.len() > FLOWS_MAX {
        let more = flows.len() - FLOWS_MAX;
        out.line(out.say(
            format_args!("另有 {more} 组,见 --json"),
            format_args!("{more} more: see --json"),
        ))?;
    }
    Ok(())
}

fn rows(replayed: &Replayed, other: &Rules, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    if replayed.rows.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let heads = [
        ("工单", "TICKET", 18),
        ("方式", "HOW", 12),
        ("类别", "CATEGORY", 30),
        ("区域", "AREA", 12),
        ("原主办(条目)", "FROM (ENTRY)", 44),
        ("新主办(条目)", "TO (ENTRY)", 0),
    ];
    out.line(cells(&heads, lang).bold())?;
    for row in &replayed.rows {
        out.line(line(row, other, lang))?;
    }
    let (shown, moved) = (replayed.rows.len() as u64, replayed.moved());
    if shown < moved {
        out.line(out.say(
            format_args!("共 {moved} 次,列出 {shown} 次;全部见 --csv"),
            format_args!("{shown} of {moved}: all with --csv"),
        ))?;
    }
    Ok(())
}

fn line(row: &Compared, other: &Rules, lang: Lang) -> String {
    let side = |side: &Option<Sent>| match side {
        Some(sent) => format!("{} ({})", name(Some(&sent.lead), other, lang), sent.entry),
        None => name(None, other, lang),
    };
    let area = row.area.as_ref().map_or("-", |id| id.as_str());
    [
        pad(&row.number.to_string(), 18),
        pad(lang.word(row.how.zh(), row.how.as_str()), 12),
        pad(row.category.as_str(), 30),
        pad(area, 12),
        pad(&side(&row.before), 44),
        side(&row.after),
    ]
    .concat()
}

fn name(unit: Option<&UnitId>, other: &Rules, lang: Lang) -> String {
    let Some(unit) = unit else {
        return lang.word("无人承接", "nobody").to_owned();
    };
    let found = other.units.get(unit);
    found.map_or_else(
        || unit.to_string(),
        |unit| lang.word(&unit.zh, &unit.en).to_owned(),
    )
}

fn cells(heads: &[(&str, &str, usize)], lang: Lang) -> String {
    let cell = |(zh, en, columns): &(&str, &str, usize)| pad(lang.word(zh, en), *columns);
    heads.iter().map(cell).collect()
}

fn as_json(replayed: &Replayed, out: &Out) -> anyhow::Result<()> {
    let by_how = replayed.by_how.iter().map(|(how, (moved, all))| {
        (
            how.as_str().to_owned(),
            json!({ "dispatches": all, "moved": moved }),
        )
    });
    out.object(&json!({
        "from": replayed.days.from.to_string(),
        "to": replayed.days.to.to_string(),
        "on": replayed.on.to_string(),
        "tickets": replayed.tickets,
        "dispatches": replayed.dispatches,
        "moved": replayed.moved(),
        "differ": replayed.differs,
        "unknown_category": replayed.unknown,
        "unreadable": replayed.unreadable,
        "how": by_how.collect::<serde_json::Map<_, _>>(),
    }))?;
    for ((from, to), count) in sorted(replayed) {
        out.object(&json!({ "from_unit": from.as_ref().map(UnitId::as_str), "to_unit": to.as_ref().map(UnitId::as_str), "dispatches": count }))?;
    }
    for row in &replayed.rows {
        out.object(&row_json(row))?;
    }
    Ok(())
}

fn row_json(row: &Compared) -> Value {
    let side = |side: &Option<Sent>| {
        side.as_ref().map(|sent| {
            let co: Vec<&str> = sent.co.iter().map(UnitId::as_str).collect();
            json!({ "unit": sent.lead.as_str(), "entry": sent.entry.as_str(), "co": co })
        })
    };
    json!({
        "ticket": row.number.to_string(),
        "dispatched_at": row.at.to_string(),
        "how": row.how.as_str(),
        "type": row.kind.as_str(),
        "category": row.category.as_str(),
        "area": row.area.as_ref().map(|id| id.as_str()),
        "lead": row.lead.as_str(),
        "entry": row.entry.as_ref().map(|id| id.as_str()),
        "before": side(&row.before),
        "after": side(&row.after),
        "unknown_category": row.is_unknown,
    })
}
