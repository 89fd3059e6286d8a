//! 并单: one cause, several people. One unit works once, one answer reaches all, each rates for himself.

use proto::common::v1::{
    Accused, Claim, ClockKind, DeclineReason, Phase, Rating, RequestType, Role, accused::Who,
};
use tonic::Code;

use crate::city::{City, Desk, Taken, due, identity, refused, runs, vague};

fn drains(nth: usize) -> proto::tickets::v1::RegisterRequest {
    let mut told = vague();
    told.identity = Some(identity(&format!("住户{nth}"), &format!("1390001{nth:04}")));
    told
}

async fn sent(city: &City, nth: usize) -> Taken {
    city.sent(drains(nth), "urban.municipal.drains", "440507003", &["drainage"])
        .await
}

async fn state(desk: &Desk, number: &str) -> (Phase, String, String) {
    let ticket = desk.ticket(number).await.unwrap();
    (ticket.phase(), ticket.step_holder, ticket.merged_into)
}

async fn one_answer_reaches_all(city: City) {
    let (triager, resident) = (city.desk(Role::Triager).await, city.nobody());
    let first = sent(&city, 1).await;
    let second = city.held(drains(2)).await;
    let third = sent(&city, 3).await;
    city.clerk("drainage").await.sign(&third.number).await.unwrap();
    let (incident, waiting, signed) = (&first.number, &second.number, &third.number);

    let merged = triager.merge(waiting, incident).await.unwrap();
    assert_eq!(merged.merged_into, *incident);
    assert_eq!(
        (merged.phase(), merged.step_holder.as_str()),
        (Phase::Accepted, "incident")
    );
    assert!(
        !runs(&merged, ClockKind::Citizen) && !runs(&merged, ClockKind::Triage),
        "the child's clocks rest"
    );
    triager.merge(signed, incident).await.unwrap();
    let parent = triager.ticket(incident).await.unwrap();
    assert_eq!((parent.listeners, parent.children_count), (3, 2));
    assert_eq!(parent.children, [waiting.clone(), signed.clone()]);
    assert_eq!(refused(triager.merge(waiting, incident).await).1, "MERGED");

    // What is merged is handled on its incident.
    let clerk = city.clerk("drainage").await;
    assert_eq!(refused(clerk.contact(signed, true).await).1, "MERGED");
    let (_, reason) = refused(
        triager
            .send(waiting, "urban.municipal.drains", "440507003", &["drainage"])
            .await,
    );
    assert_eq!(reason, "MERGED");

    // Who rings about a merged ticket stands behind the incident, too.
    let operator = city.desk(Role::Operator).await;
    operator
        .joined_by(waiting, "住户9", "13900010009", "水已经进屋了。")
        .await
        .unwrap();
    operator
        .joined_by(waiting, "住户2", "13900010002", "还没人来。")
        .await
        .unwrap();
    let parent = triager.ticket(incident).await.unwrap();
    assert_eq!(
        parent.listeners, 4,
        "distinct persons: twenty calls of one man are one"
    );

    city.begun(incident, &["drainage"]).await;
    city.replies("drainage", incident, Claim::Solved).await;
    assert_eq!(
        state(&triager, waiting).await.0,
        Phase::Accepted,
        "not before the audit"
    );
    assert!(resident.track(&second).await.unwrap().answer.is_none());
    city.desk(Role::Auditor).await.pass(incident).await.unwrap();
    for child in [&second, &third] {
        let ticket = city
            .until(&child.number, |ticket| ticket.phase() == Phase::CallbackDue)
            .await;
        assert!(ticket.rejoined, "it rejoins");
        let tracked = resident.track(child).await.unwrap();
        assert_eq!(
            tracked.answer.unwrap().done,
            "已更换线路和灯具",
            "one reply reaches all"
        );
    }

    // Each rates for himself.
    let agent = city.desk(Role::CallbackAgent).await;
    agent.answered(incident, true, Rating::Satisfied).await.unwrap();
    resident.rate(&second, true, Rating::VerySatisfied).await.unwrap();
    agent.answered(signed, false, Rating::Dissatisfied).await.unwrap();
    let ended: Vec<(Phase, Rating)> = [
        triager.ticket(incident).await.unwrap(),
        triager.ticket(waiting).await.unwrap(),
        triager.ticket(signed).await.unwrap(),
    ]
    .into_iter()
    .map(|ticket| (ticket.phase(), ticket.outcome.unwrap_or_default().rating()))
    .collect();
    assert_eq!(
        ended,
        [
            (Phase::Closed, Rating::Satisfied),
            (Phase::Closed, Rating::VerySatisfied),
            (Phase::CallbackDue, Rating::Dissatisfied)
        ]
    );
    assert_eq!(
        refused(triager.unmerge(waiting).await).1,
        "NOT_MERGED",
        "answered is answered"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reply_reaches_every_listener() {
    one_answer_reaches_all(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reply_reaches_every_listener_of_a_split_city() {
    one_answer_reaches_all(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_earliest_due_stays_whoever_is_merged_into_whom() {
    let city = City::open().await;
    let (older, waiting) = (sent(&city, 1).await, city.held(drains(2)).await);
    city.it_is("2026-11-18T09:00");
    let (younger, youngest) = (sent(&city, 3).await, sent(&city, 4).await);
    let triager = city.desk(Role::Triager).await;
    let before = triager.ticket(&younger.number).await.unwrap();
    assert_eq!(
        (due(&before, ClockKind::Handle), due(&before, ClockKind::Citizen)),
        ("2026-11-25 17:30".to_owned(), "2026-12-02 17:30".to_owned())
    );
    triager.merge(&older.number, &younger.number).await.unwrap();
    let incident = triager.ticket(&younger.number).await.unwrap();
    assert_eq!(
        (
            due(&incident, ClockKind::Handle),
            due(&incident, ClockKind::Citizen)
        ),
        ("2026-11-23 17:30".to_owned(), "2026-11-30 17:30".to_owned())
    );
    for later in [&waiting, &youngest] {
        triager.merge(&later.number, &younger.number).await.unwrap();
        let incident = triager.ticket(&younger.number).await.unwrap();
        assert_eq!(due(&incident, ClockKind::Handle), "2026-11-23 17:30");
        assert_eq!(due(&incident, ClockKind::Citizen), "2026-11-30 17:30");
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unmerged_a_ticket_has_its_own_history_again() {
    let city = City::open().await;
    let (first, second) = (sent(&city, 1).await, sent(&city, 2).await);
    let triager = city.desk(Role::Triager).await;
    let before = triager.ticket(&second.number).await.unwrap();
    let told_before = triager.history(&second.number).await;
    assert_eq!(refused(triager.unmerge(&second.number).await).1, "NOT_MERGED");
    triager.merge(&second.number, &first.number).await.unwrap();
    city.it_is("2026-11-16T15:00");
    let after = triager.unmerge(&second.number).await.unwrap();
    assert_eq!(
        (
            after.phase(),
            after.lead_unit.as_str(),
            after.merged_into.as_str()
        ),
        (before.phase(), before.lead_unit.as_str(), "")
    );
    assert_eq!(after.step_holder, "drainage");
    assert_eq!(after.listeners, before.listeners);
    for kind in [ClockKind::Sign, ClockKind::Handle, ClockKind::Citizen] {
        assert!(runs(&after, kind), "{kind:?} runs again");
        assert!(due(&after, kind) >= due(&before, kind), "{kind:?}");
    }
    assert_eq!(
        due(&after, ClockKind::Citizen),
        due(&before, ClockKind::Citizen),
        "C0 pauses for the resident's answer and for a suspension only"
    );
    let told = triager.history(&second.number).await;
    assert_eq!(
        told[..told_before.len()],
        told_before,
        "nothing of its history is lost"
    );
    let parent = triager.ticket(&first.number).await.unwrap();
    assert_eq!((parent.listeners, parent.children_count), (1, 0));

    // And goes its own way.
    city.begun(&second.number, &["drainage"]).await;
    city.answered("drainage", &second.number, Claim::Solved).await;
    let parent = triager.ticket(&first.number).await.unwrap();
    assert_eq!(parent.phase(), Phase::Dispatched);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_that_ends_without_an_answer_ends_for_all_and_each_may_object() {
    let city = City::open().await;
    let (triager, operator) = (city.desk(Role::Triager).await, city.desk(Role::Operator).await);
    let (first, second) = (city.held(drains(1)).await, city.held(drains(2)).await);
    triager.merge(&second.number, &first.number).await.unwrap();
    assert_eq!(
        refused(operator.withdraw(&first.number).await).1,
        "NOT_WITHDRAWABLE",
        "two stand behind it"
    );
    operator
        .decline(&first.number, DeclineReason::LegalRoute)
        .await
        .unwrap();
    let child = city
        .until(&second.number, |ticket| ticket.phase() == Phase::Closed)
        .await;
    assert_eq!(child.close_kind, "declined_r2");
    let resident = city.nobody();
    assert!(resident.track(&second).await.unwrap().may_object);
    resident.object_online(&second, "我没有打官司。").await.unwrap();
    let supervisor = city.desk(Role::Supervisor).await;
    let own = supervisor.decide_objection(&second.number, true).await.unwrap();
    assert_eq!(
        (own.phase(), own.step_holder.as_str()),
        (Phase::Accepted, "triage_desk"),
        "it goes its own way"
    );
    assert_eq!(state(&triager, &first.number).await.0, Phase::Closed);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_belong_together_is_not_merged() {
    let city = City::open().await;
    let triager = city.cleared(Role::Triager).await;
    let (first, second, third) = (sent(&city, 1).await, sent(&city, 2).await, sent(&city, 3).await);
    let (_, reason) = refused(triager.merge(&first.number, &first.number).await);
    assert_eq!(reason, "NOT_MERGEABLE", "into itself");
    triager.merge(&second.number, &first.number).await.unwrap();
    let (_, reason) = refused(triager.merge(&third.number, &second.number).await);
    assert_eq!(reason, "NOT_MERGEABLE", "into what is merged itself");
    let (_, reason) = refused(triager.merge(&first.number, &third.number).await);
    assert_eq!(reason, "NOT_MERGEABLE", "an incident into another ticket");
    let (code, _) = refused(triager.merge(&third.number, "20261116-9999990").await);
    assert!(
        matches!(code, Code::NotFound | Code::InvalidArgument),
        "{code:?}: no such ticket"
    );

    city.begun(&third.number, &["drainage"]).await;
    city.replies("drainage", &third.number, Claim::Solved).await;
    let late = sent(&city, 4).await;
    let (_, reason) = refused(triager.merge(&late.number, &third.number).await);
    assert_eq!(reason, "NOT_MERGEABLE", "until the reply, not after it");
    let (_, reason) = refused(triager.merge(&third.number, &late.number).await);
    assert_eq!(reason, "NOT_MERGEABLE");
    let undecided = city.held(drains(5)).await;
    let (_, reason) = refused(triager.merge(&late.number, &undecided.number).await);
    assert_eq!(
        reason, "NOT_MERGEABLE",
        "what a unit has already is not merged into what nobody has"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_report_never_joins_an_open_incident() {
    let city = City::open().await;
    let open = sent(&city, 1).await;
    let mut report = drains(2);
    report.r#type = RequestType::Report.into();
    report.accused = Some(Accused {
        who: Some(Who::Unit("drainage".to_owned())),
    });
    let sealed = city.held(report).await;
    let (cleared, triager) = (city.cleared(Role::Triager).await, city.desk(Role::Triager).await);
    for (child, incident) in [(&sealed, &open), (&open, &sealed)] {
        assert_eq!(
            refused(triager.merge(&child.number, &incident.number).await),
            (Code::NotFound, "NOT_FOUND".to_owned()),
            "whoever is not cleared does not learn of it"
        );
        assert_eq!(
            refused(cleared.merge(&child.number, &incident.number).await).1,
            "NOT_MERGEABLE"
        );
    }
    // Sealed later, a child leaves the open incident.
    let child = sent(&city, 3).await;
    cleared.merge(&child.number, &open.number).await.unwrap();
    let alone = cleared.seal_against(&child.number, "drainage").await.unwrap();
    assert_eq!(alone.merged_into, "");
    let parent = cleared.ticket(&open.number).await.unwrap();
    assert_eq!((parent.children_count, parent.listeners), (0, 1));
    city.close().await;
}
