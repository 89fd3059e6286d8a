//! Missed and dropped calls: reported, rung back in time or told once, and nobody's number in any of it.

use std::time::Duration;

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{Light, Role};
use proto::intake::v1::{
    CallBackOutcome, CallOutcome, EndCallRequest, EndCallResponse, ListMissedCallsRequest,
    ListMissedCallsResponse, MissedCall, MissedCallCause, MissedCallEnd, MissedCallState,
    RecordCallBackRequest, RecordMissedCallRequest, RecordSmsRequest, RegisterCallRequest,
};
use tonic::Code;

use crate::city::{City, Desk, fresh, local, refused, stamp};
use crate::process::{Home, hotline, until};

const NUMBER: &str = "13900008001";
const WITHIN: Duration = Duration::from_secs(30);

fn report(call: &str, caller: &str, danger: bool) -> RecordMissedCallRequest {
    RecordMissedCallRequest {
        call_id: call.to_owned(),
        caller_number: caller.to_owned(),
        called_number: "12345".to_owned(),
        queue: "general".to_owned(),
        danger_heard: danger,
        miss_time: None,
    }
}

async fn missed(desk: &Desk, request: RecordMissedCallRequest) -> Result<MissedCall, Failure> {
    let answer = desk.rim.intake().record_missed_call(request).await.answer()?;
    Ok(answer.missed_call.unwrap())
}

async fn listed(desk: &Desk, state: MissedCallState) -> ListMissedCallsResponse {
    let request = ListMissedCallsRequest {
        state: state.into(),
        ..ListMissedCallsRequest::default()
    };
    desk.rim
        .intake()
        .list_missed_calls(request)
        .await
        .answer()
        .unwrap()
}

/// The missed call once L1 was reached.
async fn told(desk: &Desk, call: &str) -> MissedCall {
    until("the missed call is told", WITHIN, async || {
        let page = listed(desk, MissedCallState::Ringing).await;
        let is_it = |one: &MissedCall| one.call_id == call && one.late_time.is_some();
        page.missed_calls.into_iter().find(is_it)
    })
    .await
}

async fn rung(
    desk: &Desk,
    call: &str,
    outcome: CallBackOutcome,
    number: &str,
) -> Result<MissedCall, Failure> {
    let request = RecordCallBackRequest {
        call_id: call.to_owned(),
        request_id: fresh(),
        outcome: outcome.into(),
        number: number.to_owned(),
    };
    let answer = desk.rim.intake().record_call_back(request).await.answer()?;
    Ok(answer.missed_call.unwrap())
}

async fn answered(desk: &Desk, call: &str, caller: &str) {
    let request = RegisterCallRequest {
        call_id: call.to_owned(),
        caller_number: caller.to_owned(),
        called_number: "12345".to_owned(),
        ..RegisterCallRequest::default()
    };
    desk.rim.intake().register_call(request).await.answer().unwrap();
}

