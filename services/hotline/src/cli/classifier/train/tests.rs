use std::fmt::Write as _;

use super::super::{evaluate, explain, source};
use super::*;
use crate::out::{Color, Lang};

fn quiet() -> Out {
    Out::new(true, true, Lang::Zh, Color::Never)
}

/// A file of messages about two matters.
fn messages(dir: &Path, name: &str, places: &[&str]) -> PathBuf {
    let mut text = String::new();
    for place in places {
        for (label, said) in [("供水", "水管爆裂漏水没人修"), ("道路", "路面坑洼积水难走")]
        {
            let _ = writeln!(
                text,
                "{{\"subject\":\"{place}\",\"body\":\"{place}{said}\",\"label1\":\"{label}\"}}"
            );
        }
    }
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn args(file: &Path, out: PathBuf, report: Option<PathBuf>) -> Args {
    Args {
        files: vec![file.to_owned()],
        validate: vec![file.to_owned()],
        unlabelled: Vec::new(),
        precision: 0.98,
        out,
        report,
    }
}

#[test]
fn what_is_trained_is_evaluated_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let file = messages(
        dir.path(),
        "a.jsonl",
        &["桥头", "村口", "老街", "学校", "公园", "车站"],
    );
    for report in ["r.svg", "r.html"] {
        let report = dir.path().join(report);
        let model = dir.path().join("a.model");
        run(&args(&file, model.clone(), Some(report.clone())), &quiet()).unwrap();
        let drawn = fs::read_to_string(report).unwrap();
        assert!(drawn.contains("<svg") && drawn.contains("</svg>") && !drawn.contains("NaN"));
        assert_eq!(source::model(Some(&model)).unwrap().labels(), ["供水", "道路"]);
    }
    let again = dir.path().join("b.model");
    run(&args(&file, again.clone(), None), &quiet()).unwrap();
    assert_eq!(
        fs::read(dir.path().join("a.model")).unwrap(),
        fs::read(again).unwrap()
    );
}

#[test]
fn a_file_with_a_bad_line_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = messages(dir.path(), "a.jsonl", &["桥头", "村口"]);
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("{\"body\": \"没有标签\"}\n");
    fs::write(&file, text).unwrap();
    let model = dir.path().join("a.model");
    assert!(run(&args(&file, model.clone(), None), &quiet()).is_err());
    assert!(!model.exists());
    let nowhere = dir.path().join("none").join("a.model");
    assert!(run(&args(&file, nowhere, None), &quiet()).is_err());
}

#[test]
fn the_shipped_model_answers_and_names_its_labels() {
    let model = source::model(None).unwrap();
    assert_eq!(model.labels().len(), 7);
    assert!((model.precision() - 0.98).abs() < 1e-9);
    let message = classifier::Message::text("工资拖欠", "公司拖欠工资三个月,劳动合同也不签");
    let answer = model.classify(&message);
    assert_eq!(model.labels()[answer.ranked[0].0], "劳动和社会保障");
    assert!(answer.is_routed);
}

#[test]
fn verbs_read_as_they_are_written() {
    use clap::Parser as _;
    let parse =
        |words: &[&str]| crate::cli::Cli::try_parse_from([&["hotline", "classifier"], words].concat());
    assert!(
        parse(&[
            "train",
            "a.jsonl",
            "--out",
            "m",
            "--precision",
            "0.99",
            "--report",
            "r.svg"
        ])
        .is_ok()
    );
    assert!(parse(&["train", "a.jsonl"]).is_err(), "a model goes somewhere");
    assert!(parse(&["train", "a.jsonl", "--out", "m", "--precision", "98"]).is_err());
    assert!(parse(&["train", "a.jsonl", "--out", "m", "--report", "r.png"]).is_err());
    assert!(parse(&["evaluate", "a.jsonl", "b.jsonl", "--json"]).is_ok());
    assert!(parse(&["explain", "路灯坏了", "--top", "0"]).is_err());
    let _ = (evaluate::ABOUT, explain::ABOUT);
}
