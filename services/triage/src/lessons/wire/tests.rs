use std::collections::HashMap;

use super::*;

fn event(kind: &str, role: common::Role, facts: &[(&str, &str)]) -> tickets::TicketEvent {
    tickets::TicketEvent {
        version: 3,
        event_time: Some(prost_types::Timestamp::default()),
        role: role.into(),
        kind: kind.to_owned(),
        facts: facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<HashMap<_, _>>(),
        ..tickets::TicketEvent::default()
    }
}

#[test]
fn an_event_is_read_by_its_stable_facts() {
    let read = |event: tickets::TicketEvent| happened(&[event]).unwrap().pop().unwrap();
    let said = read(event(
        "classified",
        common::Role::System,
        &[("category", "urban.noise"), ("confidence_percent", "83")],
    ));
    assert!(said.by_system);
    assert_eq!(
        said.what,
        What::Classified {
            category: Some(CategoryId::parse("urban.noise").unwrap()),
            sureness: 83
        }
    );
    let asked = |reason| {
        read(event(
            "return_requested",
            common::Role::UnitClerk,
            &[("leg", "1"), ("reason", reason)],
        ))
        .what
    };
    let request = |another_units| What::ReturnRequested {
        leg: 1,
        another_units,
    };
    assert_eq!(asked("wrong_unit"), request(true));
    assert_eq!(asked("fact_missing"), request(false));
    let closed = |kind| read(event("closed", common::Role::Auditor, &[("close_kind", kind)])).what;
    for (kind, says_nothing) in [
        ("resolved", false),
        ("explained", false),
        ("terminated_r2", false),
        ("withdrawn", true),
        ("declined_r3", true),
        ("answered_directly", true),
        ("transferred_110", true),
    ] {
        assert_eq!(closed(kind), What::Closed { says_nothing }, "{kind}");
    }
    assert_eq!(
        read(event("signed", common::Role::UnitClerk, &[])).what,
        What::Other
    );
}

#[test]
fn bad_input_is_told_with_its_field() {
    assert!(
        asked(&pb::GetDriftRequest {
            weeks: 261,
            category: String::new()
        })
        .is_err()
    );
    let bad_day = pb::ListCorrectionsRequest {
        from_date: "yesterday".to_owned(),
        ..pb::ListCorrectionsRequest::default()
    };
    assert!(corrections_asked(bad_day).is_err());
    let bad_page = pb::ListCorrectionsRequest {
        page_size: 201,
        ..pb::ListCorrectionsRequest::default()
    };
    assert!(corrections_asked(bad_page).is_err());
    let by = HolderId::parse("sup-1").unwrap();
    assert!(
        roll_back(&pb::RollBackClassifierRequest::default(), &by).is_err(),
        "no request id"
    );
}
