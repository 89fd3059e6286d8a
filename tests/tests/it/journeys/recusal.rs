//! 回避: a unit is kept out, with all below it, from then on and on every path.

use proto::common::v1::{Claim, ClockKind, Phase, Role};
use proto::tickets::v1::ListTicketsRequest;
use tonic::Code;

use crate::city::{City, refused, runs, vague};

const STALLS: &str = "urban.appearance.stalls";
const ZHUCHI: &str = "440507003";
const STREET: &str = "street-440507003";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_that_must_stay_out_loses_the_ticket_at_once() {
    let city = City::open().await;
    let taken = city
        .sent(vague(), STALLS, ZHUCHI, &[STREET, "urban-management"])
        .await;
    let number = &taken.number;
    let clerk = city.clerk(STREET).await;
    clerk.sign(number).await.unwrap();
    let triager = city.desk(Role::Triager).await;
    let (code, _) = refused(clerk.recuse(number, STREET).await);
    assert_eq!(code, Code::PermissionDenied);
    assert_eq!(
        refused(triager.recuse(number, "no-such-unit").await).1,
        "UNKNOWN_UNIT"
    );
    let recalled = triager.recuse(number, STREET).await.unwrap();
    assert_eq!(
        (recalled.phase(), recalled.step_holder.as_str()),
        (Phase::Accepted, "triage_desk")
    );
    assert_eq!(recalled.recused_units, [STREET]);
    assert!(!recalled.sealed, "kept out, not confidential");
    for desk in [
        clerk,
        city.head(STREET).await,
        city.person(Role::Auditor, STREET, true).await,
    ] {
        assert_eq!(
            refused(desk.ticket(number).await),
            (Code::NotFound, "NOT_FOUND".to_owned())
        );
        assert!(desk.list(ListTicketsRequest::default()).await.is_empty());
    }
    assert_eq!(refused(triager.recuse(number, STREET).await).1, "RECUSED_ALREADY");
    let again = triager.dispatch(number, STREET).await;
    assert_eq!(refused(again).1, "RECUSED");
    let with_it = triager
        .send(number, STALLS, ZHUCHI, &["urban-management", STREET])
        .await;
    assert_eq!(refused(with_it).1, "RECUSED", "no leg of any role");

    // The superior handles.
    let sent = triager.dispatch(number, "district-longhu").await.unwrap();
    assert_eq!(sent.lead_unit, "district-longhu");
    city.begun(number, &["district-longhu"]).await;
    let passed = city
        .clerk("district-longhu")
        .await
        .sub_assign(number, STREET)
        .await;
    assert_eq!(refused(passed).1, "RECUSED", "nor by passing it down");
    city.answered("district-longhu", number, Claim::Solved).await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_below_stay_out_with_it_and_a_co_unit_leaves_alone() {
    let city = City::open().await;
    let taken = city
        .sent(
            vague(),
            STALLS,
            ZHUCHI,
            &["urban-management", STREET, "district-longhu"],
        )
        .await;
    let number = &taken.number;
    let operator = city.desk(Role::Operator).await;
    let left = operator.recuse(number, "district-longhu").await.unwrap();
    assert_eq!(
        (left.phase(), left.lead_unit.as_str(), left.legs.len()),
        (Phase::Dispatched, "urban-management", 1),
        "the street goes with its district"
    );
    assert!(runs(&left, ClockKind::Handle));
    for unit in [STREET, "district-longhu"] {
        assert_eq!(
            refused(city.clerk(unit).await.ticket(number).await).0,
            Code::NotFound
        );
    }
    let seen = city.clerk("urban-management").await.ticket(number).await.unwrap();
    assert!(
        seen.recused_units.is_empty(),
        "who is kept out is the hotline's own to know"
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consulted_unit_that_must_stay_out_is_not_heard() {
    let city = City::open().await;
    let taken = city.held(vague()).await;
    let number = &taken.number;
    let triager = city.desk(Role::Triager).await;
    triager.recuse(number, "police").await.unwrap();
    let asked = triager.consult(number, &["police", "ecology"]).await;
    assert_eq!(refused(asked).1, "RECUSED");
    let below = triager.consult(number, &["traffic-police", "ecology"]).await;
    assert_eq!(refused(below).1, "RECUSED");
    triager
        .consult(number, &["urban-management", "ecology"])
        .await
        .unwrap();
    let after = triager.recuse(number, "ecology").await.unwrap();
    assert_eq!(
        refused(city.clerk("ecology").await.opinion(number, true).await).0,
        Code::NotFound
    );
    assert_eq!(after.step_holder, "triage_desk");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_returned_matter_does_not_go_to_a_unit_that_stays_out() {
    use proto::common::v1::ReturnReason;
    let city = City::open().await;
    let taken = city.sent(vague(), STALLS, ZHUCHI, &["urban-management"]).await;
    let number = &taken.number;
    let triager = city.desk(Role::Triager).await;
    triager.recuse(number, "district-longhu").await.unwrap();
    let leader = city.leader("urban-management").await;
    let suggested = leader.give_back(number, ReturnReason::WrongUnit, STREET).await;
    assert_eq!(refused(suggested).1, "RECUSED");
    leader
        .give_back(number, ReturnReason::WrongUnit, "")
        .await
        .unwrap();
    assert_eq!(refused(triager.approve_return(number, STREET).await).1, "RECUSED");
    let moved = triager.approve_return(number, "market").await.unwrap();
    assert_eq!(moved.lead_unit, "market");
    let elsewhere = triager.redispatch(number, STREET).await;
    assert_eq!(refused(elsewhere).1, "RECUSED");
    city.close().await;
}
