//! What stands beside the phase: what waits for a decision, what was promised, demanded, ruled, merged.

use proto::common::v1::{Act, ExclusionGround, SuspensionGround};
use proto::tickets::v1::{Order, Promise, Ruling, Ticket};

use crate::out::{COLUMNS_MAX, Lang, pad, wrap};
use crate::terms::{asked_name, holder_name, name};
use crate::view::pending::{self, Pending};
use crate::view::{short_time, unit_of_leg};

/// Where the value of a row begins.
const VALUE_COLUMN: usize = 16;

/// A row of the head, broken to the width of the page; nothing where there is nothing to say.
pub(super) fn row(label: &str, value: &str) -> Vec<String> {
    let lines = wrap(value.trim(), COLUMNS_MAX - VALUE_COLUMN);
    let head = |at: usize| if at == 0 { label } else { "" };
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| format!("  {}{line}", pad(head(at), VALUE_COLUMN - 2)))
        .collect()
}

/// One row for each thing that there is.
pub(super) fn lines(ticket: &Ticket, lang: Lang) -> Vec<String> {
    let mut rows: Vec<(&str, &str, String)> = Vec::new();
    let waits = pending::of(ticket);
    rows.extend(
        waits
            .iter()
            .map(|one| ("待审批", "to decide", waiting(one, lang))),
    );
    rows.extend(
        ticket
            .promise
            .iter()
            .map(|one| ("挂账", "suspended", promise(one, lang))),
    );
    rows.extend(
        ticket
            .orders
            .iter()
            .map(|one| ("督办单", "order", order(ticket, one, lang))),
    );
    rows.extend(
        ticket
            .ruling
            .iter()
            .map(|one| ("裁定", "ruling", ruling(one, lang))),
    );
    rows.extend(counts(ticket, lang));
    rows.extend(others(ticket, lang));
    rows.extend(people(ticket, lang));
    rows.into_iter()
        .flat_map(|(zh, en, value)| row(lang.word(zh, en), &value))
        .collect()
}

fn waiting(one: &Pending<'_>, lang: Lang) -> String {
    let asked = &one.asked;
    let by = match asked.asked_by.as_str() {
        "" => String::new(),
        by => lang.phrase(format_args!("{by} 申请"), format_args!("asked by {by}")),
    };
    let to = match asked.suggested_unit.as_str() {
        "" => String::new(),
        unit => lang.phrase(format_args!("建议 {unit}"), format_args!("suggests {unit}")),
    };
    let decider = holder_name(&asked.decider, lang);
    joined(&[
        asked_name(&asked.what, lang),
        one.unit(),
        &one.why(lang),
        &to,
        &by,
        &short_time(&asked.ask_time),
        &format!("→ {decider}"),
    ])
}

fn promise(promise: &Promise, lang: Lang) -> String {
    joined(&[
        name::<SuspensionGround>(promise.ground, lang),
        &format!("{} {}", lang.word("责任人", "owner"), promise.owner),
        &format!(
            "{} {}",
            lang.word("复核", "check"),
            short_time(&promise.check_time)
        ),
        &format!(
            "{} {}",
            lang.word("最迟恢复", "until"),
            short_time(&promise.until_time)
        ),
    ])
}

fn order(ticket: &Ticket, order: &Order, lang: Lang) -> String {
    let answered = match short_time(&order.answer_time) {
        time if time.is_empty() => lang.word("未答复", "not answered").to_owned(),
        time => format!("{} {time}", lang.word("已答复", "answered")),
    };
    joined(&[
        &format!("{}-D{}", ticket.number, order.order),
        &order.unit,
        &format!("{} {}", lang.word("限期", "due"), short_time(&order.due_time)),
        &answered,
    ])
}

fn ruling(ruling: &Ruling, lang: Lang) -> String {
    let entry = match (ruling.proposes_entry, ruling.entry_accepted) {
        (_, Some(true)) => lang.word("已写入派单目录", "now in the directory"),
        (_, Some(false)) => lang.word("未写入派单目录", "kept out of the directory"),
        (true, None) => lang.word("建议写入派单目录", "proposed for the directory"),
        (false, None) => "",
    };
    joined(&[
        &ruling.unit,
        &short_time(&ruling.rule_time),
        &ruling.ruled_by,
        entry,
    ])
}

