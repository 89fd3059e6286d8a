//! 学习: the triage desk says otherwise a few times, and soon the suggestion follows; what would make it worse is refused,
//! what was learned can be gone back from, and how often the system was right is told by week and category.

use std::path::Path;
use std::time::Duration;

use classifier::{Example, Features, Message, Options, Record, train};
use hotline::client::{Answer as _, Failure};
use proto::common::v1::{Act, Phase, Rating, RequestType, ReturnReason, Role};
use proto::tickets::v1::{Classification, RedispatchRequest};
use proto::triage::v1::suggest_triage_request::Matter;
use proto::triage::v1::{
    ClassifierVersion, GetClassifierRequest, GetClassifierResponse, GetDriftRequest, GetDriftResponse,
    ListCorrectionsRequest, ListCorrectionsResponse, RollBackClassifierRequest, SuggestTriageRequest, Text,
};
use tonic::Code;

use crate::city::{City, Desk, MONDAY, fresh, refused, told};

/// How long learning may take. It takes a second or two.
const WITHIN: Duration = Duration::from_secs(60);

const GARBAGE: &str = "urban.sanitation.garbage";
const PROPERTY: &str = "housing.property.service";
/// Longhu.
const AREA: &str = "440507";

const PLACES: [&str; 8] = ["一栋", "二栋", "三栋", "北门", "南门", "车棚边", "楼梯口", "后巷"];
const WHEN: [&str; 5] = ["这几天", "上个月起", "一直", "从周一开始", "每到晚上"];
const ABOUT_GARBAGE: [&str; 3] = ["垃圾没人清运发臭", "垃圾桶满了不收", "垃圾堆了一地"];
/// What this city's desk will come to see otherwise.
const ABOUT_FURNITURE: [&str; 2] = ["旧床垫扔着没人搬", "旧沙发和柜子挡路没人搬"];
const ABOUT_PROPERTY: [&str; 3] = ["物业不开门没人值班", "物业服务态度差", "物业收了钱不办事"];

const ABOUT_WAGES: [&str; 3] = [
    "的工厂拖欠我们工资不发，不给签劳动合同，也不缴社保",
    "的工地老板欠薪跑了，农民工讨薪无门",
    "的公司无故辞退员工，不给经济补偿，拖欠加班费",
];

fn messages(matters: &[&str]) -> Vec<String> {
    let mut messages = Vec::new();
    for place in PLACES {
        for when in WHEN {
            messages.extend(
                matters
                    .iter()
                    .map(|matter| format!("{when}{place}{matter}，请处理")),
            );
        }
    }
    messages
}

/// A small model that takes old furniture for garbage.
fn small_model(dir: &Path) -> String {
    let example = |label: &str| {
        let label = label.to_owned();
        move |message: String| Example {
            label: label.clone(),
            features: Features::of(&Message::text("", &message)),
            group: None,
        }
    };
    let mut examples: Vec<Example> = messages(&ABOUT_GARBAGE)
        .into_iter()
        .map(example(GARBAGE))
        .collect();
    examples.extend(messages(&ABOUT_FURNITURE).into_iter().map(example(GARBAGE)));
    examples.extend(messages(&ABOUT_PROPERTY).into_iter().map(example(PROPERTY)));
    let (model, _) = train(&examples, &[], &Options::default(), &mut |_| {}).unwrap();
    let file = dir.join("small.model");
    std::fs::write(&file, model.to_bytes()).unwrap();
    file.display().to_string()
}

impl Desk {
    async fn suggests(&self, body: &str) -> String {
        let text = Text {
            subject: "想反映一件事".to_owned(),
            body: body.to_owned(),
            ..Text::default()
        };
        let request = SuggestTriageRequest {
            matter: Some(Matter::Text(text)),
        };
        let answer = self.rim.triage().suggest_triage(request).await.answer().unwrap();
        let first = answer.categories.into_iter().next();
        first.map(|first| first.code).unwrap_or_default()
    }

    /// The desk takes it from the unit the system had sent it to.
    async fn send_elsewhere(&self, number: &str, category: &str, area: &str, unit: &str) {
        let request = RedispatchRequest {
            number: number.to_owned(),
            request_id: fresh(),
            lead_unit: unit.to_owned(),
            reason: "热线派错了单位".to_owned(),
            classification: Some(Classification {
                category: category.to_owned(),
                area: area.to_owned(),
                confidence_percent: 100,
                ..Classification::default()
            }),
            ..RedispatchRequest::default()
        };
        self.core.tickets().redispatch(request).await.answer().unwrap();
    }

