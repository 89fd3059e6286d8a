//! A replay as tables, or as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use domain::clock::whatif::{Figures, Tally};
use domain::clock::{Level, Light};
use domain::id::UnitId;
use domain::rules::Rules;
use domain::scoring::Rate;
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use super::Replayed;
use super::rows::{Row, Side, Time, fires, points};
use crate::out::{Lang, Out, pad};

/// Units a table shows at most; JSON has all.
const UNITS_MAX: usize = 100;

pub(super) fn show(replayed: &Replayed, new: &Path, latest: Option<&Rules>, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return as_json(replayed, out);
    }
    head(replayed, new, latest, out)?;
    figures(&replayed.tally, out)?;
    refusals(replayed, out)?;
    units(replayed, latest, out)?;
    tickets(replayed, latest, out)
}

fn head(replayed: &Replayed, new: &Path, latest: Option<&Rules>, out: &Out) -> anyhow::Result<()> {
    let (from, to) = (replayed.days.from, replayed.days.to);
    let until = latest.map_or_else(
        || replayed.until.to_string(),
        |rules| {
            rules
                .calendar()
                .local(replayed.until)
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    );
    let tickets = replayed.tally.was.tickets;
    let new = new.display();
    let head = out.say(format_args!("规则演算:{new}"), format_args!("replay under {new}"));
    out.line(head.bold())?;
    out.line(out.say(
        format_args!("{from} 至 {to} 登记的工单 {tickets} 件,截至 {until}"),
        format_args!("{tickets} tickets registered {from} to {to}, as of {until}"),
    ))?;
    let (changed, moved) = (replayed.changed, replayed.moved);
    out.line(out.say(
        format_args!("有变化 {changed} 件,另有 {moved} 件仅到期时间移动"),
        format_args!("{changed} change, {moved} more have other due times only"),
    ))?;
    if replayed.unreadable > 0 {
        let unreadable = replayed.unreadable;
        let text = out.say(
            format_args!("{unreadable} 件无法演算(账本中缺少其规则)"),
            format_args!("{unreadable} could not be replayed (the journal lacks their rules)"),
        );
        out.line(text.red())?;
    }
    Ok(())
}

fn figures(tally: &Tally, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    out.line("")?;
    let head = [
        ("", "", 26),
        ("当时", "BEFORE", 20),
        ("演算", "AFTER", 20),
        ("变化", "CHANGE", 10),
    ];
    out.line(cells(&head, lang).bold())?;
    let line = |zh: &str, en: &str, was: String, would: String, change: String| {
        let cells = [pad(lang.word(zh, en), 26), pad(&was, 20), pad(&would, 20), change];
        out.line(cells.concat().trim_end())
    };
    for (zh, en, of) in counts() {
        let (was, would) = (of(&tally.was), of(&tally.would));
        line(zh, en, was.to_string(), would.to_string(), signed(was, would))?;
    }
    for (zh, en, of) in rates() {
        let (was, would) = (of(&tally.was), of(&tally.would));
        line(zh, en, rate(was), rate(would), shift(was, would))?;
    }
    let (was, would) = (tally.was.points_tenths, tally.would.points_tenths);
    let change = match would.cmp(&was) {
        std::cmp::Ordering::Less => format!("-{}", points(was - would)),
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", points(would - was)),
    };
    line("计分", "points", points(was), points(would), change)?;
    Ok(())
}

type Count = (&'static str, &'static str, fn(&Figures) -> u64);

fn counts() -> [Count; 10] {
    fn level(figures: &Figures, level: Level) -> u64 {
        figures.levels.get(&level).copied().unwrap_or(0)
    }
    [
        ("黄灯", "yellow", |one| one.yellow),
        ("红灯", "red", |one| one.red),
        ("逾期办结", "done late", |one| one.done_late),
        ("预警 L0", "L0", |one| level(one, Level::L0)),
        ("催办 L1", "L1", |one| level(one, Level::L1)),
        ("督办 L2", "L2", |one| level(one, Level::L2)),
        ("挂牌督办 L3", "L3", |one| level(one, Level::L3)),
        ("提请约谈 L4", "L4", |one| level(one, Level::L4)),
        ("提请通报 L5", "L5", |one| level(one, Level::L5)),
        ("督办单", "orders", |one| one.orders),
    ]
}

type Share = (&'static str, &'static str, fn(&Figures) -> Rate);

fn rates() -> [Share; 4] {
    [
        ("按时签收率", "signed in time", |one| one.sign),
        ("按时联系率", "contacted in time", |one| one.contact),
        ("按时办结率 T1", "on time T1", |one| one.on_time),
        ("首次时限按时率 T0", "on time T0", |one| one.on_first_time),
    ]
}

fn rate(one: Rate) -> String {
    match one.whole {
        0 => "-".to_owned(),
        whole => format!("{:.2}% ({}/{whole})", one.percent(), one.part),
    }
}

fn short(one: Rate) -> String {
    match one.whole {
        0 => "-".to_owned(),
        _ => format!("{:.1}%", one.percent()),
    }
}

fn signed(was: u64, would: u64) -> String {
    match would.cmp(&was) {
        std::cmp::Ordering::Less => format!("-{}", was - would),
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", would - was),
    }
}

fn shift(was: Rate, would: Rate) -> String {
    match (was.whole, would.whole) {
        (0, _) | (_, 0) => "-".to_owned(),
        _ => format!("{:+.2}", would.percent() - was.percent()),
    }
}

fn refusals(replayed: &Replayed, out: &Out) -> anyhow::Result<()> {
    if replayed.refused.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let head = out.say(
        "新规则会拒绝、仍按实际发生演算的操作",
        "refused by the new rules, and done all the same",
    );
    out.line(head.bold())?;
    for ((what, reason), (count, first)) in &replayed.refused {
        let example = out
            .lang()
            .phrase(format_args!("如 {first}"), format_args!("such as {first}"));
        out.line(format_args!("  {count}  {what}  {reason}  {example}"))?;
    }
    Ok(())
}

/// Those whose figures move, the furthest first.
fn moving(replayed: &Replayed) -> Vec<(&UnitId, &Tally)> {
    let mut units: Vec<_> = replayed.units.iter().filter(|(_, tally)| tally.moves()).collect();
    units.sort_by(|(one, by_one), (other, by_other)| {
        let by_shift = by_other.shift().total_cmp(&by_one.shift());
        by_shift.then_with(|| one.cmp(other))
    });
    units
}

fn name<'a>(unit: &'a str, latest: Option<&'a Rules>, lang: Lang) -> &'a str {
    let id = UnitId::parse(unit).ok();
    let found = id.and_then(|id| latest?.units.get(&id));
    found.map_or(unit, |unit| lang.word(&unit.zh, &unit.en))
}

fn units(replayed: &Replayed, latest: Option<&Rules>, out: &Out) -> anyhow::Result<()> {
    let (moving, lang) = (moving(replayed), out.lang());
    if moving.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let heads = [
        ("数字有变的单位", "UNITS THAT MOVE", 30),
        ("承办段", "LEGS", 8),
        ("签收", "SIGNED", 17),
        ("联系", "CONTACTED", 17),
        ("办结T1", "T1", 17),
        ("首次T0", "T0", 17),
        ("红灯", "RED", 9),
        ("计分", "POINTS", 14),
        ("触发", "FIRES", 0),
    ];
    out.line(cells(&heads, lang).trim_end().bold())?;
    for (unit, tally) in moving.iter().take(UNITS_MAX) {
        let (was, would) = (&tally.was, &tally.would);
        let both = |was: Rate, would: Rate| arrow(&short(was), &short(would));
        let cells = [
            pad(name(unit.as_str(), latest, lang), 30),
            pad(&was.legs.to_string(), 8),
            pad(&both(was.sign, would.sign), 17),
            pad(&both(was.contact, would.contact), 17),
            pad(&both(was.on_time, would.on_time), 17),
            pad(&both(was.on_first_time, would.on_first_time), 17),
            pad(&arrow(&was.red.to_string(), &would.red.to_string()), 9),
            pad(
                &arrow(&points(was.points_tenths), &points(would.points_tenths)),
                14,
            ),
            fires(&was.levels, &would.levels),
        ];
        out.line(cells.concat().trim_end())?;
    }
    if moving.len() > UNITS_MAX {
        let more = moving.len() - UNITS_MAX;
        out.line(out.say(
            format_args!("另有 {more} 个单位,见 --json"),
            format_args!("{more} more units: see --json"),
        ))?;
    }
    Ok(())
}

fn tickets(replayed: &Replayed, latest: Option<&Rules>, out: &Out) -> anyhow::Result<()> {
    let (rows, lang) = (replayed.worst.rows(), out.lang());
    if rows.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let heads = [
        ("工单", "TICKET", 18),
        ("主办单位", "LEAD", 30),
        ("灯", "LIGHT", 22),
        ("级别", "LEVEL", 10),
        ("计分", "POINTS", 12),
        ("触发", "FIRES", 18),
        ("逾期", "LATE", 0),
    ];
    out.line(cells(&heads, lang).trim_end().bold())?;
    for row in &rows {
        out.line(line(row, latest, lang).trim_end())?;
    }
    let (shown, changed) = (rows.len() as u64, replayed.changed);
    if shown < changed {
        out.line(out.say(
            format_args!("共 {changed} 件,列出 {shown} 件;全部见 --csv"),
            format_args!("{shown} of {changed}: all with --csv"),
        ))?;
    }
    Ok(())
}

fn line(row: &Row, latest: Option<&Rules>, lang: Lang) -> String {
    let light = |side: &Side| {
        side.light
            .map_or("-", |light: Light| lang.word(light.zh(), light.as_str()))
            .to_owned()
    };
    let level = |side: &Side| {
        side.level
            .map_or("-".to_owned(), |level| level.as_str().to_uppercase())
    };
    let mut late = Vec::new();
    for (zh, en, was, would) in [
        ("签收", "sign", row.was.sign, row.would.sign),
        ("联系", "contact", row.was.contact, row.would.contact),
        ("办理", "handle", row.was.handle, row.would.handle),
    ] {
        match (was.in_time == Some(false), would.in_time == Some(false)) {
            (false, true) => late.push(format!("+{}", lang.word(zh, en))),
            (true, false) => late.push(format!("-{}", lang.word(zh, en))),
            (true, true) | (false, false) => {}
        }
    }
    if !row.refused.is_empty() {
        late.push(format!("({})", row.refused.join(" ")));
    }
    [
        pad(&row.number, 18),
        pad(name(&row.unit, latest, lang), 30),
        pad(&arrow(&light(&row.was), &light(&row.would)), 22),
        pad(&arrow(&level(&row.was), &level(&row.would)), 10),
        pad(
            &arrow(&points(row.was.points_tenths), &points(row.would.points_tenths)),
            12,
        ),
        pad(&fires(&row.was.levels, &row.would.levels), 18),
        late.join(" "),
    ]
    .concat()
}

/// What does not change is said once.
fn arrow(was: &str, would: &str) -> String {
    if was == would {
        was.to_owned()
    } else {
        format!("{was} → {would}")
    }
}

fn cells(heads: &[(&str, &str, usize)], lang: Lang) -> String {
    let cell = |(zh, en, columns): &(&str, &str, usize)| pad(lang.word(zh, en), *columns);
    heads.iter().map(cell).collect()
}

fn as_json(replayed: &Replayed, out: &Out) -> anyhow::Result<()> {
    let refused = replayed.refused.iter().map(|((what, reason), (count, first))| {
        json!({ "what": what, "reason": reason, "count": count, "first": first })
    });
    out.object(&json!({
        "from": replayed.days.from.to_string(),
        "to": replayed.days.to.to_string(),
        "as_of_time": replayed.until.to_string(),
        "changed": replayed.changed,
        "moved": replayed.moved,
        "unreadable": replayed.unreadable,
        "before": figures_json(&replayed.tally.was),
        "after": figures_json(&replayed.tally.would),
        "refused": refused.collect::<Vec<_>>(),
    }))?;
    for (unit, tally) in moving(replayed) {
        out.object(&json!({
            "unit": unit.as_str(),
            "before": figures_json(&tally.was),
            "after": figures_json(&tally.would),
        }))?;
    }
    for row in replayed.worst.rows() {
        out.object(&json!({
            "ticket": row.number,
            "unit": row.unit,
            "before": side_json(&row.was),
            "after": side_json(&row.would),
            "refused": row.refused,
        }))?;
    }
    Ok(())
}

fn levels_json<N: Copy + Into<Value>>(levels: &BTreeMap<Level, N>) -> Value {
    let each = levels
        .iter()
        .map(|(level, count)| (level.as_str().to_owned(), (*count).into()));
    Value::Object(each.collect())
}

fn figures_json(figures: &Figures) -> Value {
    let rate = |rate: Rate| {
        let (low, high) = rate.wilson_percent();
        json!({ "part": rate.part, "whole": rate.whole, "percent": rate.percent(),
            "low_percent": low, "high_percent": high })
    };
    json!({
        "tickets": figures.tickets,
        "legs": figures.legs,
        "yellow": figures.yellow,
        "red": figures.red,
        "done_late": figures.done_late,
        "levels": levels_json(&figures.levels),
        "orders": figures.orders,
        "points": points(figures.points_tenths),
        "sign": rate(figures.sign),
        "contact": rate(figures.contact),
        "on_time": rate(figures.on_time),
        "on_first_time": rate(figures.on_first_time),
    })
}

fn side_json(side: &Side) -> Value {
    let time =
        |time: Time| json!({ "due_time": time.due_at.map(|at| at.to_string()), "in_time": time.in_time });
    json!({
        "light": side.light.map(Light::as_str),
        "level": side.level.map(Level::as_str),
        "levels": levels_json(&side.levels),
        "points": points(side.points_tenths),
        "orders": side.orders,
        "sign": time(side.sign),
        "contact": time(side.contact),
        "handle": time(side.handle),
    })
}
