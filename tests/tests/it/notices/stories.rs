//! Stories with a clock that is stepped: the quiet hours, a sealed report, a receiver that will not have it.

use hotline::client::Answer as _;
use hotline::config::Raw;
use proto::common::v1::{Grade, Level, RequestType, Role};
use proto::supervision::v1::{ListNoticesRequest, ListNoticesResponse, Notice, RetryNoticeRequest};
use proto::tickets::v1::UrgeRequest;

use super::mailserver::MailServer;
use super::receiver::{Answer, Receiver};
use super::{DISTRICT, STREET, WITHIN, addressees};
use crate::city::{City, Desk, fresh, refused, told};
use crate::process::{Home, until};

/// A city whose notices go to a receiver, at a local time.
async fn city(local: &str, receiver: &Receiver) -> City {
    let url = receiver.url();
    City::open_as(local, |raw| raw.notices.webhook = Some(url)).await
}

async fn sent(city: &City, grade: Grade) -> String {
    let mut told = told(
        RequestType::Complaint,
        "有一件事想请你们管一管",
        "说来话长，见面再讲。",
    );
    told.grade = grade.into();
    let taken = city
        .sent(told, "urban.appearance.stalls", "440507003", &[STREET])
        .await;
    taken.number
}

async fn listed(desk: &Desk, request: ListNoticesRequest) -> ListNoticesResponse {
    desk.rim
        .supervision()
        .list_notices(request)
        .await
        .answer()
        .unwrap()
}

fn of(number: &str) -> ListNoticesRequest {
    ListNoticesRequest {
        number: number.to_owned(),
        with_done: true,
        ..ListNoticesRequest::default()
    }
}