    async fn classifier(&self) -> GetClassifierResponse {
        self.rim
            .triage()
            .get_classifier(GetClassifierRequest {})
            .await
            .answer()
            .unwrap()
    }

    async fn roll_back(&self, request_id: &str, version: u32) -> Result<ClassifierVersion, Failure> {
        let request = RollBackClassifierRequest {
            request_id: request_id.to_owned(),
            version,
            learn_again: false,
        };
        let answer = self.rim.triage().roll_back_classifier(request).await.answer()?;
        Ok(answer.version.unwrap())
    }

    async fn drift(&self) -> GetDriftResponse {
        self.rim
            .triage()
            .get_drift(GetDriftRequest::default())
            .await
            .answer()
            .unwrap()
    }

    async fn corrections(&self, words: bool) -> ListCorrectionsResponse {
        let request = ListCorrectionsRequest {
            words,
            page_size: 200,
            ..ListCorrectionsRequest::default()
        };
        self.rim
            .triage()
            .list_corrections(request)
            .await
            .answer()
            .unwrap()
    }
}

/// Asks until `wanted` holds.
async fn until<T: std::fmt::Debug>(ask: impl AsyncFn() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("not in time; it stands so: {:?}", ask().await),
    }
}

/// Matters come in, and the desk says of each what it is about.
async fn corrected(city: &City, bodies: &[String], category: &str) -> Vec<String> {
    let triager = city.cleared(Role::Triager).await;
    let mut tickets = Vec::new();
    for body in bodies {
        let taken = city
            .taken(told(RequestType::Complaint, "想反映一件事", body))
            .await;
        tickets.push(city.triaged(&taken.number).await);
    }
    // All at once: one step of learning.
    for ticket in &tickets {
        if ticket.lead_unit.is_empty() {
            let sent = triager.send(&ticket.number, category, AREA, &["urban-management"]);
            sent.await.unwrap();
        } else {
            triager
                .send_elsewhere(&ticket.number, category, AREA, "urban-management")
                .await;
        }
    }
    tickets.into_iter().map(|ticket| ticket.number).collect()
}

fn in_force(known: &GetClassifierResponse) -> &ClassifierVersion {
    known.versions.iter().find(|version| version.in_force).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_desk_says_a_few_times_is_suggested_soon_and_can_be_gone_back_from() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model(folder.path());
    let city = City::open_as(MONDAY, |raw| raw.triage.model = Some(model.clone())).await;
    let triager = city.desk(Role::Triager).await;
    let bodies: Vec<String> = messages(&ABOUT_FURNITURE)
        .into_iter()
        .step_by(7)
        .take(10)
        .collect();
    let question = bodies[5].as_str();
    assert_eq!(triager.suggests(question).await, GARBAGE);
    let numbers = corrected(&city, &bodies, PROPERTY).await;
    let known = until(
        || triager.classifier(),
        |known| known.waiting == 0 && known.learned + known.passed_over["held_out"] >= 10,
    )
    .await;
    assert_eq!(known.refused, 0, "{known:?}");
    let learned = in_force(&known).clone();
    assert_eq!(learned.origin, "learned");
    assert_eq!(known.versions.last().unwrap().origin, "shipped");
    assert_eq!(triager.suggests(question).await, PROPERTY, "{known:?}");
    assert_eq!(
        triager.suggests("一栋垃圾没人清运发臭").await,
        GARBAGE,
        "the rest is as before"
    );

    // A restart keeps what was learned, and learns nothing twice.
    let city = city.reopen_as(|raw| raw.triage.model = Some(model.clone())).await;
    let (triager, supervisor) = (city.desk(Role::Triager).await, city.desk(Role::Supervisor).await);
    let known = triager.classifier().await;
    assert_eq!(in_force(&known).version, learned.version);
    assert_eq!(triager.suggests(question).await, PROPERTY);

    // A triager may look; a supervisor goes back, and asking twice is asking once.
    let (code, _) = refused(triager.roll_back("back-1", 1).await);
    assert_eq!(code, Code::PermissionDenied);
    let back = supervisor.roll_back("back-1", 1).await.unwrap();
    assert_eq!((back.origin.as_str(), back.of_version), ("rolled_back", 1));
    assert_eq!(
        supervisor.roll_back("back-1", 1).await.unwrap().version,
        back.version
    );
    assert_eq!(triager.suggests(question).await, GARBAGE);
    let (code, _) = refused(supervisor.roll_back("back-2", 99).await);
    assert_eq!(code, Code::InvalidArgument);
    let known = triager.classifier().await;
    assert_eq!((known.waiting, in_force(&known).version), (0, back.version));

    exported(&city, &supervisor, &numbers).await;
    city.close().await;
}

