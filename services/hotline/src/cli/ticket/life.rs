//! A ticket's whole life as people read it: who did what when, what was said, and which limits that started or stopped.

mod facts;
mod kinds;
mod legs;
mod names;
mod proof;
mod words;

use owo_colors::OwoColorize as _;
use proto::common::v1::Role;
use proto::tickets::v1::{Ticket, TicketEvent};

use crate::out::{COLUMNS_MAX, Lang, pad, wrap};
use crate::terms::name;
use crate::view::short_time;

pub(crate) use kinds::kind_name;
pub(crate) use legs::Legs;
pub(crate) use names::{clock_name, close_name, hold_name};
pub(crate) use proof::pieces as proof_pieces;

/// Stands for a blank at which no line is broken.
const GLUE: &str = "\u{a0}";

/// Where the text of a line begins: after the name of an event or of a piece of text.
fn text_column(lang: Lang) -> usize {
    match lang {
        Lang::Zh | Lang::Both => 16,
        Lang::En => 25,
    }
}

/// The history as lines, what one command did under one head.
pub(crate) fn timeline(ticket: &Ticket, events: &[TicketEvent], lang: Lang) -> Vec<String> {
    let legs = Legs::of_history(ticket, events);
    let same_command = |one: &TicketEvent, next: &TicketEvent| {
        (one.event_time, &one.actor, one.role) == (next.event_time, &next.actor, next.role)
    };
    let commands = events.chunk_by(same_command);
    commands.flat_map(|command| block(command, &legs, lang)).collect()
}

/// What an event says, on one line.
pub(crate) fn in_short(event: &TicketEvent, legs: &Legs, lang: Lang) -> String {
    facts::of(event, legs, lang).join("  ").replace(GLUE, " ")
}

/// Who acted: the role, and the holder of the token.
pub(crate) fn who(event: &TicketEvent, lang: Lang) -> String {
    let role = name::<Role>(event.role, lang).replace('_', " ");
    format!("{role} {}", event.actor)
}

fn block(command: &[TicketEvent], legs: &Legs, lang: Lang) -> Vec<String> {
    let Some(first) = command.first() else {
        return Vec::new();
    };
    let time = short_time(&first.event_time);
    let mut lines = vec![format!("{}  {}", time.bold(), who(first, lang))];
    // Clocks that start or stop together stand on one line.
    let alike = |one: &TicketEvent, next: &TicketEvent| one.kind == next.kind && is_clocks(one);
    for events in command.chunk_by(alike) {
        lines.extend(paragraph(events, legs, lang));
    }
    lines
}

fn is_clocks(event: &TicketEvent) -> bool {
    matches!(event.kind.as_str(), "clock_started" | "clock_stopped")
}

/// One event with its words; or the clocks that one command started, or stopped.
fn paragraph(events: &[TicketEvent], legs: &Legs, lang: Lang) -> Vec<String> {
    let Some(first) = events.first() else {
        return Vec::new();
    };
    if is_clocks(first) {
        let text = facts::clocks(events, legs, lang);
        let label = kind_name(&first.kind, lang);
        let lines = labelled(2, &label, &text, lang);
        return lines.into_iter().map(|line| line.dimmed().to_string()).collect();
    }
    let mut lines = labelled(
        2,
        &kind_name(&first.kind, lang),
        &facts::of(first, legs, lang).join("  "),
        lang,
    );
    let proof = first.proof.as_ref().map(|proof| proof::in_short(proof, lang));
    if let Some(proof) = proof.filter(|proof| !proof.is_empty()) {
        lines.extend(labelled(4, lang.word("派单依据", "proof"), &proof, lang));
    }
    // The matter itself stands at the head of the ticket.
    if first.kind != "registered" {
        lines.extend(said(first, lang));
    }
    lines
}

fn said(event: &TicketEvent, lang: Lang) -> Vec<String> {
    let mut words: Vec<(&String, &String)> =
        event.words.iter().filter(|(_, text)| !text.is_empty()).collect();
    words.sort_by_key(|(field, _)| words::word_order(field));
    words
        .into_iter()
        .flat_map(|(field, text)| labelled(4, &words::word_name(&event.kind, field, lang), text, lang))
        .collect()
}

/// A text under its label, broken to the width of the page.
pub(crate) fn labelled(indent: usize, label: &str, text: &str, lang: Lang) -> Vec<String> {
    let column = text_column(lang);
    let head = pad(&format!("{}{label}", " ".repeat(indent)), column);
    let mut lines = wrap(text, COLUMNS_MAX - column);
    if lines.is_empty() {
        lines.push(String::new());
    }
    let mut lines = lines.into_iter();
    let first = format!("{head}{}", lines.next().unwrap_or_default());
    let blank = " ".repeat(column);
    let rest = lines.map(|line| format!("{blank}{line}"));
    std::iter::once(first)
        .chain(rest)
        .map(|line| line.replace(GLUE, " ").trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests;
