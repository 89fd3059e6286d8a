use super::*;

const DAY: Seconds = 86_400;
const START: Seconds = 1_767_225_600;

/// A message told by the day, the person and what is said.
struct Said {
    id: String,
    day: Seconds,
    person: String,
    subject: String,
    body: String,
}

fn said(day: Seconds, person: &str, subject: &str, body: &str) -> Said {
    Said {
        id: String::new(),
        day,
        person: person.to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
    }
}

const PLACES: [&str; 12] = [
    "云溪花苑",
    "桂香园",
    "朝晖公寓",
    "翠屏山庄",
    "锦绣华府",
    "东篱雅舍",
    "松涛苑",
    "北岸新村",
    "金穗家园",
    "望江名邸",
    "和顺里",
    "百合花园",
];

const PROBLEMS: [(&str, &str); 8] = [
    (
        "电梯故障无人维修",
        "三号楼电梯坏了两个星期,老人上下楼很吃力,维修资金一直批不下来",
    ),
    ("垃圾不及时清运", "垃圾桶满了没人收,苍蝇乱飞,夏天臭味很大"),
    ("停车位不够", "下班回来找不到停车位,只好停到马路边,又被贴了罚单"),
    ("自来水发黄", "早上放出来的自来水发黄,还有一股铁锈味,不敢喝"),
    ("路灯不亮", "晚上回家一片漆黑,已经有人摔倒,盼望早些修好"),
    ("暖气不热", "室内温度只有十四度,测温员来过一次,再没有下文"),
    ("广场舞音响太大", "每晚八点到十点半音响震天,孩子写不了作业"),
    ("楼顶漏水", "一下雨楼顶就漏,天花板发霉脱落,报修三次没人来"),
];

/// What a city says on ordinary days: every place and every problem now and then, three messages a day.
fn ordinary(days: std::ops::Range<Seconds>) -> Vec<Said> {
    let each = |day: Seconds| {
        (0..3).map(move |nth| {
            let count = usize::try_from(day * 3 + nth).unwrap();
            let (problem, body) = PROBLEMS[(count * 5 + count / 12) % PROBLEMS.len()];
            let place = PLACES[count % PLACES.len()];
            said(
                day,
                &format!("o{count}"),
                &format!("D{}区{place}{problem}", count % 12),
                body,
            )
        })
    };
    days.flat_map(each).collect()
}

/// Ways to tell of a quarry that shakes one estate.
const QUARRY: [(&str, &str); 8] = [
    (
        "D3区青柠半岛旁采石场爆破震裂墙体",
        "采石场天天爆破,整栋楼都在晃,墙体震裂,石粉落满阳台",
    ),
    (
        "青柠半岛小区被采石场石粉包围",
        "采石场的石粉从早飘到晚,窗户不敢开,爆破声把婴儿吓哭",
    ),
    (
        "投诉青柠·半岛附近采石场爆破扰民",
        "中午也爆破,玻璃嗡嗡响,墙体裂了三条缝",
    ),
    (
        "采石场爆破何时停",
        "我住青柠半岛二期,采石场爆破没有时间,家里墙体开裂,石粉呛人",
    ),
    (
        "D3区青柠半岛业主求助采石场石粉",
        "采石场没有喷淋,运石料的车一路撒石粉,爆破时楼在抖",
    ),
    (
        "青柠半岛采石场爆破造成墙体开裂",
        "爆破以后客厅墙体裂了,采石场说与他们无关",
    ),
    (
        "青柠半岛一带石粉弥漫",
        "采石场日夜开工,石粉落在菜地里,爆破震得人心慌",
    ),
    (
        "请查青柠半岛旁采石场",
        "这个采石场有没有手续,爆破离住宅只有两百米,石粉漫天",
    ),
];

fn quarry(nth: usize, day: Seconds) -> Said {
    let (subject, body) = QUARRY[nth % QUARRY.len()];
    said(day, &format!("q{nth}"), subject, body)
}

fn detected(mut messages: Vec<Said>) -> Detector {
    messages.sort_by_key(|one| one.day);
    let mut detector = Detector::new(Settings::default());
    for (nth, one) in messages.iter().enumerate() {
        let id = if one.id.is_empty() {
            nth.to_string()
        } else {
            one.id.clone()
        };
        detector.push(&Message {
            id: &id,
            person: Some(&one.person),
            at: START + one.day * DAY,
            subject: &one.subject,
            body: &one.body,
            ..Message::default()
        });
    }
    detector
}

fn named(mut one: Said, id: &str) -> Said {
    id.clone_into(&mut one.id);
    one
}

fn all(detector: &Detector) -> Vec<Hot> {
    detector.hot(Seconds::MIN, 2, |_| true)
}

fn with_quarry() -> Vec<Said> {
    let mut messages = ordinary(0..80);
    messages.extend((0..8).map(|nth| named(quarry(nth, 60 + nth as Seconds), &format!("quarry-{nth}"))));
    messages
}

