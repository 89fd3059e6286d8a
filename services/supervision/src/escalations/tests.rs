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
    let listed: Vec<&Escalation> = all.before(None).collect();
    assert_eq!(names(&listed), ["1 l1", "2 l0", "1 l0"]);
    let place = listed[0].place();
    all.take(fired(3, 5, 40, Level::L0));
    let rest: Vec<&Escalation> = all.before(Some(place)).collect();
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
    assert_eq!(all.before(None).count(), 1);
}

#[test]
fn the_oldest_drops_out_when_they_are_too_many() {
    let mut all = Escalations::with_max(2);
    for second in 1..=4 {
        all.take(fired(1, u32::try_from(second).unwrap(), second, Level::L0));
    }
    let kept: Vec<u32> = all.before(None).map(|one| one.version).collect();
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
