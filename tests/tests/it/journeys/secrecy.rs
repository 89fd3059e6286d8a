//! Who may know: identity, reports against a unit, erasure.

use hotline::client::Answer as _;
use proto::common::v1::{RequestType, Role};
use proto::insight::v1::GetBoardRequest;
use proto::supervision::v1::{ListDueRequest, ListEscalationsRequest};
use proto::tickets::v1::{ListTicketsRequest, WatchRequest};
use proto::vault::v1::{
    DestroyKeyRequest, ListUnlocksRequest, ReadIdentityRequest, RotateMasterKeyRequest, UnlockRequest,
    destroy_key_request::What,
};
use tonic::Code;

use crate::city::{City, accused, fresh, lamp, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_on_a_unit_does_not_exist_for_it_on_any_path() {
    let city = City::open().await;
    let mut report = lamp();
    report.r#type = RequestType::Report.into();
    report.accused = Some(accused("district-longhu"));
    let taken = city.submit(report).await;
    let number = &taken.number;
    let triager = city.cleared(Role::Triager).await;
    let held = city.triaged(number).await;
    assert_eq!(held.hold, "report");
    assert_eq!(
        refused(triager.dispatch(number, "street-440507003").await).1,
        "RECUSED"
    );
    if triager.ticket(number).await.unwrap().category.is_empty() {
        triager
            .classify_as(number, "urban.municipal.lights", "440507")
            .await
            .unwrap();
    }
    triager.dispatch(number, "discipline").await.unwrap();
    city.it_is("2026-12-14T09:00");
    city.until(number, |ticket| {
        ticket.level() != proto::common::v1::Level::Unspecified
    })
    .await;

    for unit in ["district-longhu", "street-440507003"] {
        let insider = city.person(Role::UnitHead, unit, true).await;
        assert_eq!(
            refused(insider.ticket(number).await),
            (Code::NotFound, "NOT_FOUND".to_owned())
        );
        assert_eq!(
            refused(insider.annotate(number, "谁举报的").await).0,
            Code::NotFound
        );
        let unlock = UnlockRequest {
            number: number.clone(),
            contact: 1,
            purpose: "想知道是谁".to_owned(),
            request_id: fresh(),
        };
        assert_eq!(
            refused(insider.core.vault().unlock(unlock).await.answer()).0,
            Code::NotFound
        );
        assert!(insider.list(ListTicketsRequest::default()).await.is_empty());
        let due = insider
            .rim
            .supervision()
            .list_due(ListDueRequest::default())
            .await
            .answer()
            .unwrap();
        assert!(due.tickets.is_empty());
        let told = insider
            .rim
            .supervision()
            .list_escalations(ListEscalationsRequest::default())
            .await
            .answer()
            .unwrap();
        assert!(told.escalations.is_empty());
        let board = insider
            .rim
            .insight()
            .get_board(GetBoardRequest::default())
            .await
            .answer()
            .unwrap();
        assert!(board.rows.is_empty() && board.total.is_none_or(|total| total.open == 0));
    }
    let operator = city.desk(Role::Operator).await;
    assert_eq!(
        refused(operator.ticket(number).await).0,
        Code::NotFound,
        "not cleared for the sealed desk"
    );
    let handler = city.clerk("discipline").await;
    assert_eq!(handler.ticket(number).await.unwrap().number, *number);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_turns_out_to_be_accused_loses_the_ticket_at_once() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let ticket = city.triaged(&taken.number).await;
    let clerk = city.clerk(&ticket.lead_unit).await;
    clerk.sign(&taken.number).await.unwrap();
    let triager = city.cleared(Role::Triager).await;
    let recalled = triager
        .seal_against(&taken.number, &ticket.lead_unit)
        .await
        .unwrap();
    assert_eq!(recalled.step_holder, "triage_desk");
    assert_eq!(refused(clerk.ticket(&taken.number).await).0, Code::NotFound);
    let mut feed = clerk
        .core
        .without_deadline()
        .tickets()
        .watch(WatchRequest {
            from_now: false,
            ..Default::default()
        })
        .await
        .answer()
        .unwrap();
    let other = city.lamp().await;
    let moved = city.triaged(&other.number).await;
    assert_eq!(moved.lead_unit, ticket.lead_unit);
    let first = futures::StreamExt::next(&mut feed)
        .await
        .unwrap()
        .unwrap()
        .change
        .unwrap()
        .ticket
        .unwrap();
    assert_eq!(first.number, other.number, "the feed skips what may not be known");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identity_is_seen_with_a_purpose_for_a_while_and_on_record() {
    let city = City::open().await;
    let taken = city.lamp().await;
    let ticket = city.triaged(&taken.number).await;
    let clerk = city.clerk(&ticket.lead_unit).await;
    let ask = |purpose: &str| UnlockRequest {
        number: taken.number.clone(),
        contact: 1,
        purpose: purpose.to_owned(),
        request_id: fresh(),
    };
    let (code, _) = refused(clerk.core.vault().unlock(ask("")).await.answer());
    assert_eq!(code, Code::InvalidArgument);
    let unlocked = clerk
        .core
        .vault()
        .unlock(ask("上门核实须与本人约定时间"))
        .await
        .answer()
        .unwrap();
    assert_eq!(unlocked.identity.unwrap().phone, "13900007001");

    let again = ReadIdentityRequest {
        unlock_id: unlocked.unlock_id.clone(),
    };
    clerk
        .core
        .vault()
        .read_identity(again.clone())
        .await
        .answer()
        .unwrap();
    let other = city.person(Role::UnitLeader, &ticket.lead_unit, false).await;
    assert_eq!(
        refused(other.core.vault().read_identity(again.clone()).await.answer()).0,
        Code::NotFound
    );
    city.it_is("2026-11-16T09:16");
    refused(clerk.core.vault().read_identity(again).await.answer());

    let supervisor = city.desk(Role::Supervisor).await;
    let record = supervisor
        .core
        .vault()
        .list_unlocks(ListUnlocksRequest::default())
        .await
        .answer()
        .unwrap();
    assert_eq!(record.unlocks[0].purpose, "上门核实须与本人约定时间");
    assert_eq!(record.unlocks[0].number, taken.number);
    city.cleared(Role::Triager)
        .await
        .seal_against(&taken.number, "discipline")
        .await
        .unwrap();
    let record = supervisor
        .core
        .vault()
        .list_unlocks(ListUnlocksRequest::default())
        .await
        .answer()
        .unwrap();
    assert!(
        record.unlocks.is_empty(),
        "a desk without clearance learns nothing of a sealed ticket"
    );
    let stranger = city.clerk("broadcast").await;
    assert_eq!(
        refused(stranger.core.vault().unlock(ask("随便看看")).await.answer()).0,
        Code::NotFound
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_is_gone_for_good_and_a_new_master_key_opens_the_rest() {
    let city = City::open().await;
    let (erased, kept) = (city.lamp().await, city.lamp().await);
    city.triaged(&erased.number).await;
    let administrator = city.administrator();
    let destroy = |what: What| DestroyKeyRequest {
        number: erased.number.clone(),
        what: Some(what),
        purpose: "当事人依法请求删除".to_owned(),
        request_id: fresh(),
    };
    administrator
        .core
        .vault()
        .destroy_key(destroy(What::Contact(1)))
        .await
        .answer()
        .unwrap();
    administrator
        .core
        .vault()
        .destroy_key(destroy(What::Words(true)))
        .await
        .answer()
        .unwrap();
    let rotated = administrator
        .core
        .vault()
        .rotate_master_key(RotateMasterKeyRequest { request_id: fresh() })
        .await;
    assert!(rotated.answer().unwrap().rewrapped > 0);

    let city = city.reopen().await;
    let supervisor = city.desk(Role::Supervisor).await;
    let gone = supervisor.ticket(&erased.number).await.unwrap();
    assert!(gone.erased && gone.body.is_empty() && !gone.has_contact);
    assert!(
        supervisor
            .ticket(&kept.number)
            .await
            .unwrap()
            .body
            .contains("路灯")
    );
    let unlock = UnlockRequest {
        number: erased.number,
        contact: 1,
        purpose: "核实情况".to_owned(),
        request_id: fresh(),
    };
    refused(supervisor.core.vault().unlock(unlock).await.answer());
    city.close().await;
}
