//! Two people at once: one wins; the other is told so, with how things stand now, and has done nothing.

use std::collections::BTreeSet;

use futures::future::{BoxFuture, LocalBoxFuture};
use hotline::client::{Answer as _, Failure};
use proto::common::v1::{
    Act, AuditFault, Claim, ClockKind, Phase, Rating, ReturnReason, Role, SuspensionGround, TerminationGround,
};
use proto::tickets::v1::{AnnotateRequest, SplitPart, Ticket};
use tonic::Code;

use crate::city::{City, Desk, Taken, fresh, refused, vague};

/// Rounds of every pair: whoever wins, the rest holds.
const ROUNDS: usize = 6;

/// Who acts of himself on what people decide.
const SYSTEM: &str = "system.supervision";

type Deed = BoxFuture<'static, Result<(), Failure>>;

/// A unit, and a category of its own.
const UNIT: &str = "housing";
const CATEGORY: &str = "housing.property.repairfund";

/// Who stands against whom: a name of his own each.
struct Pair {
    what: &'static str,
    ann: (Role, &'static str),
    bob: (Role, &'static str),
    scene: fn(&City) -> LocalBoxFuture<'_, String>,
    anns: fn(Desk, String) -> Deed,
    bobs: fn(Desk, String) -> Deed,
}

fn done(outcome: Result<Ticket, Failure>) -> Result<(), Failure> {
    outcome.map(drop)
}

macro_rules! deed {
    ($desk:ident, $number:ident => $said:expr) => {
        |$desk: Desk, $number: String| -> Deed { Box::pin(async move { done($said.await) }) }
    };
}

fn undecided(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async { city.held(vague()).await.number })
}

fn sent(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async { city.sent(vague(), CATEGORY, "440507", &[UNIT]).await.number })
}

fn begun(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = sent(city).await;
        city.begun(&number, &[UNIT]).await;
        number
    })
}

fn replied(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = begun(city).await;
        city.replies(UNIT, &number, Claim::Solved).await;
        number
    })
}

fn to_ring(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = replied(city).await;
        city.desk(Role::Auditor).await.pass(&number).await.unwrap();
        number
    })
}

fn giving_back(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = sent(city).await;
        let leader = city.leader(UNIT).await;
        leader
            .give_back(&number, ReturnReason::WrongUnit, "market")
            .await
            .unwrap();
        number
    })
}

fn quarrelling(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = giving_back(city).await;
        let triager = city.desk(Role::Triager).await;
        triager.approve_return(&number, "market").await.unwrap();
        let market = city.leader("market").await;
        market
            .give_back(&number, ReturnReason::WrongUnit, UNIT)
            .await
            .unwrap();
        number
    })
}

fn extending(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = begun(city).await;
        city.leader(UNIT).await.extend(&number, 3).await.unwrap();
        number
    })
}

fn ending(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = begun(city).await;
        let leader = city.leader(UNIT).await;
        leader
            .terminate(&number, TerminationGround::NoCooperation)
            .await
            .unwrap();
        number
    })
}

fn asked(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = begun(city).await;
        city.clerk(UNIT).await.ask(&number, "哪一户？").await.unwrap();
        number
    })
}

fn reviewed(city: &City) -> LocalBoxFuture<'_, String> {
    Box::pin(async {
        let number = begun(city).await;
        city.answered(UNIT, &number, Claim::Explained).await;
        let agent = city.desk(Role::CallbackAgent).await;
        agent
            .answered(&number, false, Rating::Dissatisfied)
            .await
            .unwrap();
        let operator = city.desk(Role::Operator).await;
        operator.ask_for_review(&number).await.unwrap();
        number
    })
}

const PANEL: &[&str] = &["an", "bo", "chen"];

