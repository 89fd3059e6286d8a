//! 派单目录 by the binary: planted faults are found with their lines, who is responsible is told, and a change of the
//! directory is tried on a city's past.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::city::{City, vague};
use crate::process::hotline;

/// The demonstration city's folder with more entries, and some lines changed: file, old, new.
fn folder(more: &str, changes: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shantou = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/shantou");
    for file in std::fs::read_dir(shantou).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_owned();
        // What is no text, such as a classifier, is not needed.
        let Ok(mut text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for (_, old, new) in changes.iter().filter(|(of, ..)| name.to_str() == Some(*of)) {
            assert!(text.contains(old), "{old} is not in {name:?}");
            text = text.replacen(old, new, 1);
        }
        if name == "directory.toml" {
            text.push_str(more);
        }
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The line of a text in a file of a folder, from 1.
fn line_of(folder: &Path, file: &str, text: &str) -> usize {
    let whole = std::fs::read_to_string(folder.join(file)).unwrap();
    whole.lines().position(|line| line == text).unwrap() + 1
}

const PLANTED: &str = r#"
[[entry]]
id = "planted-twin"
category = "environment.water"
lead = { unit = "water-bureau" }
basis = "《水法》第十二条"
from = "2024-01-01"

[[entry]]
id = "planted-dead"
category = "education.fees"
area = "440507"
lead = { unit = "no-such-bureau" }
basis = "待补"
from = "2024-01-01"

[[entry]]
id = "planted-ended"
category = "culture.sport"
area = "440511"
lead = "district"
basis = "《全民健身条例》第六条"
from = "2024-01-01"
until = "2026-06-30"

[[recusal]]
id = "planted-recusal"
unit = "tax"
category = "government.finance.tax"
basis = "《税收征收管理法》第十二条"
from = "2024-01-01"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_faults_are_found_with_their_lines() {
    let planted = folder(PLANTED, &[]);
    let city = planted.path().display().to_string();
    let ran = hotline([
        "directory",
        "check",
        "--on",
        "2026-11-20",
        "--city",
        &city,
        "--json",
    ])
    .await;
    assert_eq!(ran.code, Some(1), "errors end with 1: {}", ran.err);
    let objects = ran.objects();
    let found = |what: &str, at: &str| {
        let mut all = objects.iter();
        let found = all.find(|one| one["what"] == what && one["at"] == at);
        found
            .unwrap_or_else(|| panic!("no {what} {at} in {objects:#?}"))
            .clone()
    };
    let twin = found("overlap", "directory[planted-twin]");
    assert_eq!(
        (&twin["severity"], &twin["entry"]),
        (&"error".into(), &"planted-twin".into())
    );
    // The table begins on the line before its code.
    let line = line_of(planted.path(), "directory.toml", "id = \"planted-twin\"") - 1;
    let place = twin["place"].as_str().unwrap();
    assert!(place.ends_with(&format!("directory.toml:{line}")), "{place}");
    let dead = found("dead_unit", "directory[planted-dead].lead");
    let line = line_of(
        planted.path(),
        "directory.toml",
        "lead = { unit = \"no-such-bureau\" }",
    );
    assert!(
        dead["place"].as_str().unwrap().ends_with(&format!(":{line}")),
        "{dead}"
    );
    assert_eq!(
        found("no_basis", "directory[planted-dead].basis")["severity"],
        "warning"
    );
    found("expired", "directory[planted-ended].until");
    assert_eq!(
        found("no_superior", "recusals[planted-recusal].superior")["severity"],
        "error"
    );
    let sum = objects.last().unwrap();
    assert_eq!(
        (&sum["errors"], &sum["recusals"]),
        (&3.into(), &3.into()),
        "{sum}"
    );

    let told = hotline([
        "directory",
        "check",
        "--on",
        "2026-11-20",
        "--city",
        &city,
        "--lang",
        "zh",
    ])
    .await;
    for word in ["重叠", "失效单位", "回避无上级", "错误 3"] {
        assert!(told.out.contains(word), "`{word}` is not in\n{}", told.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_city_has_no_errors() {
    let sum = hotline(["directory", "check", "--on", "2026-11-20", "--json"])
        .await
        .well()
        .objects();
    let sum = sum.last().unwrap();
    assert_eq!(
        (&sum["errors"], &sum["warnings"]),
        (&0.into(), &0.into()),
        "{sum}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_check_looks_at_the_directory_too() {
    let twin = PLANTED.split("[[entry]]").nth(1).unwrap();
    let planted = folder(&format!("\n[[entry]]{twin}"), &[]);
    let file = planted.path().join("hotline.toml");
    let rules = planted.path().display();
    std::fs::write(&file, format!("rules = \"{rules}\"\nprofile = \"general\"\n")).unwrap();
    let file = file.display().to_string();
    let ran = hotline(["config", "check", &file, "--lang", "en"]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.out.contains("planted-twin are equally specific"),
        "{}",
        ran.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_responsible_is_told_with_why() {
    let who =
        |more: &'static [&'static str]| hotline(["directory", "who"].into_iter().chain(more.iter().copied()));
    let noise = who(&["urban.noise", "440507", "--json"]).await.well().objects();
    assert_eq!(
        (&noise[0]["lead"], &noise[0]["entry"]),
        (&"district-longhu".into(), &"urban-noise".into())
    );
    assert_eq!(noise[0]["beat"][0]["entry"], "urban");
    let accused = [
        "government.service",
        "龙湖区",
        "--accused",
        "government-services",
        "--json",
    ];
    let accused = hotline(["directory", "who"].into_iter().chain(accused))
        .await
        .well()
        .objects();
    assert_eq!(
        accused[0]["lead"], "discipline",
        "the hotline accused: its superior"
    );
    assert_eq!(accused[0]["recusals"][0], "hotline-accused");
    assert_eq!(who(&["no.such.thing", "440507"]).await.code, Some(3));
    let shown = hotline(["directory", "show", "urban.noise", "--lang", "en"])
        .await
        .well()
        .out;
    assert!(shown.contains("urban-noise → the district"), "{shown}");
}

/// A stopped city's past: two matters sent by the directory, one by hand; a copy of its data, and the numbers.
async fn past() -> (TempDir, PathBuf, [String; 3]) {
    let city = City::open().await;
    let mut numbers = Vec::new();
    for area in ["440511", "440507"] {
        let mut noise = vague();
        (noise.category, noise.area) = ("urban.noise.industrial".to_owned(), area.to_owned());
        let number = city.taken(noise).await.number;
        assert_eq!(city.triaged(&number).await.lead_unit, "ecology");
        numbers.push(number);
    }
    let by_hand = city.sent(vague(), "urban.noise.industrial", "440511", &["urban-management"]);
    numbers.push(by_hand.await.number);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let data = city.data.path().as_os_str();
    let verb = [OsStr::new("backup"), OsStr::new("--data"), data];
    hotline(verb.into_iter().chain([OsStr::new("--to"), copy.as_os_str()]))
        .await
        .well();
    city.close().await;
    (copies, copy, numbers.try_into().unwrap())
}

async fn replay(folder: &Path, data: &Path, more: &[&str]) -> Vec<Value> {
    let mut arguments: Vec<OsString> = vec!["replay".into(), "--directory".into(), folder.into()];
    arguments.extend(["--data".into(), data.into(), "--json".into()]);
    arguments.extend(more.iter().map(Into::into));
    hotline(arguments).await.well().objects()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_directory_is_tried_on_the_past() {
    let (copies, copy, [jinping, longhu, by_hand]) = past().await;
    let same = folder("", &[]);
    let same = replay(same.path(), &copy, &["--on", "2026-11-20"]).await;
    assert_eq!(
        (&same[0]["tickets"], &same[0]["dispatches"]),
        (&3.into(), &3.into()),
        "{same:#?}"
    );
    assert_eq!(
        (same.len(), &same[0]["moved"]),
        (1, &0.into()),
        "the same directory moves nothing"
    );

    let local = folder(
        "\n[[entry]]\nid = \"factories-jinping\"\ncategory = \"urban.noise.industrial\"\narea = \"440511\"\nlead = \"district\"\nbasis = \"《噪声污染防治法》第八条\"\nfrom = \"2026-12-01\"\n",
        &[],
    );
    let csv = copies.path().join("moved.csv");
    let csv_name = csv.display().to_string();
    let on = ["--on", "2026-12-01", "--csv", &csv_name];
    let told = replay(local.path(), &copy, &on).await;
    let sum = &told[0];
    assert_eq!(sum["moved"], 2, "{told:#?}");
    assert_eq!(sum["how"]["directory"]["moved"], 1);
    assert_eq!(sum["how"]["directory"]["dispatches"], 2);
    assert_eq!(
        sum["how"]["hand"]["moved"], 1,
        "told apart from what the directory sent"
    );
    let flow = &told[1];
    assert_eq!(
        (&flow["from_unit"], &flow["to_unit"], &flow["dispatches"]),
        (&"ecology".into(), &"district-jinping".into(), &2.into())
    );
    let row = told.iter().find(|one| one["ticket"] == jinping.as_str()).unwrap();
    assert_eq!(row["before"]["entry"], "urban-noise-industrial");
    assert_eq!(row["after"]["entry"], "factories-jinping");
    assert_eq!(
        (&row["how"], &row["lead"]),
        (&"directory".into(), &"ecology".into())
    );
    assert!(
        told.iter().all(|one| one["ticket"] != longhu.as_str()),
        "elsewhere nothing changes"
    );
    let rows = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");
    assert!(rows.contains(&format!("{by_hand},")), "{rows}");

    // Before the entry holds, it moves nothing.
    let early = replay(local.path(), &copy, &["--on", "2026-11-30"]).await;
    assert_eq!(early[0]["moved"], 0);
}
