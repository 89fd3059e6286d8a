//! Departments at work: who may act, what may not be skipped, urging, withdrawing.

use proto::common::v1::{Channel, Claim, Phase, RequestType, Role};
use tonic::Code;

use crate::city::{City, lamp, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_acts_on_its_own_leg_only_and_in_order() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let ticket = city.triaged(&taken.number).await;
    let number = &taken.number;
    let lead = city.clerk(&ticket.lead_unit).await;

    let (code, reason) = refused(lead.contact(number, true).await);
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "NOT_SIGNED"));
    lead.sign(number).await.unwrap();
    assert_eq!(refused(lead.sign(number).await).1, "ALREADY_SIGNED");
    assert_eq!(refused(lead.stage(number).await).1, "NO_STAGE_REPORT");
    assert_eq!(refused(lead.pass(number).await).0, Code::PermissionDenied);

    let stranger = city.clerk("broadcast").await;
    for outcome in [
        stranger.sign(number).await,
        stranger.ticket(number).await,
        stranger.annotate(number, "看看").await,
    ] {
        assert_eq!(refused(outcome), (Code::NotFound, "NOT_FOUND".to_owned()));
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_was_overtaken_is_told_the_version() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let ticket = city.triaged(&taken.number).await;
    let triager = city.desk(Role::Triager).await;
    triager.annotate(&taken.number, "已电话核实").await.unwrap();
    let stale = proto::tickets::v1::AnnotateRequest {
        number: taken.number.clone(),
        request_id: crate::city::fresh(),
        expected_version: Some(ticket.version),
        note: "再核实".to_owned(),
    };
    let failure = hotline::client::Failure::from(triager.core.tickets().annotate(stale).await.unwrap_err());
    assert_eq!(failure.code, Code::Aborted);
    assert!(
        failure
            .facts
            .contains(&("version".to_owned(), (ticket.version + 1).to_string()))
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_urges_once_a_working_day_and_twice_reaches_the_leader() {
    let city = City::open().await;
    let taken = city.lamp().await;
    city.triaged(&taken.number).await;
    let operator = city.desk(Role::Operator).await;
    operator.urge(&taken.number).await.unwrap();
    assert_eq!(refused(operator.urge(&taken.number).await).1, "URGED_TODAY");
    city.it_is("2026-11-17T09:00");
    let ticket = operator.urge(&taken.number).await.unwrap();
    assert_eq!((ticket.urged, ticket.level().as_str_name()), (2, "LEVEL_L1"));
    assert_eq!(ticket.points_tenths, 0, "urging informs, it does not charge");
    let supervisor = city.desk(Role::Supervisor).await;
    let raised = supervisor
        .escalate(&taken.number, proto::common::v1::Level::L2)
        .await
        .unwrap();
    assert_eq!(raised.level().as_str_name(), "LEVEL_L2");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_matter_is_withdrawn_before_the_reply_and_not_after() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    let taken = city.lamp().await;
    city.triaged(&taken.number).await;
    let ticket = operator.withdraw(&taken.number).await.unwrap();
    assert_eq!(ticket.close_kind, "withdrawn");

    let (replied, _) = city.replied_lamp().await;
    assert_eq!(refused(operator.withdraw(&replied.number).await).1, "WRONG_PHASE");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_be_rung_back_so_the_audit_closes() {
    let city = City::open().await;
    let mut anonymous = lamp();
    (anonymous.identity, anonymous.channel) = (None, Channel::Mail.into());
    let taken = city.submit(anonymous).await;
    let ticket = city.triaged(&taken.number).await;
    for leg in ticket.legs.iter().rev() {
        let clerk = city.clerk(&leg.unit).await;
        clerk.sign(&taken.number).await.unwrap();
        assert_eq!(
            refused(clerk.contact(&taken.number, true).await).1,
            "NOBODY_TO_CONTACT"
        );
    }
    for leg in ticket.legs.iter().rev() {
        city.clerk(&leg.unit)
            .await
            .reply(&taken.number, Claim::Explained)
            .await
            .unwrap();
    }
    let ticket = city.desk(Role::Auditor).await.pass(&taken.number).await.unwrap();
    assert_eq!(
        (ticket.phase(), ticket.close_kind.as_str()),
        (Phase::Closed, "explained")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_type_a_resident_chose_stays() {
    let city = City::open().await;
    let mut form = lamp();
    form.r#type = RequestType::Suggestion.into();
    let taken = city.submit(form).await;
    assert_eq!(
        city.triaged(&taken.number).await.r#type(),
        RequestType::Suggestion
    );
    city.close().await;
}
