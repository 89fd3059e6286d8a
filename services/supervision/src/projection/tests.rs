use jiff::civil::date;

use super::*;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3_600).unwrap()
}

fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

fn clock(kind: Kind, leg: u16) -> ClockSeen {
    ClockSeen {
        kind,
        leg,
        run: 1,
        started_at: at(0),
        yellow_at: at(3),
        due_at: at(4),
    }
}

fn reached(clock: Option<(Kind, u16)>, version: u32) -> Happened {
    let clock = clock.map(|(kind, leg)| Run {
        kind,
        leg,
        run: 1,
        due_at: at(4),
        system_was_down: false,
    });
    let told = vec!["clerk".to_owned()];
    Happened::Reached(Reached {
        version,
        at: at(4),
        level: Level::L1,
        clock,
        cause: None,
        about: None,
        proposed: false,
        told,
        points_tenths: 5,
    })
}

fn seen(legs: &[(u16, &str)], clocks: Vec<ClockSeen>, happened: Vec<Happened>) -> Seen {
    let legs = legs
        .iter()
        .map(|(leg, code)| LegSeen {
            leg: *leg,
            unit: unit(code),
        })
        .collect();
    Seen {
        number: TicketNumber::new(date(2026, 11, 20), 1).unwrap(),
        at: at(5),
        ticket: TicketSeen {
            version: 9,
            rank: Rank {
                grade: domain::ticket::Grade::C,
                level: None,
            },
            hidden: Hidden::default(),
            legs,
            clocks,
            orders: Vec::new(),
        },
        happened,
        laid: None,
        is_decided: false,
    }
}

/// The units the fired levels concern.
fn concerned(seen: &Seen, dispatches: &Dispatches) -> Vec<String> {
    let mut state = State::default();
    let told = state.take(seen, dispatches);
    assert_eq!(told.len(), state.escalations.between(None, None).count());
    let name = |one: &Escalation| one.unit.as_ref().map_or("-".to_owned(), |unit| unit.to_string());
    state.escalations.between(None, None).map(name).collect()
}

#[test]
fn a_level_concerns_the_unit_of_its_leg() {
    let legs = [(1, "water"), (2, "roads")];
    let fired = seen(&legs, Vec::new(), vec![reached(Some((Kind::Handle, 2)), 8)]);
    assert!(!fired.needs_history());
    assert_eq!(concerned(&fired, &Vec::new()), ["roads"]);
}

#[test]
fn the_hotlines_own_steps_concern_no_unit() {
    let fired = seen(
        &[(1, "water")],
        Vec::new(),
        vec![reached(Some((Kind::Audit, 0)), 8)],
    );
    assert!(!fired.needs_history());
    assert_eq!(concerned(&fired, &Vec::new()), ["-"]);
}

#[test]
fn a_level_of_a_leg_that_has_ended_is_found_in_the_history() {
    let dispatch = |version, leads, units: &[&str]| Dispatch {
        version,
        leads,
        units: units.iter().map(|one| unit(one)).collect(),
    };
    let dispatches = vec![
        dispatch(4, true, &["water", "roads"]),
        dispatch(6, false, &["street-1"]),
        dispatch(20, true, &["parks"]),
    ];
    let fired = seen(
        &[(3, "parks")],
        Vec::new(),
        vec![reached(Some((Kind::Handle, 2)), 8)],
    );
    assert!(fired.needs_history());
    assert_eq!(concerned(&fired, &dispatches), ["roads"]);
    let passed_down = seen(&[], Vec::new(), vec![reached(Some((Kind::Handle, 3)), 8)]);
    assert_eq!(concerned(&passed_down, &dispatches), ["street-1"]);

    let raised = seen(&[], Vec::new(), vec![reached(None, 8)]);
    assert!(raised.needs_history());
    assert_eq!(
        concerned(&raised, &dispatches),
        ["water"],
        "who led when it was raised"
    );
}

