//! Where nobody acts, it climbs by itself, at the right moments of the working calendar.

use hotline::client::Answer as _;
use proto::common::v1::{Level, Role};
use proto::supervision::v1::{AcknowledgeEscalationRequest, ListDueRequest, ListEscalationsRequest};
use proto::tickets::v1::TicketEvent;

use crate::city::{City, fresh, refused};

fn fired(history: &[TicketEvent], clock: &str) -> Vec<(String, String)> {
    let of_clock = |event: &&TicketEvent| event.kind == "level_fired" && event.facts["clock"] == clock;
    let due = |event: &TicketEvent| {
        let at: jiff::Timestamp = event.facts["due_at"].parse().unwrap();
        let local = jiff::tz::Offset::constant(8)
            .to_datetime(at)
            .strftime("%m-%d %H:%M")
            .to_string();
        (event.facts["level"].clone(), local)
    };
    history.iter().filter(of_clock).map(due).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(level, at)| ((*level).to_owned(), (*at).to_owned()))
        .collect()
}

async fn a_ladder_is_climbed(city: City) {
    let taken = city.lamp().await;
    let number = &taken.number;
    city.triaged(number).await;
    let supervisor = city.desk(Role::Supervisor).await;

    // Monday 16th, 09:00: sign and contact are due Tuesday 17:30, handling Monday 23rd 17:30; that is 41.5 working
    // hours, so the light turns yellow with a fifth of them, 8 h 18 min, left.
    city.it_is("2026-11-17T17:29");
    let ticket = supervisor.ticket(number).await.unwrap();
    assert_ne!(ticket.level(), Level::L1, "never early");
    city.it_is("2026-11-17T17:30");
    city.until(number, |ticket| ticket.level() == Level::L1).await;
    city.it_is("2026-11-24T17:30");
    city.until(number, |ticket| ticket.level() == Level::L2).await;
    city.it_is("2026-11-26T17:30");
    let ticket = city.until(number, |ticket| ticket.level() == Level::L3).await;
    assert_eq!(ticket.points_tenths, 20);

    let history = supervisor.history(number).await;
    let expected = [
        ("l0", "11-20 16:12"),
        ("l1", "11-23 17:30"),
        ("l2", "11-24 17:30"),
        ("l3", "11-26 17:30"),
    ];
    assert_eq!(fired(&history, "c4"), pairs(&expected));
    assert_eq!(
        fired(&history, "c2").last(),
        pairs(&[("l1", "11-17 17:30")]).last()
    );

    seen_and_acknowledged(&city, number).await;
    city.close().await;
}

async fn seen_and_acknowledged(city: &City, number: &str) {
    let supervisor = city.desk(Role::Supervisor).await;
    let asked = async {
        loop {
            let request = ListEscalationsRequest {
                level: Level::L3.into(),
                open_only: true,
                ..Default::default()
            };
            let listed = supervisor
                .rim
                .supervision()
                .list_escalations(request)
                .await
                .answer()
                .unwrap();
            if let Some(one) = listed.escalations.into_iter().find(|one| one.number == number) {
                return one;
            }
            tokio::task::yield_now().await;
        }
    };
    let top = tokio::time::timeout(std::time::Duration::from_secs(20), asked)
        .await
        .unwrap();
    assert!(top.told.contains(&"city_office".to_owned()));
    let seen = AcknowledgeEscalationRequest {
        escalation: top.escalation.clone(),
        request_id: fresh(),
        note: String::new(),
    };
    let answer = supervisor
        .rim
        .supervision()
        .acknowledge_escalation(seen)
        .await
        .answer()
        .unwrap();
    assert!(!answer.escalation.unwrap().acknowledged_by.is_empty());
    let nothing = AcknowledgeEscalationRequest {
        escalation: "nothing".to_owned(),
        request_id: fresh(),
        note: String::new(),
    };
    refused(
        supervisor
            .rim
            .supervision()
            .acknowledge_escalation(nothing)
            .await
            .answer(),
    );

    let due = ListDueRequest {
        overdue_only: true,
        ..Default::default()
    };
    let late = supervisor.rim.supervision().list_due(due).await.answer().unwrap();
    assert_eq!(late.tickets[0].number, number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_matter_nobody_touches_climbs_to_the_city_office() {
    a_ladder_is_climbed(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_climbs_in_a_split_city_too() {
    a_ladder_is_climbed(City::split().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_while_the_system_was_down_is_charged_to_nobody() {
    let city = City::open().await;
    let taken = city.lamp().await;
    city.triaged(&taken.number).await;
    let city = {
        let clock = city.clock.clone();
        let reopening = city.reopen_after(|| clock.step_to("2026-12-01T02:00:00Z".parse().unwrap()));
        reopening.await
    };
    let ticket = city
        .until(&taken.number, |ticket| ticket.level() == Level::L3)
        .await;
    assert_eq!(ticket.points_tenths, 0);
    let history = city.desk(Role::Supervisor).await.history(&taken.number).await;
    let expected = [
        ("l0", "11-20 16:12"),
        ("l1", "11-23 17:30"),
        ("l2", "11-24 17:30"),
        ("l3", "11-26 17:30"),
    ];
    assert_eq!(fired(&history, "c4"), pairs(&expected), "each once, in order");
    let fired: Vec<&TicketEvent> = history
        .iter()
        .filter(|event| event.kind == "level_fired")
        .collect();
    assert!(fired.iter().all(|event| event.facts["system_was_down"] == "true"));
    city.close().await;
}
