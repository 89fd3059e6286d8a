//! The legs of a ticket, and its clocks.

use owo_colors::OwoColorize as _;
use proto::common::v1::{ClockKind, Level};
use proto::tickets::v1::{Clock, Leg, Ticket};

use crate::cli::ticket::life::clock_name;
use crate::out::{Lang, pad};
use crate::terms::{leg_role_name, leg_state_name, word};
use crate::view::{rests_since, short_time, unit_of_leg};

/// Two lines a leg: whose it is and how it stands, then when what was done.
pub(super) fn lines(legs: &[Leg], lang: Lang) -> Vec<String> {
    legs.iter().flat_map(|leg| leg_lines(leg, lang)).collect()
}

fn leg_lines(leg: &Leg, lang: Lang) -> Vec<String> {
    let under = match leg.under {
        0 => String::new(),
        under => format!("{} #{under}", lang.word("自", "from")),
    };
    let head = format!(
        "  #{} {}{}{}{under}",
        leg.leg,
        pad(leg_role_name(&leg.role, lang), 6),
        pad(&leg.unit, 26),
        pad(leg_state_name(&leg.state, lang), 15),
    );
    let steps = [
        ("派单", "dispatched", &leg.dispatch_time),
        ("签收", "signed", &leg.sign_time),
        ("联系", "contacted", &leg.contact_time),
        ("回复", "replied", &leg.reply_time),
    ];
    let times = steps.into_iter().filter(|(_, _, time)| time.is_some());
    let times: Vec<String> = times
        .map(|(zh, en, time)| format!("{} {}", lang.word(zh, en), short_time(time)))
        .collect();
    let lines = [head, format!("     {}", times.join("  "))];
    let lines = lines.iter().map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// One line a clock.
pub(super) fn clocks(ticket: &Ticket, lang: Lang) -> Vec<String> {
    let clocks = ticket.clocks.iter();
    clocks.map(|clock| clock_line(ticket, clock, lang)).collect()
}

fn clock_line(ticket: &Ticket, clock: &Clock, lang: Lang) -> String {
    let fired = clock
        .fired
        .iter()
        .map(|level| word::<Level>(*level).to_uppercase());
    let fired: Vec<String> = fired.map(|level| level.yellow().to_string()).collect();
    let fired = fired.join(" ");
    let rests = rests_since(ticket, clock);
    let state = match clock.stop_time {
        Some(_) if rests.is_some() => format!("{} {}", lang.word("暂停", "rests"), short_time(&rests)),
        Some(_) => format!(
            "{} {}",
            lang.word("停于", "stopped"),
            short_time(&clock.stop_time)
        ),
        None => lang.word("运行中", "running").to_owned(),
    };
    let due = format!("→ {}", short_time(&clock.due_time));
    let code = word::<ClockKind>(clock.kind);
    let line = format!(
        "  {}{}{}{}{}{}",
        pad(&format!("{code} {}", clock_name(code, lang)), 17),
        pad(unit_of_leg(ticket, clock.leg), 20),
        pad(&clock.limit, 7),
        pad(&due, 20),
        pad(&state, 22),
        fired
    );
    line.trim_end().to_owned()
}
