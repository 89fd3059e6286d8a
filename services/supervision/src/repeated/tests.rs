use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::escalations::Run;
use crate::test_city::{rules, unit};

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 1), sequence).unwrap()
}

fn at(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    jiff::tz::Offset::constant(8).to_timestamp(local).unwrap()
}

fn reached(ticket: u32, code: &str, level: Level, points_tenths: u16) -> Escalation {
    Escalation {
        number: number(ticket),
        version: 9,
        level,
        clock: Some(Run {
            kind: domain::clock::Kind::Handle,
            leg: 1,
            run: 1,
            due_at: Timestamp::UNIX_EPOCH,
            system_was_down: points_tenths == 0,
        }),
        cause: None,
        is_proposed: false,
        fired_at: Timestamp::UNIX_EPOCH,
        told: Arc::default(),
        unit: Some(Arc::new(unit(code))),
        points_tenths,
    }
}

/// A city's feed as it goes on.
#[derive(Default)]
struct Feed {
    counted: Counted,
    version: u32,
}

impl Feed {
    fn change(&mut self, given: Given, reached: &[Escalation]) -> Vec<(String, u32)> {
        let proposing = self.counted.take(&given, reached, &rules());
        let told = |one: Proposing| (one.request().unwrap().as_str().to_owned(), one.number.sequence());
        proposing.into_iter().map(told).collect()
    }

    fn given(&mut self, ticket: u32, local: &str, units: &[&str]) -> Given {
        self.version += 1;
        Given {
            number: number(ticket),
            version: self.version,
            at: at(local),
            is_sealed: false,
            units: units.iter().map(|one| unit(one)).collect(),
        }
    }

    fn dispatched(&mut self, ticket: u32, local: &str, units: &[&str]) {
        let given = self.given(ticket, local, units);
        assert!(self.change(given, &[]).is_empty());
    }

    /// A ticket of the water works reaches L2. Answers the request of what is proposed and on which ticket.
    fn late(&mut self, ticket: u32, local: &str) -> Vec<(String, u32)> {
        let given = self.given(ticket, local, &[]);
        self.change(given, &[reached(ticket, "water", Level::L2, 10)])
    }

    /// The feed tells of the proposal.
    fn proposed(&mut self, ticket: u32, local: &str) {
        let given = self.given(ticket, local, &[]);
        let proposal = Escalation {
            clock: None,
            cause: Some(Cause::RepeatedL2),
            is_proposed: true,
            ..reached(ticket, "water", Level::L4, 0)
        };
        assert!(self.change(given, &[proposal]).is_empty());
    }
}

fn asked(month: &str, ticket: u32) -> Vec<(String, u32)> {
    vec![(format!("repeated_l2:water:{month}"), ticket)]
}

#[test]
fn the_fifth_ticket_of_a_month_makes_it_so_and_the_sixth_tells_nothing_once_it_is_proposed() {
    let mut feed = Feed::default();
    for ticket in 1..=4 {
        assert!(feed.late(ticket, "2026-11-10T09:00").is_empty());
    }
    assert_eq!(feed.late(5, "2026-11-11T09:00"), asked("2026-11", 5));
    // Not done yet: the next one asks again, under the same name.
    assert_eq!(feed.late(6, "2026-11-11T10:00"), asked("2026-11", 6));
    feed.proposed(6, "2026-11-11T10:00");
    assert!(feed.late(7, "2026-11-12T09:00").is_empty());
    assert!(feed.counted.all(&rules().profile().triggers).is_empty());
}

#[test]
fn it_takes_a_hundredth_of_the_legs_too() {
    let mut feed = Feed::default();
    for ticket in 100..700 {
        feed.dispatched(ticket, "2026-11-02T09:00", &["water", "ecology"]);
    }
    for ticket in 1..=5 {
        assert!(
            feed.late(ticket, "2026-11-10T09:00").is_empty(),
            "five of six hundred"
        );
    }
    assert_eq!(feed.late(6, "2026-11-10T10:00"), asked("2026-11", 6));
}

#[test]
fn a_month_begins_at_the_citys_midnight_and_a_ticket_counts_once() {
    let mut feed = Feed::default();
    for ticket in 1..=4 {
        assert!(feed.late(ticket, "2026-11-30T23:59").is_empty());
    }
    // The same tickets at L3 in December are not late anew, and the fifth is December's first.
    for ticket in 1..=4 {
        let given = feed.given(ticket, "2026-12-02T09:00", &[]);
        assert!(
            feed.change(given, &[reached(ticket, "water", Level::L3, 20)])
                .is_empty()
        );
    }
    assert!(feed.late(5, "2026-12-01T00:00").is_empty());
    for ticket in 6..=8 {
        assert!(feed.late(ticket, "2026-12-03T09:00").is_empty());
    }
    assert_eq!(feed.late(9, "2026-12-04T09:00"), asked("2026-12", 9));
}

