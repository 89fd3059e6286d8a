//! Rulings, the directory entries they propose, and rulings before.

use storage::port::Ledger as _;

use super::*;
use crate::rulings::Near;

fn arbiter() -> Call {
    by("pei", Role::Arbiter, None)
}

impl House {
    async fn returned(&self, number: TicketNumber, unit: &str) {
        let leader = by("chen", Role::UnitLeader, Some(unit));
        let request = pb::RequestReturnRequest {
            number: number.to_string(),
            request_id: self.id(),
            reason: common::ReturnReason::WrongUnit.into(),
            basis: "三定方案".to_owned(),
            ..pb::RequestReturnRequest::default()
        };
        self.ask(&leader, &request).await.unwrap();
    }

    /// Bounced between two units until the arbiter rules for one, proposing an entry.
    async fn ruled(&self, number: TicketNumber, unit: &str) -> Ticket {
        self.dispatch(number, "water").await;
        self.returned(number, "water").await;
        let request = pb::DecideReturnRequest {
            number: number.to_string(),
            request_id: self.id(),
            approved: true,
            unit: "roads".to_owned(),
            reason: "转派".to_owned(),
            ..pb::DecideReturnRequest::default()
        };
        self.ask(&triager(), &request).await.unwrap();
        self.returned(number, "roads").await;
        let request = pb::AdjudicateRequest {
            number: number.to_string(),
            request_id: self.id(),
            unit: unit.to_owned(),
            reason: "依据城管条例".to_owned(),
            propose_entry: true,
            ..pb::AdjudicateRequest::default()
        };
        self.ask(&arbiter(), &request).await.unwrap().remove(0)
    }

    fn accept(&self, number: TicketNumber) -> pb::DecideEntryRequest {
        pb::DecideEntryRequest {
            number: number.to_string(),
            request_id: self.id(),
            accepted: true,
            ..pb::DecideEntryRequest::default()
        }
    }

    async fn kept_rules(&self) -> String {
        self.ledger.rules(None).await.unwrap().unwrap().0.0
    }
}

fn first_entry(tickets: &Tickets) -> String {
    tickets.rules().bundle().directory[0].id.to_string()
}

#[tokio::test]
async fn an_accepted_ruling_is_in_the_directory_at_once_and_after_a_restart() {
    let house = House::new().await;
    let number = house.register("1").await;
    house.ruled(number, "roads").await;
    let before = house.kept_rules().await;
    assert_eq!(first_entry(&house.tickets), "noise");

    let request = house.accept(number);
    house.ask(&supervisor(), &request).await.unwrap();
    let entry = format!("ruling-{number}");
    let rules = house.tickets.rules();
    let first = &rules.bundle().directory[0];
    assert_eq!(
        (first.id.as_str(), first.basis.as_str(), first.category.as_str()),
        (entry.as_str(), format!("裁定 {number}").as_str(), "urban.noise")
    );
    assert_eq!(first.from, jiff::civil::date(2026, 11, 20));
    let after = house.kept_rules().await;
    assert_ne!(after, before);
    assert_eq!(after, rules.version().0);

    house.ask(&supervisor(), &request).await.unwrap();
    assert_eq!(house.kept_rules().await, after, "the same request again");
    let next = house.register("2").await;
    let dispatch = pb::DispatchRequest {
        number: next.to_string(),
        request_id: house.id(),
        lead_unit: "roads".to_owned(),
        entry,
        ..pb::DispatchRequest::default()
    };
    house.ask(&triager(), &dispatch).await.unwrap();

    let again = house.again().await;
    assert_eq!(
        again.rules().version().0,
        after,
        "the city's files do not take it back"
    );
}

#[tokio::test]
async fn what_was_decided_before_a_crash_is_published_after_it() {
    let house = House::new().await;
    let number = house.register("1").await;
    house.ruled(number, "roads").await;
    house.ask(&supervisor(), &house.accept(number)).await.unwrap();
    // As if the process had ended between the decision and its publication.
    let actor = supervisor().actor;
    let bundle = city::bundle();
    let (version, json) = (bundle.version(), bundle.to_json());
    house
        .ledger
        .publish_rules(version, json, morning(), actor)
        .await
        .unwrap();
    assert_eq!(first_entry(&house.again().await), format!("ruling-{number}"));
}

#[tokio::test]
async fn a_declined_proposal_changes_no_rules() {
    let house = House::new().await;
    let number = house.register("1").await;
    house.ruled(number, "roads").await;
    let before = house.kept_rules().await;
    let request = pb::DecideEntryRequest {
        accepted: false,
        ..house.accept(number)
    };
    let ticket = house.ask(&supervisor(), &request).await.unwrap().remove(0);
    assert_eq!(ticket.ruling.unwrap().accepted, Some(false));
    assert_eq!(house.kept_rules().await, before);
    let late = house.ask(&supervisor(), &house.accept(number)).await.unwrap_err();
    assert_eq!(late.reason(), "NO_PROPOSAL");
    assert_eq!(house.kept_rules().await, before);
}

