//! `hotline ticket show`: one ticket with its words, legs, clocks and history.

use owo_colors::OwoColorize as _;
use proto::common::v1::{Channel, ClockKind, Grade, Level, Phase, Rating, RequestType, Role};
use proto::tickets::v1::{
    Clock, GetTicketRequest, Leg, ListTicketEventsRequest, Ticket, TicketEvent, TicketView,
};
use serde::Serialize;
use serde_json::Value;

use super::watch::kind_name;
use crate::client::{Answer as _, Client};
use crate::out::{Lang, Out, pad};
use crate::terms::{Term, name, word};
use crate::view::{TicketLine, event_json, light_cell, short_time};

pub(crate) const ABOUT: &str = "查看工单:正文、承办段、时钟、经过
Show a ticket with its words, legs, clocks and history";

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
    print_head(&ticket, out)?;
    print_words(&ticket, out)?;
    print_legs(&ticket.legs, out)?;
    print_clocks(&ticket.clocks, out)?;
    print_history(&events, out)
}

async fn history(client: &Client, number: &str) -> anyhow::Result<Vec<TicketEvent>> {
    let mut events = Vec::new();
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
        page_token = page.next_page_token;
    }
}

fn print_head(ticket: &Ticket, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    let level = name::<Level>(ticket.level, lang);
    let light = light_cell(ticket.light, lang, 0);
    let phase = name::<Phase>(ticket.phase, lang);
    out.line(format_args!(
        "{}  {phase}  {light}  {level}",
        ticket.number.bold()
    ))?;

    for (zh, en, value) in facts_of(ticket, lang) {
        if !value.is_empty() {
            out.line(format_args!("  {}{value}", pad(lang.word(zh, en), 14)))?;
        }
    }
    if ticket.sealed {
        out.line(format_args!("  {}", lang.word("密件", "confidential").red()))?;
    }
    Ok(())
}