const PAIRS: [Pair; 14] = [
    Pair {
        what: "two triagers send it to different units",
        ann: (Role::Triager, ""),
        bob: (Role::Triager, ""),
        scene: undecided,
        anns: deed!(desk, number => desk.send(&number, CATEGORY, "440507", &["housing"])),
        bobs: deed!(desk, number => desk.send(&number, CATEGORY, "440507", &["market", "police"])),
    },
    Pair {
        what: "one sends it, the resident drops it",
        ann: (Role::Triager, ""),
        bob: (Role::Operator, ""),
        scene: undecided,
        anns: deed!(desk, number => desk.send(&number, CATEGORY, "440507", &["housing"])),
        bobs: deed!(desk, number => desk.withdraw(&number)),
    },
    Pair {
        what: "one splits it, one consults",
        ann: (Role::Triager, ""),
        bob: (Role::Triager, ""),
        scene: undecided,
        anns: |desk, number| {
            Box::pin(async move {
                let part = SplitPart {
                    r#type: proto::common::v1::RequestType::Help.into(),
                    subject: "另一件事".to_owned(),
                    body: "说不清的另一件事。".to_owned(),
                    ..SplitPart::default()
                };
                desk.split(&number, vec![part]).await.map(drop)
            })
        },
        bobs: deed!(desk, number => desk.consult(&number, &["housing", "market"])),
    },
    Pair {
        what: "two clerks of a unit sign",
        ann: (Role::UnitClerk, UNIT),
        bob: (Role::UnitClerk, UNIT),
        scene: sent,
        anns: deed!(desk, number => desk.sign(&number)),
        bobs: deed!(desk, number => desk.sign(&number)),
    },
    Pair {
        what: "the clerk signs, the triager sends it on",
        ann: (Role::UnitClerk, UNIT),
        bob: (Role::Triager, ""),
        scene: sent,
        anns: deed!(desk, number => desk.sign(&number)),
        bobs: deed!(desk, number => desk.redispatch(&number, "market")),
    },
    Pair {
        what: "the clerk asks the resident, the head asks to put it off",
        ann: (Role::UnitClerk, UNIT),
        bob: (Role::UnitHead, UNIT),
        scene: begun,
        anns: deed!(desk, number => desk.ask(&number, "哪一户？")),
        bobs: deed!(desk, number => desk.suspend(&number, SuspensionGround::Funds, "2026-12-10T09:00", "2027-02-01T09:00")),
    },
    Pair {
        what: "one approves a return, one refuses it",
        ann: (Role::Triager, ""),
        bob: (Role::Triager, ""),
        scene: giving_back,
        anns: deed!(desk, number => desk.approve_return(&number, "market")),
        bobs: deed!(desk, number => desk.refuse_return(&number)),
    },
    Pair {
        what: "two arbiters rule differently",
        ann: (Role::Arbiter, ""),
        bob: (Role::Arbiter, ""),
        scene: quarrelling,
        anns: deed!(desk, number => desk.rule(&number, "housing", true)),
        bobs: deed!(desk, number => desk.rule(&number, "market", false)),
    },
    Pair {
        what: "one grants an extension, one does not",
        ann: (Role::Supervisor, ""),
        bob: (Role::Supervisor, ""),
        scene: extending,
        anns: deed!(desk, number => desk.decide_extension(&number, true)),
        bobs: deed!(desk, number => desk.decide_extension(&number, false)),
    },
    Pair {
        what: "one ends it, one does not",
        ann: (Role::Auditor, ""),
        bob: (Role::Auditor, ""),
        scene: ending,
        anns: deed!(desk, number => desk.decide_termination(&number, true)),
        bobs: deed!(desk, number => desk.decide_termination(&number, false)),
    },
    Pair {
        what: "the resident answers by telephone twice",
        ann: (Role::Operator, ""),
        bob: (Role::Operator, ""),
        scene: asked,
        anns: deed!(desk, number => desk.hear(&number, "三楼。")),
        bobs: deed!(desk, number => desk.hear(&number, "四楼。")),
    },
    Pair {
        what: "one auditor passes, one fails it",
        ann: (Role::Auditor, ""),
        bob: (Role::Auditor, ""),
        scene: replied,
        anns: deed!(desk, number => desk.pass(&number)),
        bobs: deed!(desk, number => desk.fail(&number, AuditFault::Substance)),
    },
    Pair {
        what: "two agents hear different things",
        ann: (Role::CallbackAgent, ""),
        bob: (Role::CallbackAgent, ""),
        scene: to_ring,
        anns: deed!(desk, number => desk.answered(&number, true, Rating::Satisfied)),
        bobs: deed!(desk, number => desk.answered(&number, false, Rating::Dissatisfied)),
    },
    Pair {
        what: "two panels decide differently",
        ann: (Role::CityOffice, ""),
        bob: (Role::CityOffice, ""),
        scene: reviewed,
        anns: deed!(desk, number => desk.decide_review(&number, true, PANEL)),
        bobs: deed!(desk, number => desk.decide_review(&number, false, PANEL)),
    },
];

/// Both at the same instant, over connections of their own.
async fn at_once(ann: Deed, bob: Deed) -> (Result<(), Failure>, Result<(), Failure>) {
    tokio::join!(ann, bob)
}