#[test]
fn a_proposal_just_after_midnight_is_the_old_months() {
    let mut feed = Feed::default();
    for ticket in 1..=5 {
        feed.late(ticket, "2026-11-30T23:59");
    }
    feed.proposed(5, "2026-12-01T00:00");
    assert!(feed.counted.all(&rules().profile().triggers).is_empty());
    for ticket in 11..=14 {
        feed.late(ticket, "2026-12-05T09:00");
    }
    assert_eq!(feed.late(15, "2026-12-05T10:00"), asked("2026-12", 15));
}

#[test]
fn only_what_is_charged_to_the_unit_counts() {
    let mut feed = Feed::default();
    for ticket in 1..=9 {
        let given = feed.given(ticket, "2026-11-10T09:00", &[]);
        let informs = [
            reached(ticket, "water", Level::L1, 5),
            reached(ticket, "water", Level::L2, 0),
            reached(ticket, "ecology", Level::L1, 5),
        ];
        assert!(feed.change(given, &informs).is_empty());
    }
    assert!(feed.counted.all(&rules().profile().triggers).is_empty());
}

#[test]
fn a_change_handed_over_again_counts_once() {
    let mut feed = Feed::default();
    for ticket in 1..=4 {
        feed.late(ticket, "2026-11-10T09:00");
    }
    let given = feed.given(5, "2026-11-10T10:00", &["water"]);
    let level = [reached(5, "water", Level::L2, 10)];
    assert_eq!(feed.change(given.clone(), &level).len(), 1);
    assert!(feed.change(given, &level).is_empty());
    let month = Month::of(at("2026-11-10T10:00"), &rules());
    assert_eq!(feed.counted.of(month, &unit("water")).legs, 1);
}

#[test]
fn a_sealed_ticket_is_left_out_even_when_it_counted_before() {
    let mut feed = Feed::default();
    for ticket in 1..=4 {
        feed.late(ticket, "2026-11-10T09:00");
    }
    let sealed = Given {
        is_sealed: true,
        ..feed.given(4, "2026-11-11T09:00", &["water"])
    };
    assert!(feed.change(sealed, &[]).is_empty());
    assert!(feed.late(5, "2026-11-12T09:00").is_empty(), "four are left");
    assert_eq!(feed.late(6, "2026-11-12T10:00"), asked("2026-11", 6));
}

#[test]
fn what_a_restart_has_cut_short_is_made_up_for_and_nothing_else() {
    let rules = rules();
    let started_at = at("2026-11-20T09:00");
    let mut state = State::default();
    let mut feed = Feed::default();
    for ticket in 1..=5 {
        let given = feed.given(ticket, "2026-11-10T09:00", &[]);
        state.take(
            &given,
            &[reached(ticket, "water", Level::L2, 10)],
            &rules,
            started_at,
        );
    }
    assert!(state.unproposed.is_empty(), "it may have been proposed later");
    state.catch_up(&rules);
    assert_eq!(state.unproposed.len(), 1);

    let mut state = State::default();
    for ticket in 1..=5 {
        let given = feed.given(ticket, "2026-11-10T09:00", &[]);
        state.take(
            &given,
            &[reached(ticket, "water", Level::L2, 10)],
            &rules,
            started_at,
        );
    }
    let given = feed.given(5, "2026-11-10T09:01", &[]);
    let proposal = Escalation {
        clock: None,
        cause: Some(Cause::RepeatedL2),
        is_proposed: true,
        ..reached(5, "water", Level::L4, 0)
    };
    state.take(&given, &[proposal], &rules, started_at);
    state.catch_up(&rules);
    assert!(state.unproposed.is_empty());
}

#[test]
fn the_words_have_the_figures() {
    let proposing = Proposing {
        unit: unit("water"),
        month: Month {
            year: 2026,
            month: 11,
        },
        number: number(5),
        late: 6,
        legs: 580,
    };
    let reason = proposing.reason(&rules());
    assert!(
        reason.contains("2026 年 11 月已有 6 件") && reason.contains("占 1.0%"),
        "{reason}"
    );
    assert!(reason.contains("1.0% of the 580 legs"), "{reason}");
    assert_eq!(share(5, 0), "—");
}
