//! Places of Shantou as residents write them, over the demonstration city's names and grounds.

mod broken;
mod conflicts;
mod grounds;
mod learning;
mod words;

use std::sync::LazyLock;

use domain::id::AreaId;
use domain::rules::Area;
use serde::Deserialize;

use crate::{Answer, Gazetteer, Landmarks, Note, Question, boundaries};

#[derive(Deserialize)]
struct Areas {
    area: Vec<Area>,
}

fn areas() -> Vec<Area> {
    let file = include_str!("../../../config/shantou/areas.toml");
    toml::from_str::<Areas>(file).unwrap().area
}

fn code(id: &str) -> AreaId {
    AreaId::parse(id).unwrap()
}

static SHANTOU: LazyLock<Gazetteer> = LazyLock::new(|| {
    let grounds = boundaries::read(include_str!("../../../config/shantou/boundaries.geojson")).unwrap();
    Gazetteer::new(&areas(), &code("4405"), &grounds).unwrap()
});

fn find(question: &Question<'_>) -> Answer {
    SHANTOU.find(question)
}

/// One line for each candidate: its name, how sure, and what spoke for it; then the notes.
fn told(answer: &Answer) -> String {
    let tree = SHANTOU.tree();
    let mut lines: Vec<String> = answer
        .areas
        .iter()
        .map(|one| {
            let name = tree.zh(tree.row(&one.area).unwrap());
            let evidence: Vec<String> = one.evidence.iter().map(ToString::to_string).collect();
            format!("{name} {:.2}  {}", one.confidence, evidence.join("，"))
        })
        .collect();
    lines.extend(answer.notes.iter().map(|note: &Note| note.zh().to_owned()));
    lines.join("\n")
}

/// What a place's text comes to.
fn at(place: &str) -> String {
    told(&find(&Question {
        place,
        ..Question::default()
    }))
}

/// The first candidate and how sure it is; `-` where there is none.
fn first(place: &str) -> String {
    at(place)
        .lines()
        .next()
        .map_or("-", |line| line.split("  ").next().unwrap_or(line))
        .to_owned()
}

/// The first candidate of each place.
fn check(rows: &[(&str, &str)]) {
    for (place, expected) in rows {
        assert_eq!(first(place), *expected, "{place}: {}", at(place));
    }
}
