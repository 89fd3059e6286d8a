//! `hotline ticket show`: one ticket with its words, where it stands, and its whole life.

mod beside;
mod head;
mod legs;

use std::collections::HashSet;

use owo_colors::OwoColorize as _;
use proto::tickets::v1::{GetTicketRequest, ListTicketEventsRequest, Ticket, TicketEvent, TicketView};
use serde::Serialize;
use serde_json::Value;

use super::life;
use crate::client::{Answer as _, Client};
use crate::out::{COLUMNS_MAX, Lang, Out, wrap};
use crate::view::{TicketLine, event_json};

pub(crate) const ABOUT: &str = "查看工单:正文、现状、承办段、时钟,以及全部经过
Show a ticket with its words, how it stands, legs, clocks and its whole life";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket show 20261121-0000015
  hotline ticket show 20261121-0000015 --json";

/// Which.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 工单编号 · the ticket's number
    number: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    ticket: TicketLine<'a>,
    events: Vec<Value>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = GetTicketRequest {
        number: args.number.clone(),
        view: TicketView::Full.into(),
    };
    let ticket = client
        .tickets()
        .get_ticket(request)
        .await
        .answer()?
        .ticket
        .unwrap_or_default();
    let events = history(&client, &args.number).await?;

    if out.json() {
        let events = events.iter().map(event_json).collect();
        return out.object(&Whole {
            ticket: TicketLine::full(&ticket),
            events,
        });
    }
    for line in page(&ticket, &events, out.lang()) {
        out.line(line)?;
    }
    Ok(())
}

/// Every event, page by page.
async fn history(client: &Client, number: &str) -> anyhow::Result<Vec<TicketEvent>> {
    let mut events = Vec::new();
    let mut pages = HashSet::new();
    let mut page_token = String::new();
    loop {
        let request = ListTicketEventsRequest {
            number: number.to_owned(),
            words: true,
            page_size: 200,
            page_token,
        };
        let page = client.tickets().list_ticket_events(request).await.answer()?;
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        if !pages.insert(page.next_page_token.clone()) {
            anyhow::bail!("the server repeats the page token {}", page.next_page_token);
        }
        page_token = page.next_page_token;
    }
}

/// Everything about a ticket, as lines.
fn page(ticket: &Ticket, events: &[TicketEvent], lang: Lang) -> Vec<String> {
    let mut lines = head::lines(ticket, lang);
    lines.extend(beside::lines(ticket, lang));
    lines.extend(words(ticket, lang));
    let sections = [
        ("派单依据", "proof of the dispatch", proof(ticket, events, lang)),
        ("承办段", "legs", legs::lines(&ticket.legs, lang)),
        ("时钟", "clocks", legs::clocks(ticket, lang)),
        ("经过", "history", life::timeline(ticket, events, lang)),
    ];
    for (zh, en, section) in sections {
        if !section.is_empty() {
            lines.push(String::new());
            lines.push(lang.word(zh, en).bold().to_string());
            lines.extend(section);
        }
    }
    lines
}

/// What its latest dispatch rests on, with the words that spoke for it.
fn proof(ticket: &Ticket, events: &[TicketEvent], lang: Lang) -> Vec<String> {
    let Some(proof) = &ticket.dispatch_proof else {
        return Vec::new();
    };
    let latest = events.iter().rev().find(|event| event.kind == "dispatched");
    let spoke = latest.and_then(|event| event.words.get("evidence")).cloned();
    let spoke = spoke.map(|words| (lang.word("词语", "words"), words));
    let pieces = life::proof_pieces(proof, lang).into_iter().chain(spoke);
    pieces
        .flat_map(|(name, text)| life::labelled(2, name, &text, lang))
        .collect()
}

fn words(ticket: &Ticket, lang: Lang) -> Vec<String> {
    if ticket.erased {
        let gone = lang.word("正文已销毁", "the words are erased");
        return vec![String::new(), gone.dimmed().to_string()];
    }
    let pieces = [
        ("标题", "subject", &ticket.subject),
        ("地点", "place", &ticket.place),
        ("正文", "body", &ticket.body),
    ];
    let mut lines = Vec::new();
    for (zh, en, text) in pieces {
        if !text.is_empty() {
            lines.push(String::new());
            lines.push(lang.word(zh, en).bold().to_string());
            lines.extend(
                wrap(text, COLUMNS_MAX - 2)
                    .into_iter()
                    .map(|line| format!("  {line}")),
            );
        }
    }
    lines
}

#[cfg(test)]
mod tests;
