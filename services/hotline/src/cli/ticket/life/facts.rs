//! What the facts of an event are called, and what they say.

use proto::common::v1::{
    Act, AuditFault, Channel, Claim, EscalationCause, Grade, Level, Means, Rating, RequestType, Standing,
};
use proto::tickets::v1::TicketEvent;

use super::names::{
    accused_name, by_name, clock_name, close_name, ground, hold_name, items_name, role_name, service_name,
    term,
};
use super::{GLUE, Legs};
use crate::out::Lang;
use crate::terms::holder_name;
use crate::view::short;

/// How a fact is told.
#[derive(Clone, Copy)]
enum Told {
    /// As it stands, after its Chinese and English name.
    Named(&'static str, &'static str),
    /// A list with commas.
    Listed(&'static str, &'static str),
    /// A local time.
    At(&'static str, &'static str),
    /// The count within a Chinese and an English phrase, where `N` stands.
    Counted(&'static str, &'static str),
    /// A word of a closed set, alone.
    Word(fn(&str, Lang) -> String),
    /// Only when true.
    WhenTrue(&'static str, &'static str),
    /// When true, and when false.
    Either((&'static str, &'static str), (&'static str, &'static str)),
    /// The unit of a leg.
    Leg,
    /// The leg it was passed down by.
    Under,
    /// By the kind of the event.
    Grounds,
    /// Those who are told.
    Holders(&'static str, &'static str),
    /// Points in tenths.
    Points,
    /// Nothing a reader needs.
    Unsaid,
}

use Told::{
    At, Counted, Either, Grounds, Holders, Leg, Listed, Named, Points, Under, Unsaid, WhenTrue, Word,
};

/// Every fact of every event, in the order in which they are told.
const FACTS: &[(&str, Told)] = &[
    ("level", Word(term::<Level>)),
    ("clock", Word(clock_name)),
    ("leg", Leg),
    ("order", Counted("第 N 号", "no. N")),
    ("unit", Named("单位", "unit")),
    ("role", Word(role_name)),
    ("under", Under),
    ("lead_unit", Named("主办", "lead")),
    ("co_units", Listed("协办", "co")),
    ("units", Listed("征求", "asks")),
    (
        "takes_it",
        Either(("属本单位职责", "takes it"), ("非本单位职责", "not its own")),
    ),
    ("type", Word(term::<RequestType>)),
    ("grade", Word(term::<Grade>)),
    ("category", Named("类别", "category")),
    ("area", Named("区域", "area")),
    ("confidence_percent", Counted("把握 N%", "N% sure")),
    ("hold", Word(hold_name)),
    ("contact", Counted("第 N 次来件", "contact N")),
    ("channel", Word(term::<Channel>)),
    ("standing", Word(term::<Standing>)),
    ("source_id", Named("来源编号", "source")),
    ("split_from", Named("拆自", "from")),
    ("into", Listed("→", "→")),
    ("child", Named("子件", "ticket")),
    ("from", Named("原母件", "from")),
    ("reason", Grounds),
    ("ground", Grounds),
    ("suggested_unit", Named("建议", "suggests")),
    ("ruling", WhenTrue("须裁定", "for the arbiter")),
    (
        "proposes_entry",
        WhenTrue("建议写入派单目录", "proposes a directory entry"),
    ),
    ("approved", Either(("同意", "approved"), ("不同意", "refused"))),
    ("accepted", Either(("采纳", "accepted"), ("不采纳", "declined"))),
    ("entry", Named("目录条目", "entry")),
    ("working_days", Counted("N 个工作日", "N working days")),
    ("again", WhenTrue("再次申请", "again")),
    ("owner", Named("责任人", "owner")),
    ("check_at", At("复核", "check")),
    ("next_at", At("下次复核", "next check")),
    ("until", At("最迟恢复", "until")),
    ("means", Word(term::<Means>)),
    (
        "reached",
        Either(("已接通", "reached"), ("无人接听", "nobody answered")),
    ),
    ("made", WhenTrue("计为已联系", "counts as made")),
    (
        "controlled",
        Either(("险情受控", "controlled"), ("险情未受控", "not controlled")),
    ),
    ("article", Named("依据", "by")),
    ("service", Word(service_name)),
    ("act", Word(term::<Act>)),
    ("claim", Word(term::<Claim>)),
    ("signed", WhenTrue("已签批", "signed by the leader")),
    ("by_rule", WhenTrue("按规则免审", "by rule, not read")),
    ("fault", Word(term::<AuditFault>)),
    ("items", Word(items_name)),
    ("solved", Either(("已解决", "solved"), ("未解决", "unsolved"))),
    ("rating", Word(term::<Rating>)),
    ("by_link", WhenTrue("经评价链接", "by link")),
    ("round", Counted("第 N 轮", "round N")),
    (
        "duty_done",
        Either(("已尽责", "duty done"), ("未尽责", "duty not done")),
    ),
    ("panel", Listed("评议成员", "panel")),
    (
        "upheld",
        Either(("异议成立,予以受理", "upheld"), ("异议不成立", "not upheld")),
    ),
    ("by", Word(by_name)),
    ("accused_unit", Named("被举报单位", "accused")),
    ("accused", Word(accused_name)),
    ("cause", Word(term::<EscalationCause>)),
    ("limit", Named("限", "limit")),
    ("due_at", At("限期", "due")),
    ("told", Holders("告知", "told")),
    (
        "system_was_down",
        WhenTrue("系统停机期间到期,不计分", "due while the system was down"),
    ),
    ("points_tenths", Points),
    ("count", Counted("第 N 次", "time N")),
    ("close_kind", Word(close_name)),
    ("run", Unsaid),
    ("slot", Unsaid),
];