#[tokio::test]
async fn rulings_before_are_found_by_category_then_area_then_time() {
    let house = House::new().await;
    let mut ruled = Vec::new();
    for (category, area) in [
        ("urban.noise", "s2"),
        ("urban.noise", "s1"),
        ("urban.water", "s1"),
        ("traffic", "s1"),
    ] {
        let number = house
            .registered("1", &operator(), |request| {
                request.category = category.to_owned();
                request.area = area.to_owned();
            })
            .await;
        house.ruled(number, "roads").await;
        ruled.push(number);
    }
    let asked = house.register("2").await;
    let arbiter = arbiter();
    let near = |near| house.tickets.rulings(&arbiter, near, 3);
    let numbers = |found: Vec<crate::rulings::Precedent>| -> Vec<TicketNumber> {
        found.iter().map(|one| one.ticket.number).collect()
    };
    let found = near(Near::Ticket(asked)).await.unwrap();
    assert_eq!(found[0].reason, "依据城管条例");
    assert_eq!(numbers(found), [ruled[1], ruled[0], ruled[2]]);

    let seal = pb::SealRequest {
        number: ruled[1].to_string(),
        request_id: house.id(),
        ..pb::SealRequest::default()
    };
    house.ask(&triager(), &seal).await.unwrap();
    assert_eq!(
        numbers(near(Near::Ticket(asked)).await.unwrap()),
        [ruled[0], ruled[2]]
    );
    assert_eq!(
        near(Near::Ticket(ruled[1])).await.err().unwrap().reason(),
        "NOT_FOUND",
        "nor is it a way to learn of what is sealed"
    );
}

#[tokio::test]
async fn an_entry_accepted_while_rules_wait_for_their_day_goes_into_both() {
    let house = House::new().await;
    let number = house.register("1").await;
    house.ruled(number, "roads").await;
    let mut later = city::bundle();
    later.city_en = "Later".to_owned();
    let office = by("wu", Role::CityOffice, None);
    let day = jiff::civil::date(2026, 12, 1);
    let waiting = house
        .tickets
        .publish(&office, later, Some(day), false)
        .await
        .unwrap();
    assert_eq!(first_entry(&house.tickets), "noise");

    house.ask(&supervisor(), &house.accept(number)).await.unwrap();
    let entry = format!("ruling-{number}");
    assert_eq!(first_entry(&house.tickets), entry);
    let versions = house.tickets.versions().await.unwrap();
    let next = &versions[0].rules.rules;
    assert_ne!(
        next.version(),
        waiting.rules.rules.version(),
        "it follows what is in force now"
    );
    let bundle = next.bundle();
    assert_eq!(
        (bundle.city_en.as_str(), bundle.directory[0].id.as_str()),
        ("Later", entry.as_str())
    );

    // After a restart the same wait and the same hold.
    let again = house.again().await;
    assert_eq!(first_entry(&again), entry);
    let names = |versions: Vec<crate::publish::Listed>| -> Vec<String> {
        versions
            .iter()
            .map(|one| one.rules.rules.version().0.clone())
            .collect()
    };
    assert_eq!(names(again.versions().await.unwrap()), names(versions));
}

/// A bundle whose city is called otherwise, so that it is another version.
fn called(name: &str) -> Bundle {
    let mut bundle = city::bundle();
    name.clone_into(&mut bundle.city_en);
    bundle
}

/// The city's names, the latest first.
async fn versions(tickets: &Tickets) -> Vec<String> {
    let listed = tickets.versions().await.unwrap();
    let names = listed.iter().map(|one| one.rules.rules.bundle().city_en.clone());
    names.collect()
}

#[tokio::test]
async fn what_waits_for_its_day_survives_a_crash_between_two_publications() {
    let house = House::new().await;
    let office = by("wu", Role::CityOffice, None);
    let first = house.kept_rules().await;
    let day = jiff::civil::date(2026, 12, 1);
    let publish = |bundle, from| house.tickets.publish(&office, bundle, from, false);
    publish(called("Later"), Some(day)).await.unwrap();
    let waiting = house.kept_rules().await;
    let now_on = publish(called("Now"), None).await.unwrap();
    let now_on = now_on.rules.rules.version().0.clone();
    assert_eq!(versions(&house.tickets).await, ["Later", "Now", "Testville"]);

    // The ledger as it is when the process is killed between the two writes, opened before that day and after it.
    let later: Timestamp = "2026-12-02T01:00:00Z".parse().unwrap();
    for (opened_at, files) in [(morning(), "Now"), (later, "Later")] {
        let ledger = Arc::new(Memory::new());
        for version in [&first, &waiting, &now_on] {
            let version = domain::id::RulesVersion(version.clone());
            let (version, json) = house.ledger.rules(Some(&version)).await.unwrap().unwrap();
            let actor = office.actor.clone();
            ledger
                .publish_rules(version, json, morning(), actor)
                .await
                .unwrap();
        }
        let clock = SteppedClock::new(opened_at);
        let again = open(ledger, &clock, called(files)).await;
        assert_eq!(again.rules().bundle().city_en, files);
        assert_eq!(versions(&again).await, ["Later", "Now", "Testville"]);
        clock.step_to(later);
        assert_eq!(again.rules().bundle().city_en, "Later");
    }
}

#[tokio::test]
async fn what_was_published_stays_for_as_long_as_the_citys_files_say_what_they_said() {
    let house = House::new().await;
    let called = |name: &str| Bundle {
        city_en: name.to_owned(),
        ..city::bundle()
    };
    let name = |tickets: &Tickets| tickets.rules().bundle().city_en.clone();
    let again = async |files: Bundle| open(house.ledger.clone(), &house.clock, files).await;
    let publish = async |tickets: &Tickets, name: &str| {
        let published = tickets.publish(&supervisor(), called(name), None, false).await;
        published.map(drop).unwrap();
    };

    publish(&house.tickets, "published").await;
    assert_eq!(
        name(&again(city::bundle()).await),
        "published",
        "the files are as they were"
    );
    assert_eq!(
        name(&again(called("of files")).await),
        "of files",
        "the files are others"
    );
    let after = again(city::bundle()).await;
    assert_eq!(name(&after), "Testville", "and others again");

    publish(&after, "published").await;
    let after = again(called("published")).await;
    assert_eq!(name(&after), "published", "the files follow");
    publish(&after, "published once more").await;
    assert_eq!(name(&again(called("published")).await), "published once more");
}
