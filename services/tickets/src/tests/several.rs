//! Splitting, merging, un-merging, further contacts and the incident's answer.

use domain::ticket::{CloseKind, Event, Holder, Phase, PhaseName, Secrecy, Standing};
use kit::fault::Code;

use super::*;

/// The clerk of the roads.
fn roads() -> Call {
    by("he", Role::UnitClerk, Some("roads"))
}

fn part(subject: &str) -> pb::SplitPart {
    pb::SplitPart {
        r#type: common::RequestType::Help.into(),
        category: "urban.water".to_owned(),
        subject: subject.to_owned(),
        body: "另一件事".to_owned(),
        ..pb::SplitPart::default()
    }
}

fn split(house: &House, number: TicketNumber, subjects: &[&str]) -> pb::SplitRequest {
    pb::SplitRequest {
        number: number.to_string(),
        request_id: house.id(),
        expected_version: None,
        parts: subjects.iter().map(|subject| part(subject)).collect(),
    }
}

#[tokio::test]
async fn a_split_makes_linked_tickets_of_the_same_person_and_time() {
    let house = House::new().await;
    let number = house.register("138").await;
    let registered_at = house.ticket(number).await.registered_at;
    house.clock.step(jiff::SignedDuration::from_mins(20));

    let request = split(&house, number, &["漏水", "路灯"]);
    let written = house.ask(&triager(), &request).await.unwrap();
    assert_eq!(written.len(), 3);
    assert_eq!(written[0].number, number);
    for part in &written[1..] {
        assert_eq!(
            (part.split_from, part.registered_at),
            (Some(number), registered_at)
        );
        assert_eq!(part.callers(), house.ticket(number).await.callers());
        assert_ne!(part.key, written[0].key, "words under a key of its own");
        let (identity, may_unlock) = house
            .tickets
            .sealed_contact(&triager(), part.number, 1)
            .await
            .unwrap();
        assert_eq!(&*identity.unwrap().text, format!("{} 138", part.number));
        assert!(may_unlock);
        let shown = house.tickets.show(&triager(), part.number, true).await.unwrap();
        assert_eq!(shown.words.get(domain::words::Field::Body), "另一件事");
        assert_eq!(part.classification.area, written[0].classification.area);
    }

    let again = house.ask(&triager(), &request).await.unwrap();
    let numbers = |tickets: &[Ticket]| tickets.iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!(numbers(&again), numbers(&written));
    let codes = house.tickets.codes_of(&triager(), &again[1..]).await.unwrap();
    assert_eq!(codes[0], format!("CODE-{}", again[1].number));
}

#[tokio::test]
async fn a_part_of_what_is_sealed_is_sealed() {
    let house = House::new().await;
    let call = cleared(triager());
    let number = house
        .registered("1", &cleared(operator()), |request| {
            request.confidential = true;
            request.accused = Some(common::Accused {
                who: Some(common::accused::Who::Unit("water".to_owned())),
            });
        })
        .await;
    let written = house.ask(&call, &split(&house, number, &["漏水"])).await.unwrap();
    assert_eq!(written[1].secrecy, written[0].secrecy);
    assert_ne!(written[1].secrecy, Secrecy::Open);
}

#[tokio::test]
async fn a_part_keeps_out_whom_the_whole_does() {
    let house = House::new().await;
    let number = house.register("1").await;
    let recuse = pb::RecuseRequest {
        number: number.to_string(),
        request_id: house.id(),
        unit: "water".to_owned(),
        reason: "与本件有利害关系".to_owned(),
        ..pb::RecuseRequest::default()
    };
    house.ask(&supervisor(), &recuse).await.unwrap();
    let written = house
        .ask(&triager(), &split(&house, number, &["漏水"]))
        .await
        .unwrap();
    assert_eq!(written[1].kept_out, written[0].kept_out);
    assert_eq!(written[1].kept_out.len(), 1);
}

