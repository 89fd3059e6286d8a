use domain::id::EntryId;
use domain::ticket::{AreaSource, Grade, Hold};
use kit::wire::timestamp;

use super::*;
use crate::test_city::{TODAY, area, category, unit};
use crate::trigger::Trigger;

fn number() -> TicketNumber {
    TicketNumber::new(TODAY, 1).unwrap()
}

fn event(version: u32, kind: &str, facts: &[(&str, &str)]) -> tickets::TicketEvent {
    tickets::TicketEvent {
        number: number().to_string(),
        version,
        event_time: Some(timestamp("2026-11-20T01:00:00Z".parse().unwrap())),
        kind: kind.to_owned(),
        facts: facts
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..tickets::TicketEvent::default()
    }
}

fn change(phase: PhaseName, hold: &str, events: Vec<tickets::TicketEvent>) -> tickets::TicketChange {
    let ticket = tickets::Ticket {
        number: number().to_string(),
        phase: phase.to_wire(),
        hold: hold.to_owned(),
        ..tickets::Ticket::default()
    };
    tickets::TicketChange {
        events,
        ticket: Some(ticket),
        traceparent: String::new(),
    }
}

#[test]
fn a_registration_calls_for_triage_under_the_version_of_its_last_event() {
    let events = vec![
        event(1, "registered", &[]),
        event(2, "clock_started", &[]),
        event(3, "clock_started", &[]),
    ];
    let seen = seen(&change(PhaseName::Accepted, "", events)).unwrap().unwrap();
    assert_eq!(seen.trigger(), Some(Trigger::Registered));
    assert_eq!(seen.request().unwrap().as_str(), format!("triage:{}:3", number()));
}

#[test]
fn our_own_hold_and_our_own_dispatch_call_for_nothing() {
    let held = change(
        PhaseName::Accepted,
        "report",
        vec![event(4, "classified", &[("hold", "report")])],
    );
    assert_eq!(seen(&held).unwrap().unwrap().trigger(), None);
    let dispatched = change(
        PhaseName::Dispatched,
        "",
        vec![event(4, "classified", &[]), event(5, "dispatched", &[])],
    );
    assert_eq!(seen(&dispatched).unwrap().unwrap().trigger(), None);
}

#[test]
fn a_persons_classification_calls_for_triage() {
    let classified = change(
        PhaseName::Accepted,
        "",
        vec![event(5, "classified", &[("type", "help")])],
    );
    assert_eq!(
        seen(&classified).unwrap().unwrap().trigger(),
        Some(Trigger::Classified)
    );
}

#[test]
fn a_dispatch_is_one_command_with_the_classification_inside() {
    let classify = Classify {
        category: Some(category("urban.noise")),
        area: Some(area("d1")),
        confidence_percent: 87,
        ..Classify::default()
    };
    let decision = Decision::Dispatch {
        lead: unit("district-1"),
        co: vec![unit("ecology")],
        entry: EntryId::parse("noise").unwrap(),
        classify: Some(classify),
        evidence: "类别：噪音".to_owned(),
        support: Support {
            area_from: Some(AreaSource::Name),
            percent: Some(91),
            ..Support::default()
        },
    };
    let request = dispatch(
        number(),
        &RequestId::parse("triage:1:3").unwrap(),
        None,
        &decision,
    );
    assert_eq!(
        (request.lead_unit.as_str(), request.entry.as_str()),
        ("district-1", "noise")
    );
    assert_eq!(request.co_units, ["ecology"]);
    assert_eq!(
        (request.request_id.as_str(), request.expected_version),
        ("triage:1:3", None)
    );
    let support = request.support.unwrap();
    assert_eq!(
        (support.area_source.as_str(), support.confidence_percent),
        ("name", Some(91))
    );
    let said = request.classification.unwrap();
    assert_eq!(
        (
            said.category.as_str(),
            said.area.as_str(),
            said.confidence_percent
        ),
        ("urban.noise", "d1", 87)
    );
    assert_eq!((said.r#type, said.grade), (0, 0), "type and grade stay");
}

#[test]
fn a_hold_is_a_classification_with_the_reason() {
    let classify = Classify {
        grade: Some(Grade::A),
        hold: Some(Hold::Urgent),
        confidence_percent: 0,
        ..Classify::default()
    };
    let decision = Decision::Hold {
        classify,
        evidence: String::new(),
    };
    let request = super::classify(
        number(),
        &RequestId::parse("triage:1:3").unwrap(),
        None,
        &decision,
    );
    assert_eq!(request.hold, "urgent");
    assert_eq!((request.grade, request.r#type), (Grade::A.to_wire(), 0));
    assert_eq!((request.category.as_str(), request.area.as_str()), ("", ""));
}

#[test]
fn a_question_asks_about_exactly_one_thing_of_bounded_length() {
    assert!(matter(pb::SuggestTriageRequest { matter: None }).is_err());
    let body = "字".repeat(TEXT_BYTES_MAX);
    let text = pb::Text {
        body,
        ..pb::Text::default()
    };
    let asked = pb::SuggestTriageRequest {
        matter: Some(pb::suggest_triage_request::Matter::Text(text)),
    };
    assert_eq!(
        matter(asked).err().unwrap().fields().collect::<Vec<_>>(),
        ["text"]
    );
}
