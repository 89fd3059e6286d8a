use jiff::civil::date;

use super::*;

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
}

fn fired(sequence: u32, version: u32, second: i64, level: Level) -> Escalation {
    let at = Timestamp::from_second(second).unwrap();
    Escalation {
        number: number(sequence),
        version,
        level,
        clock: Some(Run {
            kind: Kind::Handle,
            leg: 1,
            run: 1,
            due_at: at,
            system_was_down: false,
        }),
        cause: None,
        is_proposed: false,
        fired_at: at,
        told: Arc::default(),
        unit: None,
        points_tenths: 0,
    }
}

fn names(found: &[&Escalation]) -> Vec<String> {
    found
        .iter()
        .map(|one| format!("{} {}", one.number.sequence(), one.level.as_str()))
        .collect()
}

#[test]
fn the_latest_comes_first_and_pages_go_on_where_they_ended() {
    let mut all = Escalations::default();
    all.take(fired(1, 5, 10, Level::L0));
    all.take(fired(2, 5, 20, Level::L0));
    all.take(fired(1, 6, 30, Level::L1));
    let listed: Vec<&Escalation> = all.between(None, None).collect();
    assert_eq!(names(&listed), ["1 l1", "2 l0", "1 l0"]);
    let place = listed[0].place();
    all.take(fired(3, 5, 40, Level::L0));
    let rest: Vec<&Escalation> = all.between(None, Some(place)).collect();
    assert_eq!(
        names(&rest),
        ["2 l0", "1 l0"],
        "what fires meanwhile moves no page"
    );
}

#[test]
fn told_twice_it_is_still_one() {
    let mut all = Escalations::default();
    all.take(fired(1, 5, 10, Level::L0));
    all.take(fired(1, 5, 10, Level::L0));
    assert_eq!(all.between(None, None).count(), 1);
}

#[test]
fn the_oldest_drops_out_when_they_are_too_many() {
    let mut all = Escalations::with_max(2);
    for second in 1..=4 {
        all.take(fired(1, u32::try_from(second).unwrap(), second, Level::L0));
    }
    let kept: Vec<u32> = all.between(None, None).map(|one| one.version).collect();
    assert_eq!((kept, all.times.len()), (vec![4, 3], 2));
}

#[test]
fn an_escalation_is_found_by_its_name() {
    let mut all = Escalations::default();
    all.take(fired(1, 5, 10, Level::L0));
    all.take(fired(1, 6, 20, Level::L1));
    let raised = Escalation {
        clock: None,
        ..fired(1, 7, 30, Level::L2)
    };
    all.take(raised.clone());
    let id = EscalationId::from_client(format!("{}:c4:1:1:l1", number(1)));
    assert_eq!(all.get(&id).unwrap().version, 6);
    assert_eq!(raised.id().as_str(), format!("{}:raised:0:7:l2", number(1)));
    assert_eq!(all.get(&raised.id()), Some(&raised));
    for unknown in [
        format!("{}:c4:1:2:l1", number(1)),
        format!("{}:c4:1:1:l1", number(2)),
        "nonsense".to_owned(),
    ] {
        assert_eq!(all.get(&EscalationId::from_client(unknown)), None);
    }
}

#[test]
fn a_list_begins_and_ends_at_a_time() {
    let mut all = Escalations::default();
    for second in 1..=4 {
        all.take(fired(1, u32::try_from(second).unwrap(), second, Level::L0));
    }
    let at = |second| Timestamp::from_second(second).unwrap();
    let versions = |since, until: Option<Timestamp>| -> Vec<u32> {
        let found = all.between(since, until.map(first_at));
        found.map(|one| one.version).collect()
    };
    assert_eq!(versions(Some(at(3)), None), [4, 3]);
    assert_eq!(versions(None, Some(at(3))), [2, 1], "before, not at");
    assert_eq!(versions(Some(at(2)), Some(at(3))), [2]);
}

/// The versions after a cursor, and the cursor after them.
fn read(all: &Escalations, cursor: Cursor, max: usize) -> (Vec<u32>, Cursor) {
    let read = all.after(cursor, max).unwrap();
    let last = read.last().map_or(cursor, |(cursor, _)| *cursor);
    (read.into_iter().map(|(_, one)| one.version).collect(), last)
}

#[test]
fn whoever_watches_is_told_in_the_order_in_which_they_came() {
    let mut all = Escalations::default();
    all.take(fired(1, 1, 10, Level::L0));
    let now = all.now();
    assert_eq!(read(&all, Cursor::default(), 9).0, [1]);
    assert_eq!(read(&all, now, 9).0, [0; 0]);
    // Two commits a moment apart come in the order of the feed, whatever their clocks said.
    all.take(fired(2, 3, 30, Level::L0));
    all.take(fired(3, 2, 20, Level::L0));
    all.take(fired(3, 2, 20, Level::L0));
    let (first, after) = read(&all, now, 1);
    assert_eq!((first, read(&all, after, 9).0), (vec![3], vec![2]));
}

#[test]
fn a_place_holds_through_a_rebuilding_and_not_in_another_history() {
    let rebuilt = |seconds: &[i64]| {
        let mut all = Escalations::default();
        for second in seconds {
            all.take(fired(1, u32::try_from(*second).unwrap(), *second, Level::L0));
        }
        all
    };
    let cursor = rebuilt(&[1, 2, 3]).now();
    let behind = rebuilt(&[1]);
    assert_eq!(read(&behind, cursor, 9).0, [0; 0], "it gets there");
    assert!(!behind.reaches(cursor));
    assert_eq!(read(&rebuilt(&[1, 2, 3, 4]), cursor, 9).0, [4]);
    assert_eq!(rebuilt(&[1, 2, 5, 6]).after(cursor, 9), Err(Lost));
}

#[test]
fn whoever_is_too_far_behind_is_told_so() {
    let mut all = Escalations::with_max(2);
    all.take(fired(1, 1, 1, Level::L0));
    let cursor = all.now();
    for second in 2..=9 {
        all.take(fired(1, u32::try_from(second).unwrap(), second, Level::L0));
    }
    assert_eq!(all.after(cursor, 9), Err(Lost));
    assert_eq!(read(&all, Cursor::default(), 9).0, [8, 9], "the latest there are");
}

#[test]
fn what_is_proposed_has_a_name_of_its_own() {
    let proposed = Escalation {
        clock: None,
        is_proposed: true,
        ..fired(1, 7, 30, Level::L4)
    };
    assert_eq!(proposed.id().as_str(), format!("{}:proposed:0:7:l4", number(1)));
}