async fn ended(
    desk: &Desk,
    call: &str,
    outcome: CallOutcome,
    danger: bool,
) -> Result<EndCallResponse, Failure> {
    let request = EndCallRequest {
        call_id: call.to_owned(),
        outcome: outcome.into(),
        number: String::new(),
        danger_heard: danger,
    };
    desk.rim.intake().end_call(request).await.answer()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_call_is_on_the_list_until_somebody_is_reached() {
    let city = City::open().await;
    let (switchboard, operator) = (city.desk(Role::Channel).await, city.desk(Role::Operator).await);
    let supervisor = city.desk(Role::Supervisor).await;

    let first = missed(&switchboard, report("c-1", NUMBER, false)).await.unwrap();
    assert_eq!(
        (first.limit.as_str(), local(&first.due_time).as_str()),
        ("15 min", "2026-11-16 09:15")
    );
    assert_eq!(
        (first.light(), first.state()),
        (Light::None, MissedCallState::Ringing)
    );
    assert!(!first.rules_version.is_empty());
    let repeated = missed(&switchboard, report("c-1", NUMBER, false)).await.unwrap();
    assert_eq!(repeated, first, "reported again it is the same");

    city.it_is("2026-11-16T09:12");
    let again = missed(&switchboard, report("c-2", "+86 139-0000-8001", false))
        .await
        .unwrap();
    assert_eq!(
        (again.call_id.as_str(), again.latest_call_id.as_str()),
        ("c-1", "c-2")
    );
    assert_eq!((again.calls, again.light()), (2, Light::Yellow));
    rung(&operator, "c-2", CallBackOutcome::NotReached, "")
        .await
        .unwrap();

    city.it_is("2026-11-16T09:16");
    let late = told(&supervisor, "c-1").await;
    assert_eq!((late.light(), late.overdue, late.tries), (Light::Red, true, 1));
    assert_eq!(late.told, ["triage_desk", "supervisor_desk"]);
    assert!(!late.system_was_down);
    assert_eq!(
        local(&late.due_time),
        "2026-11-16 09:15",
        "calling again renews nothing"
    );

    let taken = city.taken(crate::city::vague()).await;
    let reached = rung(&operator, "c-1", CallBackOutcome::Ticket, &taken.number)
        .await
        .unwrap();
    assert_eq!(
        (reached.end(), reached.number.as_str()),
        (MissedCallEnd::Returned, taken.number.as_str())
    );
    assert_eq!((reached.light(), reached.in_time), (Light::GreenLate, false));

    let page = listed(&supervisor, MissedCallState::Ringing).await;
    assert!(page.missed_calls.is_empty());
    let figures = page.figures.unwrap();
    assert_eq!((figures.missed, figures.repeated), (1, 1));
    assert_eq!((figures.returned_in_time, figures.returned_late), (0, 1));
    assert_eq!((figures.tried_in_time, figures.late), (1, 1));
    let (code, reason) = refused(rung(&operator, "c-1", CallBackOutcome::NoConcern, "").await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "MISSED_CALL_ENDED")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_drops_is_rung_back_and_sooner_where_danger_was_heard() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    answered(&operator, "c-1", NUMBER).await;
    let dropped = ended(&operator, "c-1", CallOutcome::Dropped, false)
        .await
        .unwrap();
    assert_eq!(local(&dropped.due_time), "2026-11-16 09:15");
    answered(&operator, "c-2", "13900008002").await;
    let danger = ended(&operator, "c-2", CallOutcome::Dropped, true).await.unwrap();
    assert_eq!(local(&danger.due_time), "2026-11-16 09:05");
    // Nobody spoke: to be rung back only where danger was heard.
    answered(&operator, "c-3", "13900008003").await;
    let silent = ended(&operator, "c-3", CallOutcome::Empty, false).await.unwrap();
    assert!(silent.due_time.is_none());
    answered(&operator, "c-4", "13900008004").await;
    let (code, _) = refused(ended(&operator, "c-4", CallOutcome::Answered, true).await);
    assert_eq!(code, Code::InvalidArgument);

    let page = listed(&operator, MissedCallState::Ringing).await;
    let order: Vec<&str> = page
        .missed_calls
        .iter()
        .map(|call| call.call_id.as_str())
        .collect();
    assert_eq!(order, ["c-2", "c-1"], "danger first");
    assert_eq!(page.missed_calls[0].cause(), MissedCallCause::CutOff);

    // He rings again and is answered: nobody needs to ring him.
    city.it_is("2026-11-16T09:03");
    answered(&operator, "c-5", "13900008002").await;
    let done = listed(&operator, MissedCallState::Ended).await;
    assert_eq!(
        (done.missed_calls[0].call_id.as_str(), done.missed_calls[0].end()),
        ("c-2", MissedCallEnd::CalledAgain)
    );
    assert!(done.missed_calls[0].in_time);
    let told_twice = missed(&operator, report("c-1", NUMBER, false)).await.unwrap();
    assert_eq!(
        told_twice.calls, 1,
        "the switchboard tells of the dropped call as well"
    );
    let (code, reason) = refused(missed(&operator, report("c-5", "13900008002", false)).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "CALL_ANSWERED")
    );
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_tries_a_message_is_owed_until_somebody_says_that_it_was_sent() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    missed(&operator, report("c-1", NUMBER, false)).await.unwrap();
    for time in ["09:02", "12:00", "18:00"] {
        city.it_is(&format!("2026-11-16T{time}"));
        rung(&operator, "c-1", CallBackOutcome::NotReached, "")
            .await
            .unwrap();
    }
    let owed = listed(&operator, MissedCallState::SmsOwed).await;
    assert_eq!((owed.ringing_count, owed.sms_owed_count), (0, 1));
    assert_eq!(
        (owed.missed_calls[0].tries, owed.missed_calls[0].state()),
        (3, MissedCallState::SmsOwed)
    );
    let (_, reason) = refused(rung(&operator, "c-1", CallBackOutcome::NotReached, "").await);
    assert_eq!(reason, "SMS_OWED");

    let request = RecordSmsRequest {
        call_id: "c-1".to_owned(),
        request_id: fresh(),
    };
    for _ in 0..2 {
        let sent = operator.rim.intake().record_sms(request.clone()).await.answer();
        let sent = sent.unwrap().missed_call.unwrap();
        assert_eq!(
            (sent.state(), sent.end()),
            (MissedCallState::Ended, MissedCallEnd::SmsSent)
        );
    }
    let (code, _) = refused(rung(&operator, "nobody", CallBackOutcome::NoConcern, "").await);
    assert_eq!(code, Code::NotFound);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limits_are_the_profiles_and_a_withheld_number_is_only_counted() {
    let city = City::open_with(
        "2026-11-16T09:00",
        &[("general.toml", "otherwise = \"15 min\"", "otherwise = \"10 min\"")],
    )
    .await;
    let operator = city.desk(Role::Operator).await;
    let call = missed(&operator, report("c-1", NUMBER, false)).await.unwrap();
    assert_eq!(
        (call.limit.as_str(), local(&call.due_time).as_str()),
        ("10 min", "2026-11-16 09:10")
    );
    let withheld = missed(&operator, report("c-2", "", true)).await.unwrap();
    assert_eq!(
        (withheld.end(), withheld.due_time.is_none()),
        (MissedCallEnd::Withheld, true)
    );
    let page = listed(&operator, MissedCallState::Ringing).await;
    let figures = page.figures.unwrap();
    assert_eq!((figures.missed, figures.withheld, page.ringing_count), (1, 1, 1));

    let spoilt = RecordMissedCallRequest {
        miss_time: stamp("2026-11-01T09:00"),
        ..report("c-3", NUMBER, false)
    };
    let (code, _) = refused(missed(&operator, spoilt).await);
    assert_eq!(code, Code::InvalidArgument);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fell_due_while_the_system_was_down_is_told_once_and_marked() {
    let city = City::open().await;
    let operator = city.desk(Role::Operator).await;
    missed(&operator, report("c-1", NUMBER, false)).await.unwrap();
    let clock = city.clock.clone();
    let city = city
        .reopen_after(|| clock.step(jiff::SignedDuration::from_mins(30)))
        .await;
    let operator = city.desk(Role::Operator).await;
    let late = told(&operator, "c-1").await;
    assert!(late.system_was_down && late.overdue);
    let figures = listed(&operator, MissedCallState::Ringing).await.figures.unwrap();
    assert_eq!((figures.late, figures.system_was_down), (1, 1));

    let city = city.reopen().await;
    let operator = city.desk(Role::Operator).await;
    assert_eq!(told(&operator, "c-1").await, late, "once, over any restart");
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_survives_kill_9_and_is_nowhere_in_the_clear() {
    let home = Home::new();
    let server = home.serve().await;
    let connection = server.connection();
    let run = async |words: &[&str]| {
        let words = words.iter().map(ToString::to_string);
        hotline(words.chain(connection.clone())).await.well()
    };
    run(&[
        "call",
        "missed-add",
        "id-of-the-first",
        "--caller",
        NUMBER,
        "--danger",
    ])
    .await;
    run(&[
        "call",
        "missed-add",
        "id-of-the-second",
        "--caller",
        "13900008002",
    ])
    .await;
    run(&["call", "back", "id-of-the-second", "--outcome", "not-reached"]).await;
    let before = run(&["call", "missed", "--json"]).await;
    server.kill9().await;

    let server = home.serve().await;
    let connection = server.connection();
    let run = async |words: &[&str]| {
        let words = words.iter().map(ToString::to_string);
        hotline(words.chain(connection.clone())).await.well()
    };
    let after = run(&["call", "missed", "--json"]).await;
    let stood = |said: &crate::process::Ran| {
        said.objects()
            .iter()
            .map(|one| {
                (
                    one["call_id"].clone(),
                    one["due_time"].clone(),
                    one["tries"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(stood(&after), stood(&before));
    assert_eq!(after.objects()[0]["call_id"], "id-of-the-first", "danger first");

    // Reported late by a switchboard that was cut off: told at once, once more over the next kill not at all.
    let first: jiff::Timestamp = after.objects()[0]["miss_time"].as_str().unwrap().parse().unwrap();
    let at = (first - jiff::SignedDuration::from_mins(20)).to_string();
    run(&[
        "call",
        "missed-add",
        "id-of-the-third",
        "--caller",
        "13900008003",
        "--at",
        &at,
    ])
    .await;
    let told = async || {
        let said = run(&["call", "missed", "--overdue", "--json"]).await;
        said.objects()
            .into_iter()
            .find(|one| one["call_id"] == "id-of-the-third" && !one["late_time"].is_null())
    };
    let late = until("the third is told", WITHIN, told).await;
    assert_eq!(late["told"][0], "triage_desk");
    let figures = run(&["call", "missed", "--figures", "--json"]).await;
    assert_eq!(
        (
            figures.objects()[0]["missed"].as_u64(),
            figures.objects()[0]["late"].as_u64()
        ),
        (Some(3), Some(1))
    );

    let log = server.log();
    assert!(log.contains("not returned in time"), "{log}");
    server.kill9().await;
    for secret in [NUMBER, "13900008002", "13900008003", "id-of-the-third"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let journal = std::fs::read_dir(home.data().join("intake/journal")).unwrap();
    for file in journal {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(text.contains("id-of-the-first") && !text.contains(NUMBER));
    }
    let server = home.serve().await;
    let connection = server.connection();
    let again = hotline(
        ["call", "missed", "--overdue", "--json"]
            .map(str::to_owned)
            .into_iter()
            .chain(connection),
    )
    .await
    .well();
    assert_eq!(again.objects()[0]["late_time"], late["late_time"]);
    server.terminate().await;
}
