use jiff::civil::date;

use super::*;
use crate::lessons::version::Why;
use crate::test_city::category;
use domain::id::TicketNumber;

pub(crate) fn key(sequence: u32) -> Key {
    Key {
        number: TicketNumber::new(date(2026, 11, 16), sequence).unwrap(),
        version: 2,
    }
}

pub(crate) fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

/// Said in the third week of November, an hour later than the one before.
pub(crate) fn lesson(sequence: u32, said: &str, how: How, right: Option<&str>) -> Lesson {
    let said_at: Timestamp = "2026-11-16T01:00:00Z".parse().unwrap();
    let said_at = said_at + jiff::SignedDuration::from_hours(sequence.into());
    Lesson {
        key: key(sequence),
        said_at,
        week: week("2026-W47"),
        at: said_at,
        said: category(said),
        sureness: 80,
        alone: false,
        right: right.map(category),
        how,
        model: None,
    }
}

fn step(lessons: Vec<Lesson>) -> Record {
    let said = lessons.iter().map(|lesson| Count {
        week: lesson.week,
        category: lesson.said.clone(),
        tally: Tally {
            said: 1,
            ..Tally::default()
        },
    });
    Record::Step {
        token: "t".to_owned(),
        said: said.collect(),
        lessons,
        withheld: vec![(week("2026-W47"), 1)],
    }
}

fn tally(book: &Book, said: &str) -> Tally {
    book.weeks()[&week("2026-W47")][&category(said)]
}

#[test]
fn a_later_lesson_about_the_same_saying_takes_the_place_of_the_earlier() {
    let mut book = Book::default();
    book.fold(step(vec![lesson(1, "urban.noise", How::Returned, None)]));
    assert_eq!(
        (tally(&book, "urban.noise").returned, book.unsettled().count()),
        (1, 0)
    );
    book.fold(Record::Step {
        token: "u".to_owned(),
        said: Vec::new(),
        lessons: vec![lesson(1, "urban.noise", How::Returned, Some("utilities.water"))],
        withheld: Vec::new(),
    });
    let noise = tally(&book, "urban.noise");
    assert_eq!((noise.said, noise.returned, noise.known()), (1, 1, 1));
    assert_eq!(book.unsettled().count(), 1, "now there is something to learn");
    assert_eq!(book.token(), "u");
}

#[test]
fn what_was_learned_is_not_learned_again_until_it_is_said_otherwise() {
    let mut book = Book::default();
    book.fold(step(vec![lesson(
        1,
        "urban.noise",
        How::Corrected,
        Some("utilities.water"),
    )]));
    book.fold(Record::PassedOver {
        why: Why::NoLabel,
        from: vec![key(1)],
    });
    assert_eq!(book.unsettled().count(), 0);
    assert_eq!(book.versions().passed_over()[&Why::NoLabel], 1);
    book.fold(step(vec![lesson(
        1,
        "urban.noise",
        How::Corrected,
        Some("urban"),
    )]));
    assert_eq!(book.unsettled().count(), 1);
}

#[test]
fn a_shorter_ledger_folds_into_the_same_book() {
    let mut book = Book::default();
    book.fold(step(vec![
        lesson(1, "urban.noise", How::Confirmed, Some("urban.noise")),
        lesson(2, "urban.noise", How::Corrected, Some("utilities.water")),
        lesson(3, "utilities.water", How::Returned, None),
        lesson(4, "utilities.water", How::Corrected, Some("urban")),
    ]));
    book.fold(Record::PassedOver {
        why: Why::Known,
        from: vec![key(2)],
    });
    let mut again = Book::default();
    for record in book.records() {
        again.fold(record);
    }
    assert_eq!(again.weeks(), book.weeks());
    assert_eq!(again.withheld(), book.withheld());
    assert_eq!(again.token(), book.token());
    assert!(again.lessons().eq(book.lessons()));
    assert!(again.unsettled().eq(book.unsettled()));
    assert_eq!(again.versions().passed_over(), book.versions().passed_over());
}

#[test]
fn the_oldest_lessons_are_counted_only_and_never_counted_twice() {
    let mut book = Book::default();
    let count = u32::try_from(LESSONS_MAX).unwrap() + 2;
    for first in (1..=count).step_by(10_000) {
        let some = first..=count.min(first + 9_999);
        book.fold(step(
            some.map(|one| lesson(one, "urban.noise", How::Confirmed, Some("urban.noise")))
                .collect(),
        ));
    }
    assert_eq!(book.lessons().count(), LESSONS_MAX);
    let before = tally(&book, "urban.noise");
    assert_eq!(before.right, u64::from(count));
    book.fold(Record::Step {
        token: String::new(),
        said: Vec::new(),
        lessons: vec![lesson(1, "urban.noise", How::Corrected, Some("urban"))],
        withheld: Vec::new(),
    });
    assert_eq!(tally(&book, "urban.noise"), before);
}

#[test]
fn another_history_is_counted_anew_and_the_models_stay() {
    let mut book = Book::default();
    book.fold(step(vec![lesson(
        1,
        "urban.noise",
        How::Corrected,
        Some("urban"),
    )]));
    book.fold(Record::PassedOver {
        why: Why::Known,
        from: vec![key(1)],
    });
    book.fold(Record::Anew {});
    assert!(book.weeks().is_empty() && book.token().is_empty());
    book.fold(step(vec![lesson(
        1,
        "urban.noise",
        How::Corrected,
        Some("urban"),
    )]));
    assert_eq!(book.unsettled().count(), 0, "it was learned before");
}
