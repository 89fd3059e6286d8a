//! Audit, callback, rework, reopening.

use proto::common::v1::{AuditFault, Claim, ClockKind, Phase, Rating, Role};
use proto::tickets::v1::Ticket;

use crate::city::{City, Taken, local, refused};

fn due(ticket: &Ticket, kind: ClockKind) -> String {
    let lead = ticket.legs[0].leg;
    let clock = ticket
        .clocks
        .iter()
        .find(|clock| clock.kind() == kind && (clock.leg == lead || clock.leg == 0))
        .unwrap();
    local(&clock.due_time)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_audit_gives_no_new_time() {
    let city = City::open().await;
    let (taken, replied) = city.replied_lamp().await;
    assert_eq!(replied.phase(), Phase::ReplyReview);
    let before = due(&replied, ClockKind::Handle);

    city.it_is("2026-11-18T10:00");
    let auditor = city.desk(Role::Auditor).await;
    let failed = auditor.fail(&taken.number, AuditFault::Substance).await.unwrap();
    assert_eq!(failed.phase(), Phase::Handling);
    assert_eq!(due(&failed, ClockKind::Handle), before);

    let own = city.person(Role::Auditor, &replied.lead_unit, false).await;
    city.clerk(&replied.lead_unit)
        .await
        .reply(&taken.number, Claim::Solved)
        .await
        .unwrap();
    assert_eq!(refused(own.pass(&taken.number).await).1, "SELF_REVIEW");
    auditor.pass(&taken.number).await.unwrap();
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claimed_solved_said_unsolved_goes_round_twice_and_no_further() {
    let city = City::open().await;
    let (taken, replied) = city.replied_lamp().await;
    let number = &taken.number;
    let (auditor, agent) = (
        city.desk(Role::Auditor).await,
        city.desk(Role::CallbackAgent).await,
    );
    let supervisor = city.desk(Role::Supervisor).await;
    let clerk = city.clerk(&replied.lead_unit).await;

    auditor.pass(number).await.unwrap();
    let unsolved = agent.answered(number, false, Rating::Dissatisfied).await.unwrap();
    assert_eq!(
        (unsolved.phase(), unsolved.step_holder.as_str()),
        (Phase::CallbackDue, "callback_desk")
    );
    let again = agent.rework(number).await.unwrap();
    assert_eq!((again.phase(), again.round), (Phase::Handling, 1));
    assert_eq!(
        due(&again, ClockKind::Handle),
        "2026-11-19 17:30",
        "rework has three working days"
    );

    for round in [1, 2] {
        clerk.reply(number, Claim::Solved).await.unwrap();
        auditor.pass(number).await.unwrap();
        agent
            .answered(number, false, Rating::VeryDissatisfied)
            .await
            .unwrap();
        if round == 1 {
            assert_eq!(refused(agent.rework(number).await).1, "SUPERVISOR_NEEDED");
            supervisor.rework(number).await.unwrap();
        }
    }
    assert_eq!(refused(supervisor.rework(number).await).1, "REWORK_EXHAUSTED");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_rings_then_a_link_and_then_it_is_over() {
    let city = City::open().await;
    let (taken, _) = city.replied_lamp().await;
    let number = &taken.number;
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    let agent = city.desk(Role::CallbackAgent).await;
    for _ in 0..3 {
        agent.missed(number).await.unwrap();
    }
    let ticket = agent.ticket(number).await.unwrap();
    assert_eq!(ticket.step_holder, "citizen");

    city.it_is("2026-11-24T09:00");
    let ticket = city.until(number, |ticket| ticket.phase() == Phase::Closed).await;
    assert_eq!(ticket.close_kind, "unreachable");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_matter_is_reopened_within_ten_days() {
    let city = City::open().await;
    let (taken, _) = city.replied_lamp().await;
    let number = &taken.number;
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    city.desk(Role::CallbackAgent)
        .await
        .answered(number, true, Rating::Satisfied)
        .await
        .unwrap();

    let operator = city.desk(Role::Operator).await;
    city.it_is("2026-11-20T09:00");
    let reopened = operator.reopen(number).await.unwrap();
    assert_eq!((reopened.phase(), reopened.reopened), (Phase::Accepted, 1));
    operator.withdraw(number).await.unwrap();
    city.it_is("2026-12-05T09:00");
    assert_eq!(refused(operator.reopen(number).await).1, "REOPEN_TOO_LATE");
    city.desk(Role::Supervisor).await.reopen(number).await.unwrap();
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_rates_the_answer_it_was_made_for_and_no_later_one() {
    let city = City::open().await;
    let (submitted, _) = city.replied_lamp().await;
    let taken = &Taken {
        number: submitted.number,
        code: submitted.query_code,
    };
    let number = &taken.number;
    let (agent, resident) = (city.desk(Role::CallbackAgent).await, city.nobody());
    city.desk(Role::Auditor).await.pass(number).await.unwrap();
    let before = resident.track(taken).await.unwrap().rating_link;
    resident.rate(taken, false, Rating::Dissatisfied).await.unwrap();
    agent.rework(number).await.unwrap();

    // Rounds begin anew with another unit: answers do not.
    let supervisor = city.desk(Role::Supervisor).await;
    let moved = supervisor.redispatch(number, "market").await.unwrap();
    assert_eq!(moved.round, 0);
    city.begun(number, &["market"]).await;
    city.answered("market", number, Claim::Solved).await;
    assert_ne!(resident.track(taken).await.unwrap().rating_link, before);
    let rated = resident.rate(taken, true, Rating::VerySatisfied).await.unwrap();
    assert_eq!(rated.phase(), Phase::Closed);
    city.close().await;
}
