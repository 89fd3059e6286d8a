//! 规则演算: what other rules would have done with a city's past, told by the binary from a copy.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use proto::common::v1::Role;
use serde_json::Value;
use tempfile::TempDir;

use crate::city::{City, vague};
use crate::process::{Ran, hotline};

/// A stopped city's directory: one matter signed for on the next morning and never rung about, one that nobody has signed
/// for, both a day old; and the numbers of both.
async fn past() -> (TempDir, PathBuf, [String; 2]) {
    let city = City::open().await;
    let signed = sent(&city).await;
    let unsigned = sent(&city).await;
    city.it_is("2026-11-17T09:00");
    let clerk = city.clerk("housing").await;
    clerk.sign(&signed).await.unwrap();
    clerk.contact(&signed, true).await.unwrap();

    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let data = city.data.path().as_os_str();
    let verb = [OsStr::new("backup"), OsStr::new("--data"), data];
    hotline(verb.into_iter().chain([OsStr::new("--to"), copy.as_os_str()]))
        .await
        .well();
    city.close().await;
    (copies, copy, [signed, unsigned])
}

async fn sent(city: &City) -> String {
    let units = &["housing"];
    let taken = city.sent(vague(), "housing.property.repairfund", "440507", units);
    taken.await.number
}

async fn replay(rules: &Path, data: &Path, more: &[&str]) -> Ran {
    let mut arguments: Vec<OsString> = vec!["replay".into(), "--rules".into(), rules.into()];
    arguments.extend(["--data".into(), data.into()]);
    arguments.extend(more.iter().map(Into::into));
    hotline(arguments).await
}

fn profile(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("other.toml");
    let whole = format!("base = \"general\"\nname = \"other\"\nsource = \"a test\"\n{text}");
    std::fs::write(&path, whole).unwrap();
    path
}

fn of<'a>(objects: &'a [Value], key: &str, name: &str) -> &'a Value {
    let mut found = objects.iter().filter(|object| object[key] == name);
    found
        .next()
        .unwrap_or_else(|| panic!("no {key} {name} in {objects:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_the_same_rules_nothing_moves() {
    let (_copies, copy, _) = past().await;
    let same = replay(Path::new("general"), &copy, &["--json"])
        .await
        .well()
        .objects();
    let [sum] = same.as_slice() else {
        panic!("no unit and no ticket changes: {same:#?}");
    };
    assert_eq!((&sum["changed"], &sum["moved"]), (&0.into(), &0.into()), "{sum}");
    assert_eq!(sum["before"], sum["after"]);
    assert_eq!(sum["before"]["tickets"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shorter_time_to_sign_makes_tickets_red_and_a_unit_move() {
    let (copies, copy, [signed, unsigned]) = past().await;
    let strict = profile(copies.path(), "[c]\nsign = \"4 wh\"\n");
    let before = tree(&copy);
    let csv = copies.path().join("all.csv");
    let csv_name = csv.display().to_string();
    let told = replay(&strict, &copy, &["--json", "--csv", &csv_name])
        .await
        .well()
        .objects();

    assert_eq!(told[0]["changed"], 2, "{told:#?}");
    assert_eq!(told[0]["after"]["red"], 1);
    let red = of(&told, "ticket", &unsigned);
    assert_eq!(
        (&red["before"]["light"], &red["after"]["light"]),
        (&"yellow".into(), &"red".into())
    );
    assert_eq!(
        (&red["before"]["level"], &red["after"]["level"]),
        (&"l0".into(), &"l1".into())
    );
    let late = of(&told, "ticket", &signed);
    let in_time = |side: &str| late[side]["sign"]["in_time"].clone();
    assert_eq!((in_time("before"), in_time("after")), (true.into(), false.into()));

    let unit = of(&told, "unit", "housing");
    let share = |side: &str| {
        (
            unit[side]["sign"]["part"].clone(),
            unit[side]["sign"]["whole"].clone(),
        )
    };
    assert_eq!(share("before"), (1.into(), 1.into()));
    assert_eq!(
        share("after"),
        (0.into(), 2.into()),
        "what is overdue counts at once"
    );

    let rows = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");
    assert!(
        rows.contains(&format!("{unsigned},housing,yellow,red,l0,l1,")),
        "{rows}"
    );
    assert_eq!(tree(&copy), before, "a replay changes nothing");

    let table = replay(&strict, &copy, &["--lang", "zh"]).await.well().out;
    for word in [
        "按时签收率",
        "100.00% (1/1)",
        "0.00% (0/2)",
        &unsigned,
        "黄灯 → 红灯",
    ] {
        assert!(table.contains(word), "`{word}` is not in\n{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_more_holiday_moves_what_was_due_on_it() {
    let (copies, copy, [signed, _]) = past().await;
    let folder = copies.path().join("city");
    std::fs::create_dir(&folder).unwrap();
    let shantou = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/shantou");
    for file in std::fs::read_dir(shantou).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let calendar = folder.join("calendar.toml");
    let text = std::fs::read_to_string(&calendar).unwrap();
    let hours = "utc_offset_minutes = 480\n";
    let with_one = text.replacen(hours, &format!("{hours}off = [\"2026-11-17\"]\n"), 1);
    assert_ne!(text, with_one, "the calendar says where it is");
    std::fs::write(&calendar, with_one).unwrap();

    let csv = copies.path().join("all.csv").display().to_string();
    let told = replay(&folder, &copy, &["--json", "--csv", &csv])
        .await
        .well()
        .objects();
    let moved = told[0]["moved"].as_u64().unwrap() + told[0]["changed"].as_u64().unwrap();
    assert_eq!(moved, 2, "{told:#?}");
    assert_eq!(told[0]["after"]["yellow"], 0, "nothing is near due: {told:#?}");
    let one = of(&told, "ticket", &signed);
    assert_eq!(
        (&one["before"]["level"], &one["after"]["level"]),
        (&"l0".into(), &Value::Null),
        "signed before the day it was due on: {one}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_replayed_is_said() {
    let (copies, copy, _) = past().await;
    let nowhere = replay(Path::new("nowhere.toml"), &copy, &[]).await;
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
    let wrong = profile(copies.path(), "[c]\nsing = \"4 wh\"\n");
    let wrong = replay(&wrong, &copy, &[]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.err.contains("sing"), "{}", wrong.err);
    let none = replay(Path::new("general"), &copy, &["--from", "2030-01-01"]).await;
    assert_eq!(none.code, Some(3), "{none:#?}");
    let backwards = ["--from", "2026-12-01", "--to", "2026-11-01"];
    assert_eq!(
        replay(Path::new("general"), &copy, &backwards).await.code,
        Some(2)
    );

    let city = City::open().await;
    city.desk(Role::Supervisor).await;
    let in_use = replay(Path::new("general"), city.data.path(), &[]).await;
    assert_eq!(in_use.code, Some(5), "{in_use:#?}");
}

/// Every file of a directory with its bytes.
fn tree(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
    }
    files.sort();
    files
}