/// How often it went which way.
fn counts(ticket: &Ticket, lang: Lang) -> Vec<(&'static str, &'static str, String)> {
    let mut rows = Vec::new();
    if ticket.returns > 0 {
        let (all, refused) = (ticket.returns, ticket.returns_refused);
        let said = match refused {
            0 => lang.phrase(format_args!("{all} 次"), all),
            refused => lang.phrase(
                format_args!("{all} 次,其中不同意 {refused} 次"),
                format_args!("{all}, {refused} of them refused"),
            ),
        };
        rows.push(("退单", "returns", said));
    }
    if ticket.extensions > 0 {
        let (times, days) = (ticket.extensions, ticket.extended_days);
        let said = lang.phrase(
            format_args!("{times} 次,共 {days} 个工作日"),
            format_args!("{times}, {days} working days in all"),
        );
        rows.push(("延期", "extensions", said));
    }
    let numbers = [
        ("重办轮次", "rework round", ticket.round),
        ("重开次数", "reopened", ticket.reopened),
        ("催办次数", "urged", ticket.urged),
    ];
    let numbers = numbers.into_iter().filter(|(.., count)| *count > 0);
    rows.extend(numbers.map(|(zh, en, count)| (zh, en, count.to_string())));
    rows
}

/// Other tickets, and who stands behind this one.
fn others(ticket: &Ticket, lang: Lang) -> Vec<(&'static str, &'static str, String)> {
    let rejoined = if ticket.rejoined {
        lang.word("母件已答复", "the incident is answered")
    } else {
        ""
    };
    let mut rows = Vec::new();
    if !ticket.merged_into.is_empty() {
        rows.push((
            "并入母件",
            "merged into",
            joined(&[&ticket.merged_into, rejoined]),
        ));
    }
    if ticket.children_count > 0 {
        let count = ticket.children_count;
        let head = lang.phrase(format_args!("{count} 件"), format_args!("{count} tickets"));
        rows.push((
            "子件",
            "incident of",
            joined(&[&head, &ticket.children.join(" ")]),
        ));
    }
    if ticket.listeners > 1 {
        rows.push(("关注人", "listeners", ticket.listeners.to_string()));
    }
    rows.push(("拆自", "split from", ticket.split_from.clone()));
    rows
}

/// Units that are asked, have signed or are kept out, and what became of the rating.
fn people(ticket: &Ticket, lang: Lang) -> Vec<(&'static str, &'static str, String)> {
    let opinions = ticket.opinions.iter().map(|opinion| {
        let said = match opinion.takes_it {
            Some(true) => lang.word("属本单位职责", "takes it"),
            Some(false) => lang.word("非本单位职责", "not its own"),
            None => lang.word("未答复", "has not said"),
        };
        ("会商", "consulted", joined(&[&opinion.unit, said]))
    });
    let endorsed = ticket.endorsed.iter().map(|signed| {
        let unit = unit_of_leg(ticket, signed.leg);
        (
            "已签批",
            "endorsed",
            joined(&[unit, name::<Act>(signed.act, lang)]),
        )
    });
    let exclusion = ticket.exclusion.iter().map(|exclusion| {
        let ground = name::<ExclusionGround>(exclusion.ground, lang);
        let state = exclusion_state(&exclusion.state, lang);
        ("剔除", "exclusion", joined(&[ground, state]))
    });
    let mut rows: Vec<_> = opinions.chain(endorsed).chain(exclusion).collect();
    rows.push(("回避单位", "recused", ticket.recused_units.join(" ")));
    let flags = [
        (ticket.objected, "异议", "objection"),
        (ticket.reviewed, "评议", "review"),
        (ticket.deadline_callback_due, "到期回访", "deadline callback"),
    ];
    let due = lang.word("应征询诉求人", "is due").to_owned();
    let asked = lang.word("诉求人已提出", "asked for by the resident").to_owned();
    for (is_so, zh, en) in flags {
        let said = if zh == "到期回访" { &due } else { &asked };
        rows.extend(is_so.then(|| (zh, en, said.clone())));
    }
    rows
}

fn exclusion_state(state: &str, lang: Lang) -> &str {
    let (zh, en) = match state {
        "asked" => ("待审", "asked for"),
        "reviewed" => ("一人同意,待第二人", "one of two agrees"),
        "granted" => ("同意", "granted"),
        "refused" => ("不同意", "refused"),
        newer => return newer,
    };
    lang.word(zh, en)
}

/// What there is to say, with a gap between.
fn joined(parts: &[&str]) -> String {
    let said: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said.join("  ")
}
