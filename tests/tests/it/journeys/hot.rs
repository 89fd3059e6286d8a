//! 热点: what many people say about one place and one problem is shown to the desks, and leaves when it is sealed.

use std::time::Duration;

use hotline::client::{Answer as _, Failure};
use proto::common::v1::{RequestType, Role};
use proto::insight::v1::{HotTopic, ListHotTopicsRequest};
use tonic::Code;

use crate::city::{City, Desk, identity, refused, told};

/// A topic is known soon after its tickets.
const WITHIN: Duration = Duration::from_secs(30);

const QUARRY: [(&str, &str); 7] = [
    (
        "青柠半岛旁采石场爆破震裂墙体",
        "采石场天天爆破,整栋楼都在晃,墙体震裂,石粉落满阳台。",
    ),
    (
        "青柠半岛小区被采石场石粉包围",
        "采石场的石粉从早飘到晚,窗户不敢开,爆破声把婴儿吓哭。",
    ),
    (
        "投诉青柠半岛附近采石场爆破扰民",
        "中午也爆破,玻璃嗡嗡响,墙体裂了三条缝,石粉也多。",
    ),
    (
        "青柠半岛业主求助采石场石粉",
        "采石场没有喷淋,运石料的车一路撒石粉,爆破时楼在抖。",
    ),
    (
        "青柠半岛采石场爆破造成墙体开裂",
        "爆破以后客厅墙体裂了,采石场说与他们无关,石粉照样飞。",
    ),
    (
        "青柠半岛一带石粉弥漫",
        "采石场日夜开工,石粉落在菜地里,爆破震得人心慌。",
    ),
    (
        "请查青柠半岛旁采石场",
        "这个采石场有没有手续,爆破离住宅只有两百米,石粉漫天。",
    ),
];

async fn quarry(city: &City, nth: usize) -> String {
    let (subject, body) = QUARRY[nth];
    let mut told = told(RequestType::Complaint, subject, body);
    told.identity = Some(identity(&format!("住户{nth}"), &format!("1390002{nth:04}")));
    city.taken(told).await.number
}

async fn topics(desk: &Desk) -> Result<Vec<HotTopic>, Failure> {
    let request = ListHotTopicsRequest::default();
    let answer = desk.rim.insight().list_hot_topics(request).await.answer()?;
    Ok(answer.topics)
}

/// The only topic, once it has so many tickets; 0: once there is none.
async fn topic(desk: &Desk, messages: usize) -> Option<HotTopic> {
    let looking = async {
        loop {
            let topics = topics(desk).await.unwrap();
            let now = topics.first().map_or(0, |one| one.numbers.len());
            if topics.len() <= 1 && now == messages {
                return topics.into_iter().next();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WITHIN, looking).await.expect("not in time")
}

async fn is_found_and_forgotten(city: City) {
    let mut numbers = Vec::new();
    for nth in 0..QUARRY.len() {
        numbers.push(quarry(&city, nth).await);
    }
    let supervisor = city.desk(Role::Supervisor).await;
    let found = topic(&supervisor, 7).await.unwrap();
    assert_eq!((found.people, &found.numbers), (7, &numbers));
    assert_eq!(found.place, "青柠半岛");
    assert!(
        found.words.iter().any(|word| word.contains("采石")),
        "{:?}",
        found.words
    );
    assert!(!found.merge_advised, "seven are no incident");

    // What is sealed is not told any more, not even as a number.
    let triager = city.cleared(Role::Triager).await;
    triager.seal_against(&numbers[3], "drainage").await.unwrap();
    let found = topic(&supervisor, 6).await.unwrap();
    assert!(!found.numbers.contains(&numbers[3]));

    // After a start it is made anew from the feed, without what is sealed.
    let city = city.reopen().await;
    let office = city.desk(Role::CityOffice).await;
    let again = topic(&office, 6).await.unwrap();
    assert_eq!((again.place, again.numbers), (found.place, found.numbers));
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_say_is_found_and_what_is_sealed_is_forgotten() {
    is_found_and_forgotten(City::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot_topics_are_for_the_desks() {
    let city = City::open().await;
    for desk in [city.clerk("drainage").await, city.desk(Role::Auditor).await] {
        assert_eq!(refused(topics(&desk).await).0, Code::PermissionDenied);
    }
    for role in [Role::Operator, Role::Triager, Role::Supervisor, Role::CityOffice] {
        assert_eq!(topics(&city.desk(role).await).await.unwrap(), []);
    }
    let asked = ListHotTopicsRequest {
        area: "nowhere".to_owned(),
        ..ListHotTopicsRequest::default()
    };
    let supervisor = city.desk(Role::Supervisor).await;
    let answer = supervisor.rim.insight().list_hot_topics(asked).await.answer();
    assert_eq!(refused(answer).0, Code::InvalidArgument);
    city.close().await;
}
