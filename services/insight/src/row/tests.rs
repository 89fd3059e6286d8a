use super::*;
use crate::test_city::{at, clock, overdue, seen};

const BEFORE_YELLOW: &str = "2026-11-20T02:00:00Z";
const YELLOW: &str = "2026-11-20T03:00:00Z";
const DUE: &str = "2026-11-20T04:00:00Z";
const LATE: &str = "2026-11-20T04:00:00.000000001Z";

fn nanos(text: &str) -> Nanos {
    Nanos::of(at(text))
}

fn row(seen: &Seen) -> Row {
    Row::of(seen, &mut Units::default(), None, &[])
}

/// A ticket of which sign, contact and handling ended like this: `-` runs on, otherwise the time it was done.
fn worked(signed: &str, contacted: &str, handled: &str) -> Seen {
    let time = |text: &str| (text != "-").then(|| at(text));
    let stop = |kind, text: &str| clock(kind, (text != "-").then_some(text));
    let mut seen = seen(1, "water");
    let lead = seen.lead.as_mut().unwrap();
    lead.signed_at = time(signed);
    lead.contacted_at = time(contacted);
    lead.has_replied = handled != "-";
    lead.clocks = vec![
        stop(Kind::Sign, signed),
        stop(Kind::FirstContact, contacted),
        stop(Kind::Handle, handled),
    ];
    seen
}

#[test]
fn a_row_stays_small() {
    assert!(
        size_of::<(TicketNumber, Row)>() <= 88,
        "{}",
        size_of::<(TicketNumber, Row)>()
    );
}

#[test]
fn a_light_turns_by_itself() {
    let row = row(&seen(1, "water"));
    assert!(!row.is_yellow(nanos(BEFORE_YELLOW)) && !row.is_red(nanos(BEFORE_YELLOW)));
    assert!(row.is_yellow(nanos(YELLOW)));
    assert!(row.is_yellow(nanos(DUE)), "the due instant itself is in time");
    assert!(row.is_red(nanos(LATE)) && !row.is_yellow(nanos(LATE)));
}

#[test]
fn a_clock_that_has_stopped_shows_no_light() {
    let row = row(&worked(BEFORE_YELLOW, BEFORE_YELLOW, BEFORE_YELLOW));
    assert!(!row.is_red(nanos(LATE)) && !row.is_yellow(nanos(LATE)));
}

#[test]
fn a_response_is_told_once_both_are_done_or_one_is_late() {
    let told = |signed, contacted, now| row(&worked(signed, contacted, "-")).response(nanos(now));
    assert_eq!(told("-", "-", YELLOW), None);
    assert_eq!(told(YELLOW, "-", YELLOW), None);
    assert_eq!(told(YELLOW, DUE, YELLOW), Some(true));
    assert_eq!(told(YELLOW, LATE, LATE), Some(false));
    assert_eq!(told(LATE, "-", LATE), Some(false));
    assert_eq!(told("-", "-", LATE), Some(false), "overdue counts at once");
}

#[test]
fn where_nobody_can_be_contacted_there_is_no_response() {
    let mut seen = worked(YELLOW, YELLOW, "-");
    seen.lead.as_mut().unwrap().is_contact_needed = false;
    assert_eq!(row(&seen).response(nanos(LATE)), None);
}

#[test]
fn a_reply_without_first_contact_is_no_response_in_time() {
    let mut seen = worked(YELLOW, YELLOW, YELLOW);
    seen.lead.as_mut().unwrap().contacted_at = None;
    assert_eq!(row(&seen).response(nanos(LATE)), Some(false));
}

#[test]
fn a_ticket_withdrawn_in_time_has_no_response() {
    let mut seen = worked(YELLOW, YELLOW, "-");
    let lead = seen.lead.as_mut().unwrap();
    (lead.signed_at, lead.contacted_at) = (None, None);
    assert_eq!(row(&seen).response(nanos(LATE)), None);
}

#[test]
fn handling_is_late_while_it_is_and_after_it_was() {
    assert!(!row(&worked("-", "-", "-")).is_late(nanos(DUE)));
    assert!(row(&worked("-", "-", "-")).is_late(nanos(LATE)));
    assert!(!row(&worked("-", "-", DUE)).is_late(nanos(LATE)));
    assert!(row(&worked("-", "-", LATE)).is_late(nanos(LATE)));
}