/// The notices of a ticket once they stand as wanted.
async fn stand(desk: &Desk, number: &str, wanted: &[&str]) -> ListNoticesResponse {
    let look = async || {
        let listed = listed(desk, of(number)).await;
        let stand: Vec<String> = listed
            .notices
            .iter()
            .map(|notice| format!("{} {}", notice.addressee, notice.state))
            .collect();
        (stand == wanted).then_some(listed)
    };
    until(&format!("notices stand {wanted:?}"), WITHIN, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_night_only_what_is_urgent_is_told_and_the_rest_in_the_morning() {
    let receiver = Receiver::open().await;
    let city = city("2026-11-16T20:50", &receiver).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let (ordinary, urgent) = (sent(&city, Grade::C).await, sent(&city, Grade::B).await);

    city.it_is("2026-11-16T21:00");
    for number in [&ordinary, &urgent] {
        supervisor.escalate(number, Level::L2).await.unwrap();
    }
    let told = async || addressees(&receiver, &urgent).contains("unit_head").then_some(());
    until("the urgent one is told", WITHIN, told).await;
    let waits = async || {
        let listed = listed(&supervisor, of(&ordinary)).await;
        let next = listed.notices.first()?.next_time;
        (crate::city::local(&next) == "2026-11-17 08:30").then_some(listed)
    };
    let listed = until("the ordinary one waits for the morning", WITHIN, waits).await;
    assert_eq!(listed.notices[0].state, "waiting");
    assert_eq!(listed.notices[0].tries, 0, "waiting is no failure");
    assert!(!listed.notices[0].stuck);

    city.it_is("2026-11-17T08:29");
    assert_eq!(addressees(&receiver, &ordinary).len(), 0);
    city.it_is("2026-11-17T08:30");
    let told = async || {
        addressees(&receiver, &ordinary)
            .contains("unit_head")
            .then_some(())
    };
    until("the ordinary one is told", WITHIN, told).await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_a_matter_hears_in_the_day_that_somebody_urged_and_no_word_of_it() {
    let receiver = Receiver::open().await;
    let city = city("2026-11-16T20:50", &receiver).await;
    let (operator, supervisor) = (city.desk(Role::Operator).await, city.desk(Role::Supervisor).await);
    let held = city
        .held(told(RequestType::Complaint, "有一件事", "说来话长，见面再讲。"))
        .await
        .number;
    let led = sent(&city, Grade::C).await;

    city.it_is("2026-11-16T21:00");
    for number in [&held, &led] {
        let request = UrgeRequest {
            number: number.clone(),
            request_id: fresh(),
            note: "欧阳测试又来电".to_owned(),
            ..UrgeRequest::default()
        };
        operator.core.tickets().urge(request).await.answer().unwrap();
    }
    stand(&supervisor, &held, &["triage_desk waiting"]).await;
    stand(&supervisor, &led, &["clerk waiting"]).await;
    city.it_is("2026-11-17T08:30");
    stand(&supervisor, &held, &["triage_desk delivered"]).await;
    stand(&supervisor, &led, &["clerk delivered"]).await;

    supervisor.urge(&held).await.unwrap();
    stand(
        &supervisor,
        &held,
        &["triage_desk delivered", "triage_desk delivered"],
    )
    .await;
    let taken = receiver.taken();
    let told = taken.iter().find(|one| one.key.starts_with(&led)).unwrap().body();
    assert_eq!(
        (&told["event"], &told["urged_by"]),
        (&"urged".into(), &"citizen".into())
    );
    assert_eq!(
        (&told["to"]["unit"], &told["level"]),
        (&STREET.into(), &serde_json::Value::Null)
    );
    let zh = told["text"]["zh"].as_str().unwrap();
    assert!(zh.contains("催办方：诉求人") && told["text"]["en"].as_str().unwrap().contains("the resident"));
    assert!(taken.iter().all(|one| !one.raw.contains("欧阳")));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_sealed_report_the_accused_hear_nothing_and_others_its_number_and_level() {
    let receiver = Receiver::open().await;
    let city = city("2026-11-16T18:00", &receiver).await;
    let cleared = city.cleared(Role::Supervisor).await;
    let number = sent(&city, Grade::C).await;
    city.it_is("2026-11-16T21:00");
    cleared.escalate(&number, Level::L1).await.unwrap();
    stand(
        &cleared,
        &number,
        &["clerk waiting", "district waiting", "unit_leader waiting"],
    )
    .await;

    // It becomes a report against the street that has it, while its people's notices wait out the night.
    let triager = city.cleared(Role::Triager).await;
    triager.seal_against(&number, STREET).await.unwrap();
    triager
        .send(&number, "urban.appearance.stalls", "440507003", &[DISTRICT])
        .await
        .unwrap();
    cleared.escalate(&number, Level::L3).await.unwrap();
    city.it_is("2026-11-17T08:30");
    let wanted = [
        "clerk withheld",
        "district delivered",
        "unit_leader withheld",
        "city_office delivered",
        "district_leader delivered",
    ];
    let listed = stand(&cleared, &number, &wanted).await;
    assert!(listed.summary.unwrap().configured);

    for one in receiver.taken().iter().filter(|one| one.key.starts_with(&number)) {
        let body = one.body();
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["key", "level", "number", "text", "to"], "{body}");
        assert_ne!(body["to"]["unit"], STREET);
        assert!(!one.raw.contains(STREET) && !one.raw.contains("路灯"), "{body}");
    }
    // Who is not cleared sees nothing of it, not even in the count.
    let other = city.desk(Role::CityOffice).await;
    let hidden = self::listed(&other, of(&number)).await;
    assert!(hidden.notices.is_empty());
    let retry = RetryNoticeRequest {
        notice: listed.notices[0].notice.clone(),
        request_id: fresh(),
    };
    let (code, _) = refused(other.rim.supervision().retry_notice(retry).await.answer());
    assert_eq!(code, tonic::Code::NotFound);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_stuck_until_somebody_has_it_tried_again() {
    let receiver = Receiver::open().await;
    let city = city("2026-11-16T09:00", &receiver).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let number = sent(&city, Grade::C).await;
    receiver.answers(&[Answer::Status(410)]);
    supervisor.escalate(&number, Level::L2).await.unwrap();
    let stuck = ListNoticesRequest {
        stuck_only: true,
        ..ListNoticesRequest::default()
    };
    let is_stuck = async || {
        let listed = listed(&supervisor, stuck.clone()).await;
        (listed.notices.len() == 1).then_some(listed)
    };
    let listed_stuck = until("it is stuck", WITHIN, is_stuck).await;
    let notice = &listed_stuck.notices[0];
    assert_eq!(
        (notice.last_failure.as_str(), notice.state.as_str()),
        ("http_410", "stuck")
    );
    let summary = listed_stuck.summary.unwrap();
    assert_eq!((summary.pending_count, summary.stuck_count), (1, 1));

    let retry = RetryNoticeRequest {
        notice: notice.notice.clone(),
        request_id: fresh(),
    };
    let client = supervisor.rim.supervision();
    client.clone().retry_notice(retry.clone()).await.answer().unwrap();
    stand(&supervisor, &number, &["unit_head delivered"]).await;
    let again = client.clone().retry_notice(retry.clone()).await.answer().unwrap();
    assert_eq!(
        again.notice.unwrap().state,
        "delivered",
        "the same request is the same"
    );
    for wrong in ["", "nothing", "20261116-0000019.1.clerk.mail"] {
        let request = RetryNoticeRequest {
            notice: wrong.to_owned(),
            ..retry.clone()
        };
        refused(client.clone().retry_notice(request).await.answer());
    }
    assert_eq!(receiver.kept().len(), 1);

    // A receiver that knows the key says so, and that is as good.
    receiver.answers(&[Answer::Status(409)]);
    supervisor.escalate(&number, Level::L3).await.unwrap();
    let all = [
        "unit_head delivered",
        "city_office delivered",
        "district_leader delivered",
    ];
    stand(&supervisor, &number, &all).await;
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_away_is_tried_at_growing_intervals_and_hears_all_once_it_is_back() {
    let mut receiver = Receiver::open().await;
    let city = city("2026-11-16T09:00", &receiver).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let number = sent(&city, Grade::C).await;
    receiver.goes_down().await;
    supervisor.escalate(&number, Level::L1).await.unwrap();
    let failed = async |tries: u32| {
        let look = async || {
            let listed = listed(&supervisor, of(&number)).await;
            let all = listed
                .notices
                .iter()
                .all(|notice| notice.tries >= tries && notice.state == "waiting");
            (listed.notices.len() == 3 && all).then_some(listed)
        };
        until(&format!("{tries} tries have failed"), WITHIN, look).await
    };
    let first = failed(1).await;
    assert!(
        first
            .notices
            .iter()
            .all(|notice| notice.last_failure == "unreachable" && !notice.stuck)
    );
    city.clock.step(jiff::SignedDuration::from_secs(5));
    failed(2).await;
    city.clock.step(jiff::SignedDuration::from_mins(11));
    let long = failed(3).await;
    assert!(
        long.notices.iter().all(|notice| notice.stuck),
        "somebody must look"
    );

    receiver.comes_back().await;
    city.clock.step(jiff::SignedDuration::from_mins(1));
    let all = ["clerk delivered", "district delivered", "unit_leader delivered"];
    stand(&supervisor, &number, &all).await;
    assert_eq!(receiver.kept().len(), 3);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_configuration_there_is_no_outbox_and_what_fired_before_is_nobodys_news() {
    let city = City::open().await;
    let supervisor = city.desk(Role::Supervisor).await;
    let before = sent(&city, Grade::C).await;
    supervisor.escalate(&before, Level::L1).await.unwrap();
    let none = listed(&supervisor, of(&before)).await;
    assert!(none.notices.is_empty() && !none.summary.unwrap().configured);
    assert!(!city.data.path().join("supervision/notices").exists());

    let receiver = Receiver::open().await;
    let url = receiver.url();
    city.clock.step(jiff::SignedDuration::from_mins(1));
    let city = city.reopen_as(|raw| raw.notices.webhook = Some(url)).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let after = sent(&city, Grade::C).await;
    supervisor.escalate(&after, Level::L1).await.unwrap();
    stand(
        &supervisor,
        &after,
        &["clerk delivered", "district delivered", "unit_leader delivered"],
    )
    .await;
    assert!(addressees(&receiver, &before).is_empty());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_over_tls_with_a_password_and_not_without() {
    let home = Home::new();
    let Some(mail) = MailServer::open_guarded(&home, ("hotline", "pass word")).await else {
        return;
    };
    let file = |name: &str, text: &str| {
        std::fs::write(home.path(name), text).unwrap();
        Some(home.path(name).display().to_string())
    };
    let addresses = file("addresses.toml", "[general]\nunit_head = [\"head@city.test\"]");
    let right = file("right", "hotline\npass word\n");
    let wrong = file("wrong", "hotline\nguess\n");
    let configure = |raw: &mut Raw, login: Option<String>| {
        raw.notices.smtp = Some(mail.address());
        raw.notices.smtp_from = Some("hotline@city.test".to_owned());
        raw.notices.ca = Some(home.path("cert.pem").display().to_string());
        raw.notices.addresses_file = addresses.clone();
        raw.notices.smtp_credentials_file = login;
    };
    let city = City::open_as("2026-11-16T09:00", |raw| configure(raw, wrong)).await;
    let supervisor = city.desk(Role::Supervisor).await;
    let number = sent(&city, Grade::C).await;
    supervisor.escalate(&number, Level::L2).await.unwrap();
    let is_refused = async || {
        let listed = listed(&supervisor, of(&number)).await;
        let failed = |notice: &&Notice| notice.last_failure == "smtp_535";
        listed
            .notices
            .iter()
            .find(failed)
            .map(|notice| notice.state.clone())
    };
    let state = until("the password is refused", WITHIN, is_refused).await;
    assert_eq!(state, "waiting", "it is nobody's mailbox that is wrong");

    let city = city.reopen_as(|raw| configure(raw, right)).await;
    let arrived = async || mail.delivered().pop();
    let mail = until("the mail arrives", WITHIN, arrived).await;
    assert_eq!(mail.to, "head@city.test");
    assert!(
        mail.id.starts_with(&format!("<{number}."))
            && mail.id.ends_with("@city.test>")
            && mail.id.contains(".unit_head.mail.")
    );
    assert!(mail.raw.contains("with esmtpsa"), "{}", mail.raw);
    city.close().await;
}
