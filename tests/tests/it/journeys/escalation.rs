//! Above the ladder's lower rungs: orders, listeners, what the city office decides, and those who watch it live.

use std::time::Duration;

use futures::StreamExt as _;
use hotline::client::Answer as _;
use proto::common::v1::{Claim, ClockKind, EscalationCause, Grade, Level, Rating, RequestType, Role};
use proto::supervision::v1::{
    AcknowledgeEscalationRequest, DueOrder, Escalation, GetDueSummaryRequest, ListDueRequest,
    ListEscalationsRequest, ListProposalsRequest, OpenProposal, WatchEscalationsRequest,
};
use proto::tickets::v1::{Clock, Ticket, TicketEvent};
use tonic::Code;

use crate::city::{City, Desk, Taken, due, fresh, refused, stamp, told, vague};

const CATEGORY: &str = "urban.appearance.stalls";
const AREA: &str = "440507003";
const STREET: &str = "street-440507003";
const DISTRICT: &str = "district-longhu";
const WITHIN: Duration = Duration::from_secs(30);

impl Desk {
    /// What this one is told live, from a time on, until `enough`.
    async fn hears(&self, from: &str, enough: impl Fn(&[Escalation]) -> bool) -> Vec<Escalation> {
        let request = WatchEscalationsRequest {
            since_time: stamp(from),
            ..WatchEscalationsRequest::default()
        };
        let client = self.rim.without_deadline();
        let mut sent = client
            .supervision()
            .watch_escalations(request)
            .await
            .answer()
            .unwrap();
        let mut heard = Vec::new();
        let hearing = async {
            while !enough(&heard) {
                let answer = sent.next().await.expect("the stream goes on").unwrap();
                heard.extend(answer.escalation);
            }
        };
        if tokio::time::timeout(WITHIN, hearing).await.is_err() {
            panic!("not in time; heard so far: {heard:#?}");
        }
        heard
    }

    async fn escalations(&self, request: ListEscalationsRequest) -> Vec<Escalation> {
        let listed = self.rim.supervision().list_escalations(request).await;
        listed.answer().unwrap().escalations
    }

    async fn proposals(&self) -> Vec<OpenProposal> {
        let request = ListProposalsRequest::default();
        let listed = self.rim.supervision().list_proposals(request).await;
        listed.answer().unwrap().proposals
    }
}

async fn stalls(city: &City) -> Taken {
    city.sent(vague(), CATEGORY, AREA, &[STREET]).await
}

fn levels(history: &[TicketEvent], kind: &str) -> Vec<(String, String, String)> {
    let of = |event: &TicketEvent, name: &str| event.facts.get(name).cloned().unwrap_or_default();
    let events = history.iter().filter(|event| event.kind == kind);
    events
        .map(|event| (of(event, "level"), of(event, "cause"), of(event, "told")))
        .collect()
}

fn row(level: &str, cause: &str, told: &str) -> (String, String, String) {
    (level.to_owned(), cause.to_owned(), told.to_owned())
}