#[test]
fn what_was_late_stays_late_while_the_same_leg_leads() {
    let mut units = Units::default();
    let late = Row::of(
        &worked("-", "-", "-"),
        &mut units,
        None,
        &[overdue(Kind::Handle, false)],
    );
    let mended = worked(YELLOW, YELLOW, YELLOW);
    assert!(Row::of(&mended, &mut units, Some(&late), &[]).is_late(nanos(YELLOW)));

    let mut another = mended;
    another.lead.as_mut().unwrap().leg = 2;
    let again = [overdue(Kind::Handle, false)];
    assert!(!Row::of(&another, &mut units, Some(&late), &again).is_late(nanos(YELLOW)));
}

/// The response rate after these levels have fired one after the other.
fn response_after(seen: &Seen, levels: &[Overdue]) -> Option<bool> {
    let mut units = Units::default();
    let row = levels.iter().fold(row(seen), |before, level| {
        Row::of(seen, &mut units, Some(&before), &[*level])
    });
    row.response(nanos(LATE))
}

#[test]
fn what_an_outage_made_late_is_left_out_of_the_response_rate() {
    let sign = overdue(Kind::Sign, true);
    let contact = overdue(Kind::FirstContact, true);
    for (signed, contacted) in [("-", "-"), (LATE, "-"), (LATE, LATE), (YELLOW, LATE)] {
        let seen = worked(signed, contacted, "-");
        assert_eq!(response_after(&seen, &[]), Some(false));
        assert_eq!(
            response_after(&seen, &[sign, contact]),
            None,
            "{signed} {contacted}"
        );
    }
    assert_eq!(
        response_after(&worked(YELLOW, DUE, "-"), &[sign, contact]),
        Some(true)
    );
}

#[test]
fn an_outage_excuses_no_other_step_and_no_step_left_out() {
    let sign = overdue(Kind::Sign, true);
    assert_eq!(
        response_after(&worked(LATE, "-", "-"), &[sign]),
        Some(false),
        "late by itself"
    );
    assert_eq!(response_after(&worked(LATE, YELLOW, "-"), &[sign]), None);

    let mut unheard = worked(LATE, LATE, LATE);
    unheard.lead.as_mut().unwrap().contacted_at = None;
    assert_eq!(
        response_after(&unheard, &[sign, overdue(Kind::FirstContact, true)]),
        Some(false),
        "it has replied without ringing anybody"
    );
}

#[test]
fn an_excuse_ends_with_the_next_level_and_reaches_no_further_run() {
    let seen = worked(LATE, YELLOW, "-");
    let (excused, charged) = (overdue(Kind::Sign, true), overdue(Kind::Sign, false));
    assert_eq!(response_after(&seen, &[excused, charged]), Some(false));
    let before = Overdue {
        fired_at: at(YELLOW),
        ..excused
    };
    assert_eq!(
        response_after(&seen, &[before]),
        Some(false),
        "due after that outage"
    );
}

#[test]
fn handling_that_an_outage_made_late_is_not_late() {
    let is_late = |handled, levels: &[bool]| {
        let levels: Vec<Overdue> = levels
            .iter()
            .map(|excused| overdue(Kind::Handle, *excused))
            .collect();
        let seen = worked(YELLOW, YELLOW, handled);
        Row::of(&seen, &mut Units::default(), None, &levels).is_late(nanos(LATE))
    };
    assert!(is_late("-", &[]) && is_late(LATE, &[]));
    assert!(!is_late("-", &[true]) && !is_late(LATE, &[true]));
    assert!(is_late("-", &[true, false]) && is_late(LATE, &[true, false]));
}

#[test]
fn praise_is_not_assessed() {
    let outcome = Some(Outcome {
        solved: true,
        rating: None,
    });
    let praise = Seen {
        kind: RequestType::Praise,
        outcome,
        ..worked(YELLOW, YELLOW, YELLOW)
    };
    assert_eq!(
        (row(&praise).response(nanos(DUE)), row(&praise).outcome()),
        (None, None)
    );
    let help = Seen {
        kind: RequestType::Help,
        ..praise
    };
    assert_eq!(
        (row(&help).response(nanos(DUE)), row(&help).outcome()),
        (Some(true), outcome)
    );
}