#[test]
fn an_orders_clock_is_about_the_unit_it_was_issued_to() {
    let legs = [(1, "water"), (2, "roads")];
    let order = |hour, code| OrderSeen {
        issued_at: at(hour),
        unit: unit(code),
        leg: 0,
    };
    let mut fired = seen(
        &legs,
        vec![clock(Kind::Order, 0), clock(Kind::Promise, 0)],
        vec![reached(Some((Kind::Order, 0)), 8)],
    );
    fired.ticket.orders = vec![order(1, "roads"), order(5, "water")];
    assert_eq!(concerned(&fired, &Vec::new()), ["roads"], "the one of that time");

    let ticket = &fired.ticket;
    let answers_for = |kind, leg| ticket.answers_for(kind, leg).map(ToString::to_string);
    assert_eq!(answers_for(Kind::Order, 0).as_deref(), Some("water"));
    assert_eq!(
        answers_for(Kind::Order, 2).as_deref(),
        None,
        "no order of that leg"
    );
    assert_eq!(answers_for(Kind::Promise, 0).as_deref(), Some("water"));
    assert_eq!(answers_for(Kind::Handle, 2).as_deref(), Some("roads"));
    assert_eq!(
        answers_for(Kind::Decision, 2),
        None,
        "whoever decides is on that clock"
    );
}

#[test]
fn a_clock_that_has_begun_wakes_for_its_first_level() {
    let begun = |kind, leg| {
        let started = Happened::Started { kind, leg, run: 1 };
        let seen = seen(
            &[(1, "water")],
            vec![clock(Kind::Sign, 1), clock(Kind::Triage, 0)],
            vec![started],
        );
        seen.begun().collect::<Vec<_>>()
    };
    assert_eq!(begun(Kind::Sign, 1), [at(3)], "the warning");
    assert_eq!(begun(Kind::Triage, 0), [at(4)], "the hotline's own fire when due");
    assert_eq!(begun(Kind::Handle, 1), [], "stopped meanwhile");
}

#[test]
fn what_is_known_reaches_as_far_as_the_last_change() {
    let mut state = State::default();
    assert_eq!(state.as_of, None);
    state.take(&seen(&[], Vec::new(), Vec::new()), &Vec::new());
    assert_eq!(state.as_of, Some(at(5)));
}

#[test]
fn a_proposal_concerns_whom_it_names() {
    let about = |proposed| {
        let Happened::Reached(reached) = reached(None, 8) else {
            panic!("a level")
        };
        Happened::Reached(Reached {
            level: Level::L4,
            cause: Some(Cause::RepeatedL2),
            about: proposed,
            proposed: true,
            ..reached
        })
    };
    let legs = [(1, "district-1"), (2, "street-1")];
    let named = seen(&legs, Vec::new(), vec![about(Some(unit("street-1")))]);
    assert_eq!(concerned(&named, &Vec::new()), ["street-1"]);
    let of_the_lead = seen(&legs, Vec::new(), vec![about(None)]);
    assert_eq!(concerned(&of_the_lead, &Vec::new()), ["district-1"]);
}

#[test]
fn what_is_decided_is_about_whom_it_was_proposed_about() {
    let legs = [(1, "district-1"), (2, "street-1")];
    let mut state = State::default();
    let laid = Seen {
        laid: Some(Some(unit("street-1"))),
        ..seen(&legs, Vec::new(), Vec::new())
    };
    state.take(&laid, &Vec::new());
    let Happened::Reached(level) = reached(None, 9) else {
        panic!("a level")
    };
    let level = Happened::Reached(Reached {
        level: Level::L4,
        ..level
    });
    let decided = Seen {
        is_decided: true,
        ..seen(&legs, Vec::new(), vec![level])
    };
    let told = state.take(&decided, &Vec::new());
    assert_eq!(told[0].unit.as_deref(), Some(&unit("street-1")));
    assert!(state.laid.is_empty());
}