/// Whether one of them tells this of a ticket.
fn tells(heard: &[Escalation], number: &str, level: Level) -> bool {
    heard
        .iter()
        .any(|one| one.number == number && one.level() == level)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_answers_for_an_hour_is_telephoned_to_the_citys_leader() {
    let city = City::open_at("2026-10-01T23:30").await;
    let mut smell = told(RequestType::Help, "楼道里有煤气味", "五楼闻到煤气味。");
    smell.grade = Grade::A.into();
    let taken = city.sent(smell, "utilities.gas.safety", "440507", &["gas"]).await;
    for (at, level) in [
        ("2026-10-01T23:45", Level::L1),
        ("2026-10-02T00:00", Level::L2),
        ("2026-10-02T00:15", Level::L3),
        ("2026-10-02T00:45", Level::L3),
    ] {
        city.it_is(at);
        city.until(&taken.number, |ticket| ticket.level() == level).await;
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let heard = supervisor
        .hears("2026-10-01T23:30", |heard| {
            tells(heard, &taken.number, Level::Call)
        })
        .await;
    let call = heard.iter().find(|one| one.level() == Level::Call).unwrap();
    assert_eq!(
        (call.told.join(","), call.unit.as_str()),
        ("duty_leader".to_owned(), "gas")
    );
    assert_eq!((call.clock(), call.points_tenths), (ClockKind::Sign, 0));
    let asked = ListEscalationsRequest {
        told: "duty_leader".to_owned(),
        ..ListEscalationsRequest::default()
    };
    assert!(
        supervisor
            .escalations(asked)
            .await
            .iter()
            .all(|one| one.level() == Level::Call)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_l2_the_head_is_ordered_to_answer_and_who_does_not_is_told_again() {
    let city = City::open().await;
    let (first, second) = (stalls(&city).await, stalls(&city).await);
    for taken in [&first, &second] {
        city.begun(&taken.number, &[STREET]).await;
    }
    city.it_is("2026-11-24T17:30");
    for taken in [&first, &second] {
        let ticket = city
            .until(&taken.number, |ticket| ticket.level() == Level::L2)
            .await;
        assert_eq!(ticket.orders.len(), 1, "the order comes with the level");
        assert_eq!(due(&ticket, ClockKind::Order), "2026-11-27 17:30");
    }
    city.head(STREET)
        .await
        .answer_order(&first.number, 1)
        .await
        .unwrap();
    city.it_is("2026-11-27T17:30");
    let supervisor = city.desk(Role::Supervisor).await;
    let order_fired = |heard: &[Escalation]| {
        heard.iter().any(|one| {
            one.number == second.number && one.clock() == ClockKind::Order && one.level() == Level::L2
        })
    };
    let heard = supervisor.hears("2026-11-27T17:30", order_fired).await;
    assert!(
        heard
            .iter()
            .all(|one| one.number != first.number || one.clock() != ClockKind::Order),
        "an answered order tells nobody"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_voices_inform_and_charge_nobody() {
    let city = City::open().await;
    let taken = stalls(&city).await;
    let operator = city.desk(Role::Operator).await;
    let join = async |at: u32| {
        let phone = format!("139000080{at:02}");
        operator
            .joined_by(&taken.number, "邻居", &phone, "我也要反映这件事。")
            .await
            .unwrap()
    };
    join(2).await;
    let ticket = join(3).await;
    assert_eq!(
        (ticket.listeners, ticket.level(), ticket.points_tenths),
        (3, Level::L2, 0)
    );
    assert!(ticket.orders.is_empty(), "no clock is overdue: it only informs");
    let mut ticket = ticket;
    for at in 4..=20 {
        ticket = join(at).await;
    }
    assert_eq!(
        (ticket.listeners, ticket.level(), ticket.points_tenths),
        (20, Level::L3, 0)
    );
    let supervisor = city.desk(Role::Supervisor).await;
    assert_eq!(
        levels(&supervisor.history(&taken.number).await, "escalated"),
        [
            row("l2", "listeners", "unit_head"),
            row("l3", "incident", "district_leader,city_office")
        ]
    );
    let heard = supervisor
        .hears("2026-11-16T09:00", |heard| tells(heard, &taken.number, Level::L3))
        .await;
    let incident = heard
        .iter()
        .find(|one| one.cause() == EscalationCause::Incident)
        .unwrap();
    assert_eq!(
        (incident.unit.as_str(), incident.clock()),
        (STREET, ClockKind::Unspecified)
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stays_late_is_laid_before_the_city_office_which_decides() {
    let city = City::open().await;
    let (first, second) = (stalls(&city).await, stalls(&city).await);
    city.it_is("2026-12-01T17:30");
    for taken in [&first, &second] {
        city.until(&taken.number, |ticket| ticket.proposal.is_some())
            .await;
    }
    let office = city.desk(Role::CityOffice).await;
    office
        .hears("2026-12-01T17:00", |heard| {
            tells(heard, &second.number, Level::L4)
        })
        .await;
    let waiting = office.proposals().await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|one| one.level() == Level::L4
        && one.cause() == EscalationCause::Overdue
        && one.unit == STREET
        && one.ticket_level() == Level::L3
        && !one.overdue));

    let supervisor = city.desk(Role::Supervisor).await;
    let (code, _) = refused(supervisor.decide_proposal(&first.number, true).await);
    assert_eq!(code, Code::PermissionDenied, "the city office decides");
    let approved = office.decide_proposal(&first.number, true).await.unwrap();
    assert_eq!((approved.level(), approved.points_tenths), (Level::L4, 30));
    let left = office.decide_proposal(&second.number, false).await.unwrap();
    assert_eq!((left.level(), left.points_tenths), (Level::L3, 20));
    assert!(approved.proposal.is_none() && left.proposal.is_none());
    let history = supervisor.history(&first.number).await;
    assert_eq!(
        levels(&history, "escalated"),
        [row("l4", "overdue", "unit_head,district_leader")]
    );
    let decided = |heard: &[Escalation]| heard.iter().any(|one| one.level() == Level::L4 && !one.proposed);
    let heard = supervisor.hears("2026-12-01T17:00", decided).await;
    let of = |is_proposed: bool| {
        heard
            .iter()
            .filter(move |one| one.level() == Level::L4 && one.proposed == is_proposed)
    };
    assert_eq!((of(true).count(), of(false).count()), (2, 1));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_false_closing_is_proposed_by_one_and_decided_by_another() {
    let city = City::open().await;
    let taken = stalls(&city).await;
    let number = &taken.number;
    city.begun(number, &[STREET]).await;
    city.answered(STREET, number, Claim::Solved).await;
    let agent = city.cleared(Role::CallbackAgent).await;
    agent.answered(number, true, Rating::Satisfied).await.unwrap();

    let first = city.colleague_known("first", Role::CityOffice).await;
    let proposed = first
        .propose(number, Level::L5, EscalationCause::FalseClosing)
        .await
        .unwrap();
    assert_eq!(proposed.proposal.unwrap().unit, STREET);
    let (_, reason) = refused(first.decide_proposal(number, true).await);
    assert_eq!(reason, "SAME_PERSON");
    let second = city.colleague_known("second", Role::CityOffice).await;
    let decided = second.decide_proposal(number, true).await.unwrap();
    assert_eq!((decided.level(), decided.points_tenths), (Level::L5, 50));
    let heard = second
        .hears("2026-11-16T09:00", |heard| {
            heard.iter().any(|one| one.level() == Level::L5 && !one.proposed)
        })
        .await;
    let last = heard.last().unwrap();
    assert_eq!(
        last.told.join(","),
        "unit_head,district_leader,discipline_inspection"
    );
    assert_eq!(
        (last.cause(), last.unit.as_str()),
        (EscalationCause::FalseClosing, STREET)
    );
    city.close().await;
}

/// Every proposal for reaching L2 again and again, over some tickets.
async fn proposed_for_repeating(desk: &Desk, all: &[Taken]) -> Vec<String> {
    let mut found = Vec::new();
    for taken in all {
        let history = desk.history(&taken.number).await;
        let proposed = history.iter().filter(|event| {
            event.kind == "level_proposed"
                && event
                    .facts
                    .get("cause")
                    .is_some_and(|cause| cause == "repeated_l2")
        });
        found.extend(proposed.map(|event| event.words["reason"].clone()));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_reaches_l2_five_times_in_a_month_is_proposed_once() {
    let city = City::open().await;
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(stalls(&city).await);
    }
    city.it_is("2026-11-24T17:30");
    for taken in &all {
        city.until(&taken.number, |ticket| ticket.level() == Level::L2)
            .await;
    }
    let office = city.cleared(Role::CityOffice).await;
    let repeated = |heard: &[Escalation]| heard.iter().any(|one| one.cause() == EscalationCause::RepeatedL2);
    let heard = office.hears("2026-11-24T17:00", repeated).await;
    let one = heard
        .iter()
        .find(|one| one.cause() == EscalationCause::RepeatedL2)
        .unwrap();
    assert!(one.proposed && one.unit == STREET && one.level() == Level::L4);
    let reasons = proposed_for_repeating(&office, &all).await;
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].contains("2026 年 11 月") && reasons[0].contains("6 legs"),
        "{reasons:?}"
    );

    // A restart reads it all again; one more ticket comes late; the city office does not think it comes to that.
    let number = office.proposals().await[0].number.clone();
    office.decide_proposal(&number, false).await.unwrap();
    let city = city.reopen().await;
    let office = city.cleared(Role::CityOffice).await;
    let another = stalls(&city).await;
    city.it_is("2026-11-30T08:00");
    // All that was due by then has fired before its clocks begin anew.
    let late = |ticket: &Ticket| {
        let fired = |clock: &&Clock| clock.fired.contains(&Level::L1.into());
        ticket.clocks.iter().filter(fired).count()
    };
    city.until(&another.number, |ticket| late(ticket) == 2).await;
    let supervisor = city.cleared(Role::Supervisor).await;
    supervisor
        .classify_grade(&another.number, Grade::B)
        .await
        .unwrap();
    city.it_is("2026-11-30T23:00");
    city.until(&another.number, |ticket| ticket.level() >= Level::L2)
        .await;
    office
        .hears("2026-11-30T08:00", |heard| {
            tells(heard, &another.number, Level::L2)
        })
        .await;
    all.push(another);
    assert_eq!(proposed_for_repeating(&office, &all).await.len(), 1);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_unit_has_goes_to_those_who_triage() {
    let city = City::open().await;
    let taken = city.held(vague()).await;
    let triager = city.desk(Role::Triager).await;
    let ticket = triager.ticket(&taken.number).await.unwrap();
    let at = due(&ticket, ClockKind::Triage).replace(' ', "T");
    city.it_is(&at);
    let heard = triager
        .hears("2026-11-16T09:00", |heard| tells(heard, &taken.number, Level::L1))
        .await;
    assert_eq!(heard[0].told.join(","), "triage_desk,supervisor_desk");
    assert_eq!((heard[0].unit.as_str(), heard[0].points_tenths), ("", 0));
    let head = city.head(STREET).await;
    assert!(
        head.escalations(ListEscalationsRequest::default())
            .await
            .is_empty()
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_told_to_nobody_it_is_sealed_from() {
    let city = City::open().await;
    let (open, report) = (stalls(&city).await, stalls(&city).await);
    city.it_is("2026-11-17T17:30");
    for taken in [&open, &report] {
        city.until(&taken.number, |ticket| ticket.level() == Level::L1)
            .await;
    }
    let triager = city.cleared(Role::Triager).await;
    triager.seal_against(&report.number, STREET).await.unwrap();
    // The seal reaches the figures by the feed; a change after it says that it has.
    city.it_is("2026-11-24T17:30");
    city.until(&open.number, |ticket| ticket.level() == Level::L2)
        .await;

    let from = "2026-11-16T09:00";
    let until_l2 = |heard: &[Escalation]| tells(heard, &open.number, Level::L2);
    let desks = [
        (city.head(STREET).await, false),
        (city.desk(Role::Supervisor).await, false),
        (city.head(DISTRICT).await, true),
        (city.cleared(Role::Supervisor).await, true),
    ];
    for (desk, may_see) in &desks {
        let heard = desk.hears(from, until_l2).await;
        assert_eq!(heard.iter().any(|one| one.number == report.number), *may_see);
        let listed = desk.escalations(ListEscalationsRequest::default()).await;
        assert_eq!(listed.iter().any(|one| one.number == report.number), *may_see);
    }
    // The report went back to the desk, which is late with it: only who may know of it counts it.
    let red = async |desk: &Desk| {
        let request = GetDueSummaryRequest::default();
        let summary = desk.rim.supervision().get_due_summary(request).await;
        summary.answer().unwrap().total.unwrap().red
    };
    assert_eq!(red(&desks[3].0).await, red(&desks[1].0).await + 1);
    assert_eq!(red(&desks[0].0).await, red(&desks[2].0).await, "the street's own");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_late_is_listed_by_risk_and_counted() {
    let city = City::open().await;
    let mut water = told(RequestType::Help, "家里没水", "整栋楼没有水。");
    water.grade = Grade::B.into();
    let urgent = city
        .sent(water, "utilities.water.outage", "440507", &["water"])
        .await;
    let ordinary = stalls(&city).await;
    city.it_is("2026-11-24T17:30");
    for taken in [&urgent, &ordinary] {
        city.until(&taken.number, |ticket| ticket.level() >= Level::L2)
            .await;
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let numbers = async |request: ListDueRequest| -> Vec<String> {
        let listed = supervisor.rim.supervision().list_due(request).await;
        let tickets = listed.answer().unwrap().tickets;
        tickets.into_iter().map(|ticket| ticket.number).collect()
    };
    supervisor
        .hears("2026-11-24T17:00", |heard| {
            tells(heard, &ordinary.number, Level::L2)
        })
        .await;
    let by_risk = ListDueRequest {
        order: DueOrder::Risk.into(),
        ..ListDueRequest::default()
    };
    assert_eq!(
        numbers(by_risk).await,
        [urgent.number.clone(), ordinary.number.clone()]
    );
    let of_district = ListDueRequest {
        district: DISTRICT.to_owned(),
        overdue_only: true,
        level: Level::L2.into(),
        ..ListDueRequest::default()
    };
    assert_eq!(numbers(of_district).await, std::slice::from_ref(&ordinary.number));
    let no_district = ListDueRequest {
        district: STREET.to_owned(),
        ..ListDueRequest::default()
    };
    let listed = supervisor.rim.supervision().list_due(no_district).await;
    assert_eq!(refused(listed.answer()).0, Code::InvalidArgument);

    let request = GetDueSummaryRequest::default();
    let summary = supervisor
        .rim
        .supervision()
        .get_due_summary(request)
        .await
        .answer()
        .unwrap();
    assert_eq!(summary.total.unwrap().red, 2);
    let of = |counts: &[proto::supervision::v1::DueCount], key: &str| {
        counts
            .iter()
            .find(|count| count.key == key)
            .map(|count| count.red)
    };
    assert_eq!(of(&summary.districts, DISTRICT), Some(1));
    assert_eq!(of(&summary.grades, "b"), Some(1));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acknowledges_says_what_is_done_in_the_tickets_own_words() {
    let city = City::open().await;
    let taken = stalls(&city).await;
    city.it_is("2026-11-17T17:30");
    let leader = city.leader(STREET).await;
    let heard = leader
        .hears("2026-11-16T09:00", |heard| tells(heard, &taken.number, Level::L1))
        .await;
    let late = heard.iter().find(|one| one.level() == Level::L1).unwrap();
    let request = AcknowledgeEscalationRequest {
        escalation: late.escalation.clone(),
        request_id: fresh(),
        note: "已约摊主明早到场。".to_owned(),
    };
    for _ in 0..2 {
        let seen = leader
            .rim
            .supervision()
            .acknowledge_escalation(request.clone())
            .await;
        assert!(seen.answer().unwrap().escalation.unwrap().noted);
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let history = supervisor.history(&taken.number).await;
    let notes: Vec<&TicketEvent> = history.iter().filter(|event| event.kind == "annotated").collect();
    assert_eq!(notes.len(), 1, "repeating it is safe");
    assert_eq!(notes[0].words["note"], "已约摊主明早到场。");
    assert_eq!(notes[0].actor, format!("role_unit_leader{STREET}"));
    let listed = supervisor.escalations(ListEscalationsRequest::default()).await;
    let one = listed
        .iter()
        .find(|one| one.escalation == late.escalation)
        .unwrap();
    assert!(
        one.noted && !format!("{one:?}").contains("摊主"),
        "no words beside the ticket"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_where_it_stopped_and_through_a_restart() {
    let city = City::open().await;
    let taken = stalls(&city).await;
    city.it_is("2026-11-17T17:30");
    let supervisor = city.desk(Role::Supervisor).await;
    let client = supervisor.rim.without_deadline();
    let from = WatchEscalationsRequest {
        since_time: stamp("2026-11-16T09:00"),
        level: Level::L1.into(),
        ..WatchEscalationsRequest::default()
    };
    let mut sent = client
        .supervision()
        .watch_escalations(from.clone())
        .await
        .answer()
        .unwrap();
    let first = tokio::time::timeout(WITHIN, sent.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    drop(sent);
    let first_seen = first.escalation.unwrap().escalation;

    let city = city.reopen().await;
    let supervisor = city.desk(Role::Supervisor).await;
    let client = supervisor.rim.without_deadline();
    let go_on = WatchEscalationsRequest {
        resume_token: first.resume_token.clone(),
        since_time: None,
        ..from
    };
    let mut sent = client
        .supervision()
        .watch_escalations(go_on.clone())
        .await
        .answer()
        .unwrap();
    let next = tokio::time::timeout(WITHIN, sent.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let next = next.escalation.unwrap();
    assert_ne!(
        next.escalation, first_seen,
        "C2 and C3 fire at once: the other of the two"
    );
    assert_eq!((next.level(), next.number), (Level::L1, taken.number));
    let stranger = city.desk(Role::CityOffice).await.rim.without_deadline();
    let refusal = stranger.supervision().watch_escalations(go_on).await.answer();
    assert_eq!(refused(refusal.map(|_| ())).1, "RESUME_TOKEN_VOID");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_ends_its_watch() {
    let city = City::open().await;
    let gone = city.token("gone", Role::Supervisor, "", false, 600).await;
    let client = city.bearer(&gone.token).rim.without_deadline();
    let request = WatchEscalationsRequest::default();
    let mut sent = client
        .supervision()
        .watch_escalations(request)
        .await
        .answer()
        .unwrap();
    city.it_is("2026-11-16T09:11");
    let ended = async {
        while let Some(sent) = sent.next().await {
            if let Err(status) = sent {
                return status.code();
            }
        }
        Code::Ok
    };
    let ended = tokio::time::timeout(Duration::from_secs(40), ended).await;
    assert_eq!(ended.unwrap(), Code::Unauthenticated);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_demanded_and_a_level_raised_with_reasons() {
    let city = City::open().await;
    let taken = stalls(&city).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let ordered: Ticket = supervisor.issue_order(&taken.number).await.unwrap();
    assert_eq!(ordered.orders.len(), 1);
    let raised = supervisor.escalate(&taken.number, Level::L3).await.unwrap();
    assert_eq!((raised.level(), raised.points_tenths), (Level::L3, 0));
    let history = supervisor.history(&taken.number).await;
    let said = |kind: &str| {
        history
            .iter()
            .find(|event| event.kind == kind)
            .unwrap()
            .words
            .len()
    };
    assert_eq!((said("order_issued"), said("escalated")), (1, 1));
    city.close().await;
}