fn facts_of(ticket: &Ticket, lang: Lang) -> [(&'static str, &'static str, String); 13] {
    let outcome = ticket.outcome.map(|outcome| {
        let solved = if outcome.solved {
            lang.word("已解决", "solved")
        } else {
            lang.word("未解决", "unsolved")
        };
        format!("{solved} {}", name::<Rating>(outcome.rating, lang))
    });
    let grade = both::<Grade>(ticket.grade, lang);
    let sure = format!("{} ({} %)", ticket.category, ticket.confidence_percent);
    let category = if ticket.category.is_empty() {
        String::new()
    } else {
        sure
    };
    let closed = format!("{} {}", short_time(&ticket.close_time), ticket.close_kind);
    [
        (
            "类型",
            "type",
            name::<RequestType>(ticket.r#type, lang).to_owned(),
        ),
        ("等级", "grade", grade),
        ("类别", "category", category),
        ("区域", "area", ticket.area.clone()),
        (
            "渠道",
            "channel",
            name::<Channel>(ticket.channel, lang).to_owned(),
        ),
        ("主办", "lead", ticket.lead_unit.clone()),
        ("当前责任", "held by", ticket.step_holder.clone()),
        ("待派原因", "waits for", ticket.hold.clone()),
        ("登记", "registered", short_time(&ticket.register_time)),
        ("到期", "due", short_time(&ticket.due_time)),
        ("办结", "closed", closed.trim().to_owned()),
        ("结果", "outcome", outcome.unwrap_or_default()),
        ("来源编号", "source id", ticket.source_id.clone()),
    ]
}

/// A code with its Chinese name; the code alone where the reader's language has no other name.
fn both<T: Term>(number: i32, lang: Lang) -> String {
    match (word::<T>(number), name::<T>(number, lang)) {
        (code, name) if code == name => code.to_owned(),
        (code, name) => format!("{code} {name}"),
    }
}

fn print_words(ticket: &Ticket, out: &Out) -> anyhow::Result<()> {
    if ticket.erased {
        out.line(format_args!(
            "\n{}",
            out.say("正文已销毁", "the words are erased").dimmed()
        ))?;
        return Ok(());
    }
    for (zh, en, text) in [
        ("标题", "subject", &ticket.subject),
        ("地点", "place", &ticket.place),
        ("正文", "body", &ticket.body),
    ] {
        if !text.is_empty() {
            out.line(format_args!(
                "\n{}\n  {}",
                out.lang().word(zh, en).bold(),
                text.replace('\n', "\n  ")
            ))?;
        }
    }
    Ok(())
}

fn print_legs(legs: &[Leg], out: &Out) -> anyhow::Result<()> {
    if legs.is_empty() {
        return Ok(());
    }
    let lang = out.lang();
    out.line(format_args!("\n{}", lang.word("承办段", "legs").bold()))?;
    for leg in legs {
        let part = if leg.lead {
            lang.word("主办", "lead")
        } else {
            lang.word("协办", "co")
        };
        let steps = [
            ("派单", "dispatched", &leg.dispatch_time),
            ("签收", "signed", &leg.sign_time),
            ("联系", "contacted", &leg.contact_time),
            ("回复", "replied", &leg.reply_time),
        ];
        let times: Vec<String> = steps
            .into_iter()
            .filter(|(_, _, time)| time.is_some())
            .map(|(zh, en, time)| format!("{} {}", lang.word(zh, en), short_time(time)))
            .collect();
        let state = state_name(&leg.state, lang);
        out.line(format_args!(
            "  {}  {}{}{}{}",
            leg.leg,
            pad(part, 6),
            pad(&leg.unit, 26),
            pad(state, 16),
            times.join("  ")
        ))?;
    }
    Ok(())
}

fn state_name(state: &str, lang: Lang) -> &str {
    match state {
        "awaiting_sign" => lang.word("待签收", "awaiting sign"),
        "handling" => lang.word("办理中", "handling"),
        "replied" => lang.word("已回复", "replied"),
        other => other,
    }
}

fn print_clocks(clocks: &[Clock], out: &Out) -> anyhow::Result<()> {
    if clocks.is_empty() {
        return Ok(());
    }
    let lang = out.lang();
    out.line(format_args!("\n{}", lang.word("时钟", "clocks").bold()))?;
    for clock in clocks {
        let what = both::<ClockKind>(clock.kind, lang);
        let leg = if clock.leg == 0 {
            String::new()
        } else {
            format!("#{}", clock.leg)
        };
        let fired: Vec<&str> = clock
            .fired
            .iter()
            .map(|level| name::<Level>(*level, lang))
            .collect();
        let state = match clock.stop_time {
            Some(_) => format!(
                "{} {}",
                lang.word("停于", "stopped"),
                short_time(&clock.stop_time)
            ),
            None => lang.word("运行中", "running").to_owned(),
        };
        let due = format!("{} {}", lang.word("到期", "due"), short_time(&clock.due_time));
        out.line(format_args!(
            "  {}{}{}{}{}{}",
            pad(&what, 22),
            pad(&leg, 4),
            pad(&clock.limit, 9),
            pad(&due, 26),
            pad(&state, 28),
            fired.join(" ").yellow()
        ))?;
    }
    Ok(())
}

fn print_history(events: &[TicketEvent], out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    out.line(format_args!("\n{}", lang.word("经过", "history").bold()))?;
    for event in events {
        let who = format!("{} {}", name::<Role>(event.role, lang), event.actor);
        out.line(format_args!(
            "  {}  {}{}{}",
            short_time(&event.event_time).dimmed(),
            pad(kind_name(&event.kind, lang), 20),
            pad(&who, 28),
            facts(event).dimmed()
        ))?;
        let mut words: Vec<_> = event.words.iter().filter(|(_, text)| !text.is_empty()).collect();
        words.sort();
        for (field, text) in words {
            out.line(format_args!(
                "      {field}: {}",
                text.replace('\n', "\n        ")
            ))?;
        }
    }
    Ok(())
}

/// The facts of an event on one line, in the order of their names.
pub(crate) fn facts(event: &TicketEvent) -> String {
    let mut facts: Vec<String> = event
        .facts
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    facts.sort();
    facts.join(" ")
}