/// Whether Ann has won.
async fn raced(city: &City, pair: &Pair, round: usize) -> bool {
    let number = (pair.scene)(city).await;
    let watcher = city.desk(Role::Supervisor).await;
    let before = watcher.ticket(&number).await.unwrap();
    let name = |who: &str| {
        format!(
            "{who}.{}.{round}",
            pair.what.replace(|c: char| !c.is_alphabetic(), "")
        )
    };
    let (ann, bob) = (name("ann"), name("bob"));
    let anns = city.colleague(&ann, pair.ann.0, pair.ann.1).await;
    let bobs = city.colleague(&bob, pair.bob.0, pair.bob.1).await;
    let ann_says = (pair.anns)(anns.knowing(before.version), number.clone());
    let bob_says = (pair.bobs)(bobs.knowing(before.version), number.clone());
    // Whoever presses the button first has a small lead; each does in every other round.
    let outcomes = if round.is_multiple_of(2) {
        at_once(ann_says, bob_says).await
    } else {
        let (bob, ann) = at_once(bob_says, ann_says).await;
        (ann, bob)
    };
    let (winner, loser, failure) = match outcomes {
        (Ok(()), Err(failure)) => (ann, bob, failure),
        (Err(failure), Ok(())) => (bob, ann, failure),
        both => panic!("{}: one wins, not {both:?}", pair.what),
    };

    let after = watcher.ticket(&number).await.unwrap();
    let history = watcher.history(&number).await;
    let of_people: Vec<_> = history
        .iter()
        .filter(|event| event.version > before.version && event.actor != SYSTEM)
        .collect();
    let decided = of_people.last().map_or(0, |event| event.version);
    assert_eq!(failure.code, Code::Aborted, "{}: {failure:?}", pair.what);
    let told = |fact: &str| {
        let found = failure.facts.iter().find(|(name, _)| name == fact);
        found.map(|(_, value)| value.as_str())
    };
    let phase = after
        .phase()
        .as_str_name()
        .trim_start_matches("PHASE_")
        .to_lowercase();
    assert_eq!(
        (told("phase"), told("step_holder"), told("lead_unit")),
        (
            Some(phase.as_str()),
            Some(after.step_holder.as_str()),
            Some(after.lead_unit.as_str())
        ),
        "{}: the fresh state comes with the refusal",
        pair.what
    );
    // What the decision sets off by itself (a level, an order) may or may not have come before the refusal.
    let version: u32 = told("version").unwrap().parse().unwrap();
    assert!(
        (decided..=after.version).contains(&version),
        "{}: {version} is told, {decided} decided, {} reached",
        pair.what,
        after.version
    );

    // Nothing half-done: every new fact is the winner's or follows from it, none is missing.
    let versions: Vec<u32> = history.iter().map(|event| event.version).collect();
    let reached = after.version.max(history.last().map_or(0, |event| event.version));
    assert_eq!(versions, (1..=reached).collect::<Vec<_>>(), "{}", pair.what);
    let new: BTreeSet<&str> = of_people.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(new, BTreeSet::from([winner.as_str()]), "{}", pair.what);
    assert!(!new.contains(loser.as_str()));
    winner.starts_with("ann")
}

