//! 退单与裁定: a unit gives a matter back, the desk decides, and what comes back twice is ruled on once and for all.

use hotline::client::Answer as _;
use proto::common::v1::{Act, ClockKind, Grade, Level, Phase, ReturnReason, Role};
use proto::tickets::v1::{GetRulesRequest, Ticket};
use tonic::Code;

use crate::city::{City, Desk, Taken, due, leg, local, refused, runs, told, vague};

/// Factory noise in Jinping: by the directory it is the ecology bureau's.
const NOISE: &str = "urban.noise.industrial";
const JINPING: &str = "440511";

async fn noise(city: &City) -> Taken {
    city.sent(vague(), NOISE, JINPING, &["ecology"]).await
}

/// The unit gives it back with its leader's signature.
async fn gives_back(city: &City, unit: &str, number: &str, suggested: &str) -> Ticket {
    let leader = city.leader(unit).await;
    leader.endorse(number, Act::Return).await.unwrap();
    let clerk = city.clerk(unit).await;
    clerk
        .give_back(number, ReturnReason::WrongUnit, suggested)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_leaders_consent_it_goes_straight_to_the_named_unit() {
    let city = City::open().await;
    let Taken { number, .. } = &noise(&city).await;
    let (clerk, triager) = (city.clerk("ecology").await, city.desk(Role::Triager).await);
    let before = triager.ticket(number).await.unwrap();

    let asked = clerk
        .give_back(number, ReturnReason::WrongUnit, "urban-management")
        .await;
    assert_eq!(refused(asked).1, "NOT_ENDORSED");
    let (code, _) = refused(clerk.endorse(number, Act::Return).await);
    assert_eq!(
        code,
        Code::PermissionDenied,
        "a clerk does not sign for his leader"
    );
    let ticket = gives_back(&city, "ecology", number, "urban-management").await;
    let own = leg(&ticket, "ecology");
    assert!(own.sign_time.is_some(), "asking counts as signing");
    assert!(!runs(&ticket, ClockKind::Sign));
    assert!(
        runs(&ticket, ClockKind::FirstContact) && runs(&ticket, ClockKind::Handle),
        "C3 and C4 go on"
    );
    assert_eq!(due(&ticket, ClockKind::Handle), due(&before, ClockKind::Handle));
    assert_eq!((ticket.returns, ticket.step_holder.as_str()), (1, "triage_desk"));
    assert_eq!(ticket.decisions[0].what, "return");
    assert_eq!(ticket.decisions[0].decider, "triage_desk");
    assert_eq!(ticket.decisions[0].suggested_unit, "urban-management");
    assert_eq!(
        due(&ticket, ClockKind::Decision),
        "2026-11-16 15:00",
        "the desk has four working hours"
    );
    let twice = city
        .leader("ecology")
        .await
        .give_back(number, ReturnReason::WrongArea, "")
        .await;
    assert_eq!(refused(twice).1, "DECISION_PENDING");
    let (code, _) = refused(clerk.approve_return(number, "").await);
    assert_eq!(code, Code::PermissionDenied, "nobody decides his own request");

    city.it_is("2026-11-16T14:30");
    let moved = triager.approve_return(number, "urban-management").await.unwrap();
    assert_eq!(
        (moved.phase(), moved.lead_unit.as_str()),
        (Phase::Dispatched, "urban-management")
    );
    assert!(moved.decisions.is_empty());
    assert_eq!(due(&moved, ClockKind::Citizen), due(&before, ClockKind::Citizen));
    assert_eq!(due(&moved, ClockKind::Handle), "2026-11-23 17:30");
    assert_eq!(refused(clerk.sign(number).await).1, "WRONG_RELATION");
    city.clerk("urban-management").await.sign(number).await.unwrap();
    assert_eq!(
        refused(triager.refuse_return(number).await).1,
        "NOTHING_PENDING",
        "it is decided"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_nothing_moves_and_the_unit_goes_on() {
    let city = City::open().await;
    let Taken { number, .. } = &noise(&city).await;
    let before = city.clerk("ecology").await.sign(number).await.unwrap();
    let asked = city
        .leader("ecology")
        .await
        .give_back(number, ReturnReason::FactMissing, "")
        .await
        .unwrap();
    assert_eq!(
        asked.decisions[0].return_reason(),
        ReturnReason::FactMissing,
        "the leader needs nobody's signature"
    );
    city.it_is("2026-11-16T11:00");
    let triager = city.desk(Role::Triager).await;
    let after = triager.refuse_return(number).await.unwrap();
    assert_eq!((after.returns, after.returns_refused), (1, 1));
    assert_eq!(
        (after.phase(), after.step_holder.as_str()),
        (Phase::Handling, "ecology")
    );
    for kind in [ClockKind::Handle, ClockKind::FirstContact, ClockKind::Citizen] {
        assert_eq!(due(&after, kind), due(&before, kind), "{kind:?}");
    }
    city.clerk("ecology").await.contact(number, true).await.unwrap();
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approved_without_a_unit_it_is_back_at_the_desk() {
    let city = City::open().await;
    let Taken { number, .. } = &noise(&city).await;
    gives_back(&city, "ecology", number, "").await;
    let triager = city.desk(Role::Triager).await;
    let back = triager.approve_return(number, "").await.unwrap();
    assert_eq!(
        (back.phase(), back.step_holder.as_str()),
        (Phase::Accepted, "triage_desk")
    );
    assert!(back.lead_unit.is_empty());
    assert!(runs(&back, ClockKind::Triage) && runs(&back, ClockKind::Citizen));
    assert!(
        city.clerk("ecology").await.ticket(number).await.is_ok(),
        "what a unit had it may still read"
    );
    let held = city.triaged(number).await;
    assert!(
        held.lead_unit.is_empty() && !held.hold.is_empty(),
        "a person looks at what came back; it does not go to the same unit by itself: {} {}",
        held.lead_unit,
        held.hold
    );
    let sent = triager.dispatch(number, "urban-management").await.unwrap();
    assert_eq!(sent.lead_unit, "urban-management");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_co_unit_gives_back_its_own_piece_and_the_lead_notices_nothing() {
    let city = City::open().await;
    let Taken { number, .. } = &city.sent(vague(), NOISE, JINPING, &["ecology", "police"]).await;
    let asked = gives_back(&city, "police", number, "").await;
    assert_eq!(asked.step_holder, "ecology", "the lead's step is its own");
    let triager = city.desk(Role::Triager).await;
    let after = triager.approve_return(number, "").await.unwrap();
    assert_eq!(
        (after.phase(), after.lead_unit.as_str()),
        (Phase::Dispatched, "ecology")
    );
    assert_eq!(after.legs.len(), 1);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_to_ask_is_short_and_a_is_never_given_back() {
    let city = City::open().await;
    let Taken { number: unsigned, .. } = &noise(&city).await;
    let Taken { number: signed, .. } = &noise(&city).await;
    city.clerk("ecology").await.sign(signed).await.unwrap();
    let leader = city.leader("ecology").await;
    let ask = async |number: &str| leader.give_back(number, ReturnReason::WrongUnit, "").await;

    // Signed: the close of the next working day. Not signed: of the second after dispatch.
    city.it_is("2026-11-17T17:31");
    assert_eq!(refused(ask(signed).await).1, "RETURN_TOO_LATE");
    let early = ask(unsigned).await.unwrap();
    assert_eq!(early.returns, 1);
    let Taken { number: late, .. } = &noise(&city).await;
    city.it_is("2026-11-19T17:31");
    assert_eq!(refused(ask(late).await).1, "RETURN_TOO_LATE");

    let mut smell = told(
        proto::common::v1::RequestType::Help,
        "楼道里有煤气味",
        "楼道里一股煤气味，请快来。",
    );
    smell.grade = Grade::A.into();
    let Taken { number: gas, .. } = &city.sent(smell, "utilities.gas.safety", "440507", &["gas"]).await;
    let asked = city
        .leader("gas")
        .await
        .give_back(gas, ReturnReason::WrongUnit, "fire")
        .await;
    assert_eq!(refused(asked).1, "NOT_RETURNABLE");
    let stranger = city
        .leader("broadcast")
        .await
        .give_back(late, ReturnReason::WrongUnit, "")
        .await;
    assert_eq!(refused(stranger), (Code::NotFound, "NOT_FOUND".to_owned()));
    city.close().await;
}

/// Bounced twice: ecology, then urban management; ready for the arbiter.
async fn bounced(city: &City, told: Taken) -> String {
    let Taken { number, .. } = told;
    gives_back(city, "ecology", &number, "urban-management").await;
    let triager = city.desk(Role::Triager).await;
    triager.approve_return(&number, "urban-management").await.unwrap();
    let asked = gives_back(city, "urban-management", &number, "ecology").await;
    assert_eq!(
        (asked.decisions[0].decider.as_str(), asked.step_holder.as_str()),
        ("arbiter", "arbiter")
    );
    assert_eq!(asked.lead_unit, "urban-management", "responsible meanwhile");
    assert!(runs(&asked, ClockKind::Handle));
    number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_return_is_ruled_on_and_the_ruling_binds() {
    let city = City::open().await;
    let taken = noise(&city).await;
    let number = &bounced(&city, taken).await;
    let (triager, arbiter) = (city.desk(Role::Triager).await, city.desk(Role::Arbiter).await);
    assert_eq!(
        refused(triager.approve_return(number, "").await).1,
        "RULING_NEEDED"
    );
    assert_eq!(refused(triager.refuse_return(number).await).1, "RULING_NEEDED");
    let reasons: Vec<String> = arbiter
        .history(number)
        .await
        .into_iter()
        .filter(|event| event.kind == "return_requested")
        .map(|event| event.words.into_values().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(reasons.len(), 2, "both units' reasons");
    assert!(
        reasons
            .iter()
            .all(|said| said.contains("权责清单") && said.contains("勘查记录"))
    );

    city.it_is("2026-11-17T10:00");
    let before = arbiter.ticket(number).await.unwrap();
    let ruled = arbiter.rule(number, "ecology", false).await.unwrap();
    assert_eq!(
        (ruled.phase(), ruled.lead_unit.as_str()),
        (Phase::Dispatched, "ecology")
    );
    let ruling = ruled.ruling.as_ref().unwrap();
    assert_eq!((ruling.unit.as_str(), ruling.proposes_entry), ("ecology", false));
    assert_eq!(local(&ruling.rule_time), "2026-11-17 10:00");
    assert_eq!(due(&ruled, ClockKind::Citizen), due(&before, ClockKind::Citizen));
    assert_eq!(
        due(&ruled, ClockKind::Handle),
        "2026-11-24 17:30",
        "a next leg, under the citizen's cap"
    );
    let again = city
        .leader("ecology")
        .await
        .give_back(number, ReturnReason::WrongArea, "")
        .await;
    assert_eq!(refused(again).1, "NOT_RETURNABLE", "it binds");
    assert_eq!(
        refused(arbiter.rule(number, "ecology", false).await).1,
        "NOTHING_PENDING"
    );
    let supervisor = city.desk(Role::Supervisor).await;
    assert_eq!(
        refused(supervisor.decide_entry(number, true).await).1,
        "NO_PROPOSAL"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_unit_that_asked_may_be_the_one() {
    let city = City::open().await;
    let taken = noise(&city).await;
    let number = &bounced(&city, taken).await;
    let before = city.desk(Role::Arbiter).await.ticket(number).await.unwrap();
    let ruled = city
        .desk(Role::Arbiter)
        .await
        .rule(number, "urban-management", false)
        .await
        .unwrap();
    assert_eq!(ruled.lead_unit, "urban-management");
    assert_eq!(
        due(&ruled, ClockKind::Handle),
        due(&before, ClockKind::Handle),
        "a refused return renews nothing"
    );
    let own = city.person(Role::Arbiter, "ecology", false).await;
    let taken = noise(&city).await;
    let other = bounced(&city, taken).await;
    assert_eq!(
        refused(own.rule(&other, "urban-management", false).await).1,
        "SELF_REVIEW",
        "nobody rules between his own unit and another"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_twice_the_head_hears_of_it() {
    let city = City::open().await;
    let Taken { number, .. } = &noise(&city).await;
    gives_back(&city, "ecology", number, "police").await;
    city.desk(Role::Triager)
        .await
        .refuse_return(number)
        .await
        .unwrap();
    let again = gives_back(&city, "ecology", number, "police").await;
    assert_eq!(
        again.decisions[0].decider, "arbiter",
        "the second is the arbiter's, though it is the same unit's"
    );
    let arbiter = city.desk(Role::Arbiter).await;
    let ruled = arbiter.rule(number, "ecology", false).await.unwrap();
    assert_eq!(
        (ruled.returns_refused, ruled.level(), ruled.points_tenths),
        (2, Level::L2, 10),
        "the second refusal is charged a point"
    );
    let history = arbiter.history(number).await;
    let raised = history.iter().find(|event| event.kind == "escalated").unwrap();
    assert_eq!(raised.facts["told"], "unit_head");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_third_unit_is_the_arbiters_whichever_return_it_is() {
    let city = City::open().await;
    let Taken { number, .. } = &noise(&city).await;
    let triager = city.desk(Role::Triager).await;
    triager.redispatch(number, "urban-management").await.unwrap();
    triager.redispatch(number, "police").await.unwrap();
    let asked = gives_back(&city, "police", number, "ecology").await;
    assert_eq!(
        (asked.returns, asked.decisions[0].decider.as_str()),
        (1, "arbiter")
    );
    city.close().await;
}

async fn ruled(city: &City, arbiter: &Desk, category: &str, area: &str) -> String {
    let taken = city.sent(vague(), category, area, &["ecology"]).await;
    let number = bounced(city, taken).await;
    arbiter.rule(&number, "urban-management", false).await.unwrap();
    number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn precedents_come_nearest_first() {
    let city = City::open().await;
    let arbiter = city.desk(Role::Arbiter).await;
    let sibling = ruled(&city, &arbiter, "urban.noise.commercial", JINPING).await;
    let elsewhere = ruled(&city, &arbiter, NOISE, "440507").await;
    let same_top = ruled(&city, &arbiter, "urban.appearance.stalls", JINPING).await;
    let nearest = ruled(&city, &arbiter, NOISE, JINPING).await;
    let unrelated = ruled(&city, &arbiter, "market.consumer.refund", JINPING).await;

    let taken = noise(&city).await;
    let number = bounced(&city, taken).await;
    let found = arbiter.rulings(&number).await.unwrap();
    let numbers: Vec<&String> = found.iter().map(|one| &one.number).collect();
    assert_eq!(numbers, [&nearest, &elsewhere, &sibling], "three");
    assert!(!numbers.contains(&&same_top) && !numbers.contains(&&unrelated));
    assert!(found[0].reason.contains("裁定"), "with the arbiter's words");
    assert_eq!(found[0].ruling.as_ref().unwrap().unit, "urban-management");
    let (code, _) = refused(city.clerk("ecology").await.rulings(&number).await);
    assert_eq!(code, Code::PermissionDenied);
    city.close().await;
}

async fn rules_version(desk: &Desk) -> String {
    let asked = desk.core.tickets().get_rules(GetRulesRequest::default()).await;
    asked.answer().unwrap().version
}

async fn an_entry_is_proposed_accepted_and_used(city: City) {
    let (arbiter, supervisor) = (city.desk(Role::Arbiter).await, city.desk(Role::Supervisor).await);
    let taken = noise(&city).await;
    let number = &bounced(&city, taken).await;
    let ruled = arbiter.rule(number, "urban-management", true).await.unwrap();
    let ruling = ruled.ruling.unwrap();
    assert!(ruling.proposes_entry && ruling.entry_accepted.is_none());
    let before = rules_version(&supervisor).await;
    let (code, _) = refused(arbiter.decide_entry(number, true).await);
    assert_eq!(
        code,
        Code::PermissionDenied,
        "who rules does not write the directory"
    );
    let decided = supervisor.decide_entry(number, true).await.unwrap();
    assert_eq!(decided.ruling.unwrap().entry_accepted, Some(true));
    assert_ne!(
        rules_version(&supervisor).await,
        before,
        "new rules are published"
    );
    assert_eq!(
        refused(supervisor.decide_entry(number, false).await).1,
        "NO_PROPOSAL"
    );

    // The next noise of that kind in that district goes to the right unit by itself, once triage has heard of the rules.
    city.it_is("2026-11-16T09:01");
    let mut next = vague();
    (next.category, next.area) = (NOISE.to_owned(), JINPING.to_owned());
    let next = city.taken(next).await;
    let sent = city.triaged(&next.number).await;
    assert_eq!(sent.lead_unit, "urban-management");
    let history = supervisor.history(&next.number).await;
    let dispatched = history.iter().find(|event| event.kind == "dispatched").unwrap();
    assert_ne!(dispatched.facts["entry"], "urban-noise-industrial");
    // Elsewhere nothing has changed.
    let mut elsewhere = vague();
    (elsewhere.category, elsewhere.area) = (NOISE.to_owned(), "440507".to_owned());
    let elsewhere = city.taken(elsewhere).await;
    assert_eq!(city.triaged(&elsewhere.number).await.lead_unit, "ecology");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proposed_entry_is_used_by_the_next_dispatch() {
    an_entry_is_proposed_accepted_and_used(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proposed_entry_is_used_in_a_split_city_too() {
    an_entry_is_proposed_accepted_and_used(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proposed_entry_may_be_declined() {
    let city = City::open().await;
    let (arbiter, supervisor) = (city.desk(Role::Arbiter).await, city.desk(Role::Supervisor).await);
    let taken = noise(&city).await;
    let number = &bounced(&city, taken).await;
    arbiter.rule(number, "urban-management", true).await.unwrap();
    let before = rules_version(&supervisor).await;
    let decided = supervisor.decide_entry(number, false).await.unwrap();
    assert_eq!(decided.ruling.unwrap().entry_accepted, Some(false));
    assert_eq!(rules_version(&supervisor).await, before);
    city.close().await;
}