#[test]
fn many_people_on_one_place_and_one_problem_are_a_topic() {
    let hot = all(&detected(with_quarry()));
    let names: Vec<String> = hot.iter().map(Hot::name).collect();
    assert_eq!(hot.len(), 1, "{names:?}");
    let topic = &hot[0];
    assert_eq!(topic.place, "青柠半岛");
    assert!(
        topic.words.iter().any(|word| word.contains("采石")),
        "{:?}",
        topic.words
    );
    let ids: Vec<&str> = topic.members.iter().map(|one| one.id.as_str()).collect();
    let expected: Vec<String> = (0..8).map(|nth| format!("quarry-{nth}")).collect();
    assert_eq!(ids, expected, "also where the name is written with a mark inside");
    assert!(topic.found.after <= 6, "found early: {:?}", topic.found);
    assert_eq!(topic.people, 8);
}

#[test]
fn a_place_alone_is_no_topic() {
    let mut messages = ordinary(0..80);
    let many = PROBLEMS.iter().enumerate();
    messages.extend(many.map(|(nth, (problem, body))| {
        let subject = format!("D3区青柠半岛{problem}");
        said(60 + nth as Seconds, &format!("p{nth}"), &subject, body)
    }));
    assert_eq!(all(&detected(messages)), []);
}

#[test]
fn a_problem_all_over_the_city_is_no_topic_of_one_place() {
    let mut messages = ordinary(0..80);
    messages.extend(PLACES.iter().enumerate().map(|(nth, place)| {
        let (subject, body) = (
            format!("D{nth}区{place}停车位不够"),
            "停车难,停车位被占,找不到地方停车",
        );
        said(70, &format!("p{nth}"), &subject, body)
    }));
    assert_eq!(all(&detected(messages)), []);
}

#[test]
fn twenty_calls_of_one_man_are_one() {
    let mut messages = ordinary(0..80);
    messages.extend((0..20).map(|nth| Said {
        person: "one man".to_owned(),
        ..quarry(nth, 60 + nth as Seconds / 2)
    }));
    assert_eq!(all(&detected(messages)), []);
}

#[test]
fn another_matter_of_the_same_place_is_not_of_the_topic() {
    let mut messages = with_quarry();
    let (problem, body) = PROBLEMS[0];
    messages.push(named(
        said(70, "x", &format!("D3区青柠半岛{problem}"), body),
        "lift",
    ));
    let hot = all(&detected(messages));
    assert_eq!(hot.len(), 1);
    assert!(hot[0].members.iter().all(|one| one.id != "lift"));
}

#[test]
fn the_same_messages_give_the_same_topics() {
    assert_eq!(all(&detected(with_quarry())), all(&detected(with_quarry())));
}

#[test]
fn what_is_forgotten_leaves_and_too_few_are_no_topic() {
    let mut detector = detected(with_quarry());
    detector.remove("quarry-0");
    let hot = all(&detector);
    assert_eq!((hot.len(), hot[0].people), (1, 7));
    assert!(hot[0].members.iter().all(|one| one.id != "quarry-0"));
    for nth in 1..4 {
        detector.remove(&format!("quarry-{nth}"));
    }
    assert_eq!(all(&detector), [], "four people are left");
    for nth in 4..8 {
        detector.remove(&format!("quarry-{nth}"));
    }
    assert_eq!(detector.store.number("采石场"), None, "nor is any word of theirs");
}

#[test]
fn only_what_counts_is_counted() {
    let detector = detected(with_quarry());
    let since = START + 63 * DAY;
    assert_eq!(detector.hot(since, 2, |_| true)[0].people, 5);
    assert_eq!(detector.hot(since, 6, |_| true), []);
    assert_eq!(
        detector.hot(since, 1, |one| one.id == "quarry-7")[0]
            .members
            .len(),
        1
    );
}

#[test]
fn a_message_is_taken_once() {
    let mut detector = Detector::new(Settings::default());
    let message = Message {
        id: "1",
        subject: "路灯不亮",
        ..Message::default()
    };
    assert!(detector.push(&message));
    assert!(!detector.push(&message));
    assert_eq!(detector.messages(), 1);
}

#[test]
fn odd_texts_do_no_harm() {
    let long = "水".repeat(100_000);
    for text in [
        "",
        " \n\t",
        "😀😀😀",
        "\u{1}\u{1}",
        "A",
        "A2区",
        "·",
        long.as_str(),
        "the lamp is out again",
    ] {
        let mut detector = Detector::new(Settings::default());
        for nth in 0..12 {
            let (id, person) = (format!("{nth}"), format!("p{nth}"));
            detector.push(&Message {
                id: &id,
                person: Some(&person),
                at: Seconds::MIN + nth,
                subject: text,
                body: text,
                ..Message::default()
            });
        }
        assert_eq!(detector.messages(), 12);
    }
}

#[test]
fn the_course_counts_every_message_once() {
    let hot = all(&detected(with_quarry()));
    let course = hot[0].course(START + 80 * DAY, 24);
    assert_eq!(course.iter().sum::<u32>(), 8);
    assert_eq!((course[0] > 0, course[23]), (true, 0));
    assert_eq!(hot[0].course(hot[0].first_at(), 0), Vec::<u32>::new());
}

#[test]
fn a_city_that_has_only_begun_to_tell_has_topics() {
    let hot = all(&detected((0..8).map(|nth| quarry(nth, 0)).collect()));
    assert_eq!(hot.len(), 1);
    assert_eq!((hot[0].place.as_str(), hot[0].people), ("青柠半岛", 8));
}