#[tokio::test]
async fn an_identity_erased_while_a_split_is_retried_is_in_no_part() {
    let house = House::new().await;
    let number = house.register("138").await;
    let call = triager();
    let order = wire::order(&call, &split(&house, number, &["漏水"])).unwrap();
    let before = house.ticket(number).await;
    let prepared = house.tickets.prepare(&call, &before, &order).await.unwrap();
    let erased = pb::RecordErasureRequest {
        number: number.to_string(),
        request_id: house.id(),
        slot: before.contacts[0].identity.unwrap().0,
        ..pb::RecordErasureRequest::default()
    };
    house.ask(&Call::of_role("vault"), &erased).await.unwrap();

    let (now, rules) = (morning(), house.tickets.rules());
    let after = house.ticket(number).await;
    let decided = house.tickets.decide(&call, &rules, &after, &prepared, now);
    let writes = decided.await.unwrap();
    assert!(writes[1].facts.iter().all(|fact| fact.identity.is_none()));
    let Event::Registered { contact, .. } = &writes[1].facts[0].event else {
        panic!("a part begins with its registration");
    };
    assert_eq!((contact.identity, contact.standing), (None, Standing::Anonymous));
}

#[tokio::test]
async fn a_refused_split_leaves_nothing_behind() {
    let house = House::new().await;
    let number = house.register("1").await;
    house.dispatch(number, "water").await;
    let fault = house
        .ask(&triager(), &split(&house, number, &["漏水"]))
        .await
        .unwrap_err();
    assert_eq!(fault.reason(), "WRONG_PHASE");
    let all = house
        .ledger
        .list(&storage::port::ListKey::All, None, 9)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn merging_and_unmerging_write_both_tickets_or_neither() {
    let house = House::new().await;
    let (incident, child) = (house.register("1").await, house.register("2").await);
    let sequence = *house.ledger.head().borrow();
    let written = house.merge(child, incident).await.unwrap();
    assert_eq!(*house.ledger.head().borrow(), sequence + 1, "one commit");
    assert_eq!(written[0].holder(), Holder::Incident(incident));
    assert_eq!(house.ticket(incident).await.listeners(), 2);

    let unmerge = pb::UnmergeRequest {
        number: child.to_string(),
        request_id: house.id(),
        ..pb::UnmergeRequest::default()
    };
    let written = house.ask(&triager(), &unmerge).await.unwrap();
    assert_eq!(written.len(), 2);
    assert_eq!(written[0].holder(), Holder::TriageDesk);
    assert!(house.ticket(incident).await.incident.is_empty());
    let again = pb::UnmergeRequest {
        request_id: house.id(),
        ..unmerge
    };
    assert_eq!(
        house.ask(&triager(), &again).await.unwrap_err().reason(),
        "NOT_MERGED"
    );
}

#[tokio::test]
async fn nobody_merges_into_what_he_may_not_know_of() {
    let house = House::new().await;
    let child = house.register("1").await;
    let sealed = house
        .registered("2", &cleared(operator()), |request| request.confidential = true)
        .await;
    let fault = house.merge(child, sealed).await.unwrap_err();
    let unknown = house
        .merge(child, TicketNumber::new(child.date(), 99).unwrap())
        .await
        .unwrap_err();
    assert_eq!(fault.code(), Code::NotFound);
    assert_eq!((fault.code(), fault.en()), (unknown.code(), unknown.en()));
    assert_eq!(
        house.merge(child, child).await.unwrap_err().reason(),
        "NOT_MERGEABLE"
    );
    assert_eq!(house.ticket(child).await.merged, None);
}

#[tokio::test]
async fn who_contacts_us_about_a_merged_ticket_stands_behind_its_incident() {
    let house = House::new().await;
    let (incident, child) = (house.register("1").await, house.register("2").await);
    house.merge(child, incident).await.unwrap();
    let contact = pb::AddContactRequest {
        number: child.to_string(),
        request_id: house.id(),
        channel: common::Channel::Phone.into(),
        identity: Some(identity("3")),
        ..pb::AddContactRequest::default()
    };
    let written = house.ask(&operator(), &contact).await.unwrap();
    assert_eq!((written[0].number, written.len()), (child, 2));
    assert_eq!(house.ticket(incident).await.listeners(), 3);
    house.ask(&operator(), &contact).await.unwrap();
    assert_eq!(
        house.ticket(incident).await.listeners(),
        3,
        "the same request again"
    );
}

/// A ticket at the roads' desk, merged into one they have no part in.
async fn merged_away(house: &House) -> (TicketNumber, TicketNumber) {
    let (incident, child) = (house.register("1").await, house.register("2").await);
    house.dispatch(incident, "water").await;
    house.dispatch(child, "roads").await;
    house.merge(child, incident).await.unwrap();
    (incident, child)
}

#[tokio::test]
async fn what_the_reader_may_not_know_of_is_not_named() {
    let house = House::new().await;
    let (incident, child) = merged_away(&house).await;
    let ticket = house.ticket(child).await;
    let others = crate::query::tied_to(&ticket, true);
    assert_eq!(others, [incident]);
    let hidden = async |call: Call| house.tickets.hidden_from(&call, others.clone()).await.unwrap();
    assert_eq!(hidden(roads()).await.len(), 1);
    assert!(hidden(triager()).await.is_empty());
}

#[tokio::test]
async fn a_refusal_names_no_incident_the_caller_may_not_know_of() {
    let house = House::new().await;
    let (incident, child) = merged_away(&house).await;
    let refused = async |call: Call| {
        let sign = pb::SignRequest {
            number: child.to_string(),
            request_id: house.id(),
            expected_version: None,
        };
        house.ask(&call, &sign).await.unwrap_err()
    };
    let fault = refused(roads()).await;
    assert_eq!((fault.reason(), fault.fact("incident")), ("MERGED", None));
    let seen = refused(triager()).await;
    assert_eq!(seen.fact("incident"), Some(incident.to_string().as_str()));
}

#[tokio::test]
async fn the_incidents_end_reaches_whoever_was_merged_into_it() {
    let house = House::new().await;
    let (incident, child) = (house.register("1").await, house.register("2").await);
    house.merge(child, incident).await.unwrap();
    let system = Call::of_role("supervision");
    let rejoin = || pb::RejoinRequest {
        number: child.to_string(),
        request_id: house.id(),
        expected_version: None,
    };
    let fault = house.ask(&system, &rejoin()).await.unwrap_err();
    assert_eq!(fault.reason(), "WRONG_PHASE", "not answered yet");

    let decline = pb::DeclineRequest {
        number: incident.to_string(),
        request_id: house.id(),
        reason: common::DeclineReason::OutsideAuthority.into(),
        explanation: "不属于本市职权".to_owned(),
        ..pb::DeclineRequest::default()
    };
    house.ask(&operator(), &decline).await.unwrap();
    let told = house.ask(&system, &rejoin()).await.unwrap();
    assert_eq!(told[0].phase.name(), PhaseName::Closed);
    assert!(matches!(
        told[0].phase,
        Phase::Closed {
            how: CloseKind::Declined(_),
            ..
        }
    ));
    assert_eq!(
        house.ask(&system, &rejoin()).await.unwrap_err().reason(),
        "NOT_MERGED"
    );
}

#[tokio::test]
async fn an_answer_that_has_become_secret_lets_go_of_whoever_waits_for_it() {
    let house = House::new().await;
    let (incident, child) = (house.register("1").await, house.register("2").await);
    house.merge(child, incident).await.unwrap();
    let decline = pb::DeclineRequest {
        number: incident.to_string(),
        request_id: house.id(),
        reason: common::DeclineReason::OutsideAuthority.into(),
        explanation: "不属于本市职权".to_owned(),
        ..pb::DeclineRequest::default()
    };
    house.ask(&operator(), &decline).await.unwrap();
    let seal = pb::SealRequest {
        number: incident.to_string(),
        request_id: house.id(),
        ..pb::SealRequest::default()
    };
    house.ask(&triager(), &seal).await.unwrap();

    let sequence = *house.ledger.head().borrow();
    let rejoin = pb::RejoinRequest {
        number: child.to_string(),
        request_id: house.id(),
        expected_version: None,
    };
    let written = house.ask(&Call::of_role("supervision"), &rejoin).await.unwrap();
    assert_eq!(*house.ledger.head().borrow(), sequence + 1, "one commit");
    assert_eq!((written[0].number, written.len()), (child, 2));
    assert_eq!(written[0].holder(), Holder::TriageDesk);
    assert!(house.ticket(incident).await.incident.is_empty());
}