async fn every_pair_races(city: City) {
    let mut anns = 0;
    for pair in &PAIRS {
        for round in 0..ROUNDS {
            anns += usize::from(raced(&city, pair, round).await);
        }
    }
    let all = PAIRS.len() * ROUNDS;
    assert!(0 < anns && anns < all, "each wins sometimes: {anns} of {all}");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_wins_and_the_other_is_told_how_it_stands() {
    every_pair_races(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_wins_in_a_split_city_too() {
    every_pair_races(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_version_the_second_is_decided_on_what_the_first_has_done() {
    let city = City::open().await;
    for _ in 0..ROUNDS {
        let number = sent(&city).await;
        let clerk = city.clerk(UNIT).await;
        let sign = |desk: Desk, number: String| -> Deed {
            Box::pin(async move { desk.sign(&number).await.map(drop) })
        };
        let outcomes = at_once(sign(clerk.clone(), number.clone()), sign(clerk, number)).await;
        let failure = match outcomes {
            (Ok(()), Err(failure)) | (Err(failure), Ok(())) => failure,
            both => panic!("one signs: {both:?}"),
        };
        assert_eq!(failure.reason.as_deref(), Some("ALREADY_SIGNED"));
    }
    city.close().await;
}

fn child(city: &City, nth: usize) -> LocalBoxFuture<'_, Taken> {
    Box::pin(async move {
        let mut told = vague();
        told.identity = Some(crate::city::identity("住户", &format!("1390008{nth:04}")));
        city.sent(told, "urban.municipal.drains", "440507003", &["drainage"])
            .await
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_pulled_into_two_incidents_is_in_one() {
    const CHILDREN: usize = 12;
    let city = City::open().await;
    let (left, right) = (child(&city, 0).await.number, child(&city, 1).await.number);
    let mut children = Vec::new();
    for nth in 0..CHILDREN {
        children.push(child(&city, nth + 2).await.number);
    }
    let (ann, bob) = (
        city.colleague("ann", Role::Triager, "").await,
        city.colleague("bob", Role::Triager, "").await,
    );
    for one in &children {
        let into = |desk: &Desk, incident: &str| -> Deed {
            let (desk, one, incident) = (desk.clone(), one.clone(), incident.to_owned());
            Box::pin(async move { desk.merge(&one, &incident).await.map(drop) })
        };
        let failure = match at_once(into(&ann, &left), into(&bob, &right)).await {
            (Ok(()), Err(failure)) | (Err(failure), Ok(())) => failure,
            both => panic!("one merges: {both:?}"),
        };
        assert_eq!(failure.reason.as_deref(), Some("MERGED"));
    }
    let mut found = Vec::new();
    for incident in [&left, &right] {
        let parent = ann.ticket(incident).await.unwrap();
        assert_eq!(parent.children_count as usize, parent.children.len());
        assert_eq!(parent.listeners as usize, parent.children.len() + 1);
        for one in &parent.children {
            assert_eq!(ann.ticket(one).await.unwrap().merged_into, *incident);
        }
        found.extend(parent.children);
    }
    found.sort();
    children.sort();
    assert_eq!(found, children, "each in one, none in both, none lost");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merged_while_the_reply_is_sent_nobody_is_forgotten() {
    let city = City::open().await;
    let triager = city.desk(Role::Triager).await;
    for round in 0..ROUNDS {
        let (incident, late) = (
            child(&city, round * 2).await.number,
            child(&city, round * 2 + 1).await.number,
        );
        city.begun(&incident, &["drainage"]).await;
        let leader = city.leader("drainage").await;
        leader.endorse(&incident, Act::Reply).await.unwrap();
        let reply = {
            let (clerk, incident) = (city.clerk("drainage").await, incident.clone());
            Box::pin(async move { clerk.reply(&incident, Claim::Solved).await.map(drop) })
        };
        let merge = {
            let (triager, late, incident) = (triager.clone(), late.clone(), incident.clone());
            Box::pin(async move { triager.merge(&late, &incident).await.map(drop) })
        };
        let (replied, merged) = at_once(reply, merge).await;
        replied.unwrap();
        city.desk(Role::Auditor).await.pass(&incident).await.unwrap();
        match merged {
            Ok(()) => {
                city.until(&late, |ticket| ticket.phase() == Phase::CallbackDue)
                    .await;
            }
            Err(failure) => {
                assert_eq!(failure.reason.as_deref(), Some("NOT_MERGEABLE"), "{failure:?}");
                let own = triager.ticket(&late).await.unwrap();
                assert_eq!((own.phase(), own.merged_into.as_str()), (Phase::Dispatched, ""));
                assert!(crate::city::runs(&own, ClockKind::Handle));
            }
        }
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_sent_twice_at_once_is_done_once() {
    let city = City::open().await;
    let number = sent(&city).await;
    let triager = city.desk(Role::Triager).await;
    let before = triager.ticket(&number).await.unwrap().version;
    for round in 1..=ROUNDS {
        let request = AnnotateRequest {
            number: number.clone(),
            request_id: fresh(),
            note: "已电话核实".to_owned(),
            ..AnnotateRequest::default()
        };
        let say = |desk: &Desk| -> Deed {
            let (desk, request) = (desk.clone(), request.clone());
            Box::pin(async move { desk.core.tickets().annotate(request).await.answer().map(drop) })
        };
        let (first, second) = at_once(say(&triager), say(&triager)).await;
        first.unwrap();
        second.unwrap();
        let version = triager.ticket(&number).await.unwrap().version;
        assert_eq!(version as usize, before as usize + round);
    }
    let stale = triager.knowing(before).annotate(&number, "晚了").await;
    assert_eq!(refused(stale).0, Code::Aborted);
    city.close().await;
}
