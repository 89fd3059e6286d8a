//! A second city: five hundred categories on three levels and fifty units, made from its own history by the binary; a
//! model trained on the earlier half; the later half dispatched by a real server. Nothing is tied to the first city.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hotline::client::{Answer as _, Client};
use proto::common::v1::{Phase, Role};
use proto::tickets::v1::{ListTicketsRequest, Ticket};
use serde_json::json;

use crate::process::{Home, hotline, until};

/// What stands before, between and after makes five hundred subjects.
const REALMS: [&str; 5] = ["road", "water", "park", "home", "bus"];
const OFFICES: usize = 10;
const SUBJECTS: usize = 10;
/// Matters of each subject in the history.
const MATTERS: usize = 8;
/// How long a server may take with what is imported.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);

const ONSETS: [&str; 10] = ["ba", "de", "fo", "gu", "ki", "la", "me", "no", "pu", "ri"];
const FILLERS: [&str; 6] = [
    "since last week nobody came",
    "please send somebody to look",
    "the children pass here every day",
    "i called twice already",
    "it is getting worse",
    "neighbours say the same",
];

/// A word of its own for each subject, such as `roadkimela`.
fn word(realm: usize, office: usize, subject: usize) -> String {
    let middle = ONSETS[(office + subject) % ONSETS.len()];
    format!("{}{}{middle}{}", REALMS[realm], ONSETS[office], ONSETS[subject])
}

fn unit(realm: usize, office: usize) -> String {
    format!("{} office {office}", REALMS[realm])
}

/// The history in the order of time: every subject turns up in both halves. The matters of the last subject of each realm
/// were had by another realm's unit.
fn history(file: &Path) {
    let mut text = String::new();
    let subjects = REALMS.len() * OFFICES * SUBJECTS;
    for nth in 0..MATTERS * subjects {
        let (realm, office, subject) = parts(nth % subjects);
        let is_last = (office, subject) == (OFFICES - 1, SUBJECTS - 1);
        let had = (realm + usize::from(is_last)) % REALMS.len();
        let minute = nth / 4;
        let (day, hour) = (1 + minute / 1_440, minute / 60 % 24);
        let word = word(realm, office, subject);
        let line = json!({
            "id": nth.to_string(),
            "time": format!("2026-10-{day:02}T{hour:02}:{:02}:00", minute % 60),
            "realm": REALMS[realm],
            "office": unit(realm, office),
            "subject": format!("{} subject {office} {subject}", REALMS[realm]),
            "unit": unit(had, office),
            "body": format!("the {word} is broken, {}", FILLERS[(nth + nth / subjects) % FILLERS.len()]),
        });
        writeln!(text, "{line}").unwrap();
    }
    std::fs::write(file, text).unwrap();
}

/// The realm, office and subject of the `nth` of them.
fn parts(nth: usize) -> (usize, usize, usize) {
    let (of_realm, subject) = (nth / SUBJECTS, nth % SUBJECTS);
    (of_realm / OFFICES, of_realm % OFFICES, subject)
}

struct Second {
    home: Home,
    history: PathBuf,
    folder: PathBuf,
}

const FIELDS: [&str; 6] = [
    "--category",
    "realm,office,subject",
    "--time",
    "time",
    "--text",
    "body",
];

impl Second {
    /// Made from the earlier half, with a model of its own.
    async fn learned() -> Self {
        let home = Home::new();
        let (history_file, folder) = (home.path("history.jsonl"), home.path("city"));
        history(&history_file);
        let second = Self {
            history: history_file,
            folder,
            home,
        };
        let examples = second.home.path("examples.jsonl");
        let mut arguments = second.said("learn", "first");
        arguments.extend(["--out".into(), second.folder.clone().into()]);
        arguments.extend(["--examples".into(), examples.clone().into()]);
        let made = hotline(arguments).await.well().objects();
        assert_eq!(
            (&made[0]["categories"], &made[0]["units"]),
            (&json!(5 + 50 + 500), &json!(50))
        );
        let model = second.folder.join("classifier.model");
        let train: [OsString; 5] = [
            "classifier".into(),
            "train".into(),
            examples.into(),
            "--out".into(),
            model.into(),
        ];
        hotline(train).await.well();
        second
    }

    fn said(&self, verb: &str, part: &str) -> Vec<OsString> {
        let mut said: Vec<OsString> = vec!["city".into(), verb.into()];
        if verb == "try" {
            said.push(self.folder.clone().into());
        }
        said.push(self.history.clone().into());
        said.extend(FIELDS.map(OsString::from));
        said.extend(["--part", part, "--json"].map(OsString::from));
        said
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_of_five_hundred_subjects_is_made_from_its_history() {
    let second = Second::learned().await;

    let tried = hotline(second.said("try", "second")).await.well().objects();
    let share = |key: &str| tried[0][key].as_f64().unwrap();
    assert!(share("right_share") >= 0.98, "{:?}", tried[0]["held"]);
    assert!(share("routed_precision") >= 0.98, "{:?}", tried[0]["held"]);
    assert!(share("routed_share") >= 0.5, "{:?}", tried[0]["held"]);

    second.is_served().await;
}

impl Second {
    /// A real server with these rules and this model dispatches new matters by itself, to the units that always had them.
    async fn is_served(&self) {
        let config = self.home.path("hotline.toml");
        let rules = self.folder.display().to_string();
        std::fs::write(&config, format!("rules = {rules:?}\nprofile = \"general\"\n")).unwrap();
        let server = self
            .home
            .launch()
            .with([OsString::from("--config"), config.into()])
            .start()
            .await;
        let news = self.home.path("news.jsonl");
        let mut expected = Vec::new();
        let mut text = String::new();
        for (nth, (realm, office, subject)) in [(0, 0, 0), (1, 3, 7), (2, 8, 9), (3, 5, 1), (4, 2, 6)]
            .into_iter()
            .enumerate()
        {
            let word = word(realm, office, subject);
            let line = json!({ "id": nth.to_string(), "subject": "", "body": format!("the {word} is broken, please come") });
            writeln!(text, "{line}").unwrap();
            expected.push(unit(realm, office).replace(' ', "-"));
        }
        std::fs::write(&news, text).unwrap();
        let mut import: Vec<OsString> = vec!["import".into(), news.into(), "--json".into()];
        import.extend(server.connection().map(Into::into));
        hotline(import).await.well();

        let desk = server.client_of("desk", Role::Supervisor, "").await;
        let tickets = until("everything is looked at", SETTLED_WITHIN, async || {
            let all = listed(&desk).await;
            let is_settled = |one: &Ticket| one.phase() == Phase::Dispatched || !one.hold.is_empty();
            (all.len() == expected.len() && all.iter().all(is_settled)).then_some(all)
        })
        .await;
        let units: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        let dispatched: Vec<&Ticket> = tickets.iter().filter(|one| one.hold.is_empty()).collect();
        assert!(dispatched.len() >= 2, "most are clear: {tickets:#?}");
        let leads: BTreeSet<&str> = dispatched.iter().map(|one| one.lead_unit.as_str()).collect();
        assert!(
            leads.is_subset(&units) && leads.len() == dispatched.len(),
            "{leads:?} of {units:?}"
        );
    }
}

async fn listed(desk: &Client) -> Vec<Ticket> {
    let answer = desk.tickets().list_tickets(ListTicketsRequest::default()).await;
    answer.answer().map(|page| page.tickets).unwrap_or_default()
}