/// The facts of an event as phrases, those that say something.
pub(super) fn of(event: &TicketEvent, legs: &Legs, lang: Lang) -> Vec<String> {
    let known = FACTS.iter().filter_map(|(name, told)| {
        let value = event.facts.get(*name)?;
        says_something(event, name, value, legs).then(|| tell(event, *told, value, legs, lang))
    });
    let mut newer: Vec<String> = event
        .facts
        .iter()
        .filter(|(name, _)| FACTS.iter().all(|(known, _)| known != name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    newer.sort();
    known.chain(newer).filter(|phrase| !phrase.is_empty()).collect()
}

/// Clocks that start or stop together, those of one leg on a line. What belongs together is not broken apart.
pub(super) fn clocks(events: &[TicketEvent], legs: &Legs, lang: Lang) -> String {
    let of_leg = |one: &TicketEvent, next: &TicketEvent| fact(one, "leg") == fact(next, "leg");
    let line = |events: &[TicketEvent]| {
        let leg = events.first().map_or("0", |event| fact(event, "leg"));
        let leg = (leg != "0").then(|| legs.name(leg));
        let clocks = events.iter().map(|event| clock(event, lang).replace(' ', GLUE));
        leg.into_iter().chain(clocks).collect::<Vec<_>>().join("  ")
    };
    let lines: Vec<String> = events.chunk_by(of_leg).map(line).collect();
    lines.join("\n")
}

fn clock(event: &TicketEvent, lang: Lang) -> String {
    let name = clock_name(fact(event, "clock"), lang);
    match fact(event, "due_at") {
        "" => name,
        due => format!("{name} → {}", local(due)),
    }
}

fn fact<'a>(event: &'a TicketEvent, name: &str) -> &'a str {
    event.facts.get(name).map(String::as_str).unwrap_or_default()
}

/// Whether a fact adds to what the others say.
fn says_something(event: &TicketEvent, name: &str, value: &str, legs: &Legs) -> bool {
    let is = |other: &str, expected: &str| event.facts.get(other).is_some_and(|value| value == expected);
    match name {
        // Who had asked stands in the request.
        "leg" => value != "0" && event.kind != "ruled",
        // A leg's name has its unit.
        "unit" => !event
            .facts
            .get("leg")
            .is_some_and(|leg| legs.unit(leg) == Some(value) && event.kind != "ruled"),
        "confidence_percent" => value != "100",
        "made" => !is("reached", "true"),
        "due_at" => event.kind != "level_fired" || is("system_was_down", "true"),
        _ => true,
    }
}

fn tell(event: &TicketEvent, told: Told, value: &str, legs: &Legs, lang: Lang) -> String {
    let named =
        |(zh, en): (&'static str, &'static str), value: &str| format!("{} {value}", lang.word(zh, en));
    match told {
        Named("单位", _) if event.kind == "opinion_given" => value.to_owned(),
        Named("单位", _) if event.kind == "ruled" => named(("责任单位", "responsible"), value),
        Named(zh, en) => named((zh, en), value),
        Listed(zh, en) => named((zh, en), &value.replace(',', " ")),
        At(zh, en) => named((zh, en), &local(value)).replace(' ', GLUE),
        Counted(zh, en) => lang.word(zh, en).replace('N', value),
        Word(say) => say(value, lang),
        WhenTrue(zh, en) if value == "true" => lang.word(zh, en).to_owned(),
        Either((zh, en), _) if value == "true" => lang.word(zh, en).to_owned(),
        Either(_, (zh, en)) => lang.word(zh, en).to_owned(),
        Leg => legs.name(value),
        Under => named(("自", "from"), &legs.name(value)),
        Grounds => ground(&event.kind, value, lang),
        Holders(zh, en) => {
            let told: Vec<&str> = value.split(',').map(|one| holder_name(one, lang)).collect();
            named((zh, en), &told.join(lang.word("、", ", ")))
        }
        Points => points(value, lang),
        WhenTrue(..) | Unsaid => String::new(),
    }
}

fn points(tenths: &str, lang: Lang) -> String {
    match tenths.parse::<u32>() {
        Ok(0) | Err(_) => String::new(),
        Ok(tenths) => {
            let points = f64::from(tenths) / 10.0;
            lang.phrase(format_args!("记 {points} 分"), format_args!("{points} points"))
        }
    }
}

/// A time of a fact, in the city; as it stands where it is none.
fn local(value: &str) -> String {
    value.parse().map_or_else(|_| value.to_owned(), short)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What the tickets role tells of its events, as its table of facts names them.
    fn names_in(source: &str) -> Vec<&str> {
        let names = source
            .split("fact(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        names.collect()
    }

    #[test]
    fn every_fact_that_is_told_has_a_name() {
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tickets/src/facts.rs");
        let source = std::fs::read_to_string(table).unwrap();
        let names = names_in(&source);
        assert!(names.len() > 80, "{names:?}");
        let unknown: Vec<&str> = names
            .into_iter()
            .filter(|name| FACTS.iter().all(|(known, _)| known != name))
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
