//! What a ticket is and where it stands.

use owo_colors::OwoColorize as _;
use proto::common::v1::{Channel, Grade, Level, Phase, Rating, RequestType};
use proto::tickets::v1::Ticket;

use super::beside::row;
use crate::cli::ticket::life::{close_name, hold_name};
use crate::out::Lang;
use crate::terms::{Term, holder_name, name, word};
use crate::view::{light_cell, short_time};

/// The first lines.
pub(super) fn lines(ticket: &Ticket, lang: Lang) -> Vec<String> {
    let level = name::<Level>(ticket.level, lang);
    let light = light_cell(ticket.light, lang, 0);
    let phase = name::<Phase>(ticket.phase, lang);
    let first = format!("{}  {phase}  {light}  {level}", ticket.number.bold());
    let mut lines = vec![first.trim_end().to_owned()];
    for (zh, en, value) in facts(ticket, lang) {
        lines.extend(row(lang.word(zh, en), &value));
    }
    if ticket.sealed {
        lines.push(format!("  {}", lang.word("密件", "confidential").red()));
    }
    lines
}

fn facts(ticket: &Ticket, lang: Lang) -> [(&'static str, &'static str, String); 13] {
    let category = match ticket.category.as_str() {
        "" => String::new(),
        category => format!("{category} ({} %)", ticket.confidence_percent),
    };
    let closed = format!(
        "{} {}",
        short_time(&ticket.close_time),
        close_name(&ticket.close_kind, lang)
    );
    let kind = name::<RequestType>(ticket.r#type, lang).to_owned();
    let channel = name::<Channel>(ticket.channel, lang).to_owned();
    let hold = match ticket.lead_unit.as_str() {
        "" => hold_name(&ticket.hold, lang),
        _ => String::new(),
    };
    let holder = holder_name(&ticket.step_holder, lang).to_owned();
    [
        ("类型", "type", kind),
        ("等级", "grade", both::<Grade>(ticket.grade, lang)),
        ("类别", "category", category),
        ("区域", "area", ticket.area.clone()),
        ("渠道", "channel", channel),
        ("主办", "lead", ticket.lead_unit.clone()),
        ("当前责任", "held by", holder),
        ("待派原因", "waits for", hold),
        ("登记", "registered", short_time(&ticket.register_time)),
        ("到期", "due", short_time(&ticket.due_time)),
        ("办结", "closed", closed.trim().to_owned()),
        ("结果", "outcome", outcome(ticket, lang)),
        ("来源编号", "source id", ticket.source_id.clone()),
    ]
}

fn outcome(ticket: &Ticket, lang: Lang) -> String {
    let Some(outcome) = ticket.outcome else {
        return String::new();
    };
    let solved = if outcome.solved {
        lang.word("已解决", "solved")
    } else {
        lang.word("未解决", "unsolved")
    };
    format!("{solved} {}", name::<Rating>(outcome.rating, lang))
}

/// A code with its Chinese name; the code alone where the reader's language has no other name.
fn both<T: Term>(number: i32, lang: Lang) -> String {
    match (word::<T>(number), name::<T>(number, lang)) {
        (code, name) if code == name => code.to_owned(),
        (code, name) => format!("{code} {name}"),
    }
}