/// What was said otherwise can be learned from elsewhere; a sealed ticket is not among it.
async fn exported(city: &City, supervisor: &Desk, numbers: &[String]) {
    let all = supervisor.corrections(true).await;
    assert_eq!((all.corrections.len(), all.missing), (numbers.len(), 0));
    let one = &all.corrections[0];
    assert_eq!(
        (one.said.as_str(), one.right.as_str(), one.label.as_str()),
        (GARBAGE, PROPERTY, PROPERTY)
    );
    assert!(one.body.contains("没人搬") && !one.model.is_empty());
    let line = serde_json::json!({ "subject": one.subject, "body": one.body, "label1": one.label, "group": one.number });
    assert_eq!(
        Record::parse(line.to_string()).unwrap().example().unwrap().label,
        PROPERTY
    );

    let triager = city.cleared(Role::Triager).await;
    triager.seal_against(&numbers[0], "water").await.unwrap();
    for words in [true, false] {
        let rest = supervisor.corrections(words).await;
        assert_eq!((rest.corrections.len(), rest.missing), (numbers.len() - 1, 1));
        assert!(rest.corrections.iter().all(|one| one.number != numbers[0]));
        assert!(rest.corrections.iter().all(|one| one.body.is_empty() != words));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_of_wrong_corrections_is_refused_and_nothing_changes() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/shantou/classifier.model");
    let model = model.display().to_string();
    let city = City::open_as(MONDAY, |raw| raw.triage.model = Some(model)).await;
    let triager = city.desk(Role::Triager).await;
    let before = triager.classifier().await;
    let question = "厂里拖欠工人工资三个月不发，也不给缴社保";
    let said = triager.suggests(question).await;
    assert!(said.starts_with("labour"), "{said}");

    let bodies: Vec<String> = messages(&ABOUT_WAGES).into_iter().step_by(11).take(12).collect();
    corrected(&city, &bodies, GARBAGE).await;
    let known = until(
        || triager.classifier(),
        |known| known.waiting == 0 && known.refused + known.learned >= 6,
    )
    .await;
    assert!(known.refused > 0 && known.learned == 0, "{known:?}");
    assert_eq!(in_force(&known).version, in_force(&before).version);
    assert!(known.refusals.iter().all(|refusal| !refusal.numbers.is_empty()));
    assert_eq!(triager.suggests(question).await, said);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_and_what_is_closed_unchanged_count_in_the_week_the_system_spoke() {
    let city = City::open().await;
    let supervisor = city.desk(Role::Supervisor).await;
    let (taken, _) = city.replied_lamp().await;
    let auditor = city.desk(Role::Auditor).await;
    auditor.pass(&taken.number).await.unwrap();
    let agent = city.desk(Role::CallbackAgent).await;
    let closed = agent
        .answered(&taken.number, true, Rating::Satisfied)
        .await
        .unwrap();
    assert_eq!(closed.phase(), Phase::Closed);

    let lamp = city.lamp().await;
    let unit = city.triaged(&lamp.number).await.lead_unit;
    assert!(!unit.is_empty(), "the system has sent it by itself");
    let leader = city.leader(&unit).await;
    leader.endorse(&lamp.number, Act::Return).await.unwrap();
    let clerk = city.clerk(&unit).await;
    clerk
        .give_back(&lamp.number, ReturnReason::WrongUnit, "")
        .await
        .unwrap();
    let triager = city.desk(Role::Triager).await;
    triager.approve_return(&lamp.number, "").await.unwrap();

    let drift = until(
        || supervisor.drift(),
        |drift| {
            drift
                .leaves
                .iter()
                .map(|row| row.right + row.returned)
                .sum::<u64>()
                == 2
        },
    )
    .await;
    assert_eq!(drift.weeks, ["2026-W47"]);
    let [row] = drift.leaves.as_slice() else {
        panic!("{drift:?}")
    };
    assert_eq!(
        (row.category.as_str(), row.name.as_str()),
        ("urban.municipal.lights", "路灯照明")
    );
    assert_eq!(
        (row.said, row.alone, row.right, row.returned, row.corrected),
        (2, 2, 1, 1, 0)
    );
    assert_eq!(drift.tops[0].category, "urban");
    let given_back = supervisor.corrections(false).await.corrections;
    assert_eq!(
        (given_back[0].how.as_str(), given_back[0].right.as_str()),
        ("returned", "")
    );
    city.close().await;
}
