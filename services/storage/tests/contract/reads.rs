//! The port's promises about reading, one test each, on every store.

use std::sync::Arc;

use domain::clock::Kind;
use domain::id::TicketNumber;
use domain::ticket::PhaseName;
use jiff::civil::date;
use storage::port::{DuePlace, ListKey, Offset};

use crate::facts::*;
use crate::stores::{Store, hold_for_every_store, sequences};

hold_for_every_store!(
    history_pages_by_version,
    lists_follow_phase_unit_and_caller,
    lists_follow_rulings_orders_and_rings,
    lists_page_in_the_order_of_numbers,
    due_tickets_come_earliest_first,
    the_time_of_the_last_commit_is_known_and_never_falls,
    the_feed_gives_whole_commits_and_resumes_anywhere,
    the_last_number_is_one_of_its_day,
    the_head_tells_of_every_commit,
    a_commit_is_seen_by_every_later_read,
    rules_are_kept_under_their_versions,
);

async fn numbers_under(store: &Store, key: &ListKey) -> Vec<u32> {
    sequences(store.list(key, None, 100).await.unwrap())
}

async fn history_pages_by_version(store: Store) {
    store.commit(create(0, 1)).await.unwrap();
    for nth in 0..40 {
        let facts = vec![annotated(), annotated()];
        store
            .commit(commit(
                nth,
                vec![write(1, 3 + 2 * u32::try_from(nth).unwrap(), facts)],
            ))
            .await
            .unwrap();
    }
    let whole = store.history(number(1), 0, 1_000).await.unwrap();
    assert_eq!(
        whole.iter().map(|recorded| recorded.version).collect::<Vec<_>>(),
        (1..=83).collect::<Vec<_>>()
    );
    for (after, limit) in [
        (0, 1),
        (0, 7),
        (2, 7),
        (3, 50),
        (34, 9),
        (35, 1),
        (36, 20),
        (82, 5),
        (83, 5),
        (999, 5),
    ] {
        let page = store.history(number(1), after, limit).await.unwrap();
        let from = usize::try_from(after).unwrap().min(83);
        assert_eq!(
            page,
            whole[from..(from + limit).min(83)],
            "after {after}, at most {limit}"
        );
    }
    assert!(store.history(number(1), 0, 0).await.unwrap().is_empty());
    assert!(store.history(number(2), 0, 10).await.unwrap().is_empty());
}

async fn lists_follow_phase_unit_and_caller(store: Store) {
    for sequence in 1..=10 {
        store.commit(create(0, sequence)).await.unwrap();
    }
    let accepted = ListKey::Phase(PhaseName::Accepted);
    assert_eq!(numbers_under(&store, &accepted).await.len(), 10);
    assert_eq!(numbers_under(&store, &ListKey::Caller(caller(2))).await, [2, 7]);

    let legs = || vec![dispatched(&["water", "roads"]), signed(1)];
    store
        .commit(commit(1, vec![write(2, 3, legs()), write(5, 3, legs())]))
        .await
        .unwrap();
    store
        .commit(commit(2, vec![write(5, 5, vec![closed()])]))
        .await
        .unwrap();
    assert_eq!(numbers_under(&store, &accepted).await, [1, 3, 4, 6, 7, 8, 9, 10]);
    assert_eq!(numbers_under(&store, &ListKey::Unit(unit("roads"))).await, [2, 5]);
    assert_eq!(
        numbers_under(&store, &ListKey::UnitPhase(unit("water"), PhaseName::Handling)).await,
        [2]
    );
    assert_eq!(
        numbers_under(&store, &ListKey::UnitPhase(unit("water"), PhaseName::Closed)).await,
        [5]
    );
    // A code that begins like another one is another one.
    assert_eq!(numbers_under(&store, &ListKey::Unit(unit("road"))).await, [0; 0]);

    store
        .commit(commit(
            3,
            vec![write(5, 6, vec![reopened(), contact_added(2, caller(2))])],
        ))
        .await
        .unwrap();
    assert_eq!(
        numbers_under(&store, &ListKey::Unit(unit("roads"))).await,
        [2, 5],
        "a leg it had"
    );
    assert_eq!(
        numbers_under(&store, &accepted).await,
        [1, 3, 4, 5, 6, 7, 8, 9, 10]
    );
    assert_eq!(
        numbers_under(&store, &ListKey::Caller(caller(2))).await,
        [2, 5, 7]
    );
}

async fn lists_follow_rulings_orders_and_rings(store: Store) {
    for sequence in 1..=6 {
        store.commit(create(0, sequence)).await.unwrap();
    }
    let rule = |category| vec![classified(category), dispatched(&["water"]), ruled("water")];
    let writes = vec![
        write(1, 3, rule("urban.noise.night")),
        write(2, 3, rule("urban")),
        write(3, 3, rule("urbane.tea")),
        write(4, 3, vec![classified("urban.noise")]),
    ];
    store.commit(commit(1, writes)).await.unwrap();
    let like = |code| ListKey::ruled_like(&category(code));
    assert_eq!(numbers_under(&store, &like("urban.noise")).await, [1, 2]);
    assert_eq!(numbers_under(&store, &like("urbane")).await, [3]);
    let moved = vec![classified("urbane")];
    store.commit(commit(2, vec![write(2, 6, moved)])).await.unwrap();
    assert_eq!(numbers_under(&store, &like("urban")).await, [1]);
    assert_eq!(numbers_under(&store, &like("urbane")).await, [2, 3]);

    let ordered = || vec![order_issued(1, at(9)), clock_started(Kind::Order, 1, at(9))];
    let ring = || vec![dispatched(&["water"]), clock_started(Kind::Callback, 1, at(9))];
    let writes = vec![
        write(1, 6, ordered()),
        write(3, 6, ordered()),
        write(5, 3, ring()),
    ];
    store.commit(commit(3, writes)).await.unwrap();
    assert_eq!(numbers_under(&store, &ListKey::OpenOrder).await, [1, 3]);
    assert_eq!(numbers_under(&store, &ListKey::DeadlineCallback).await, [5]);
    let answered = vec![clock_stopped(Kind::Order, 1), order_answered(1)];
    let rung = vec![clock_stopped(Kind::Callback, 1)];
    let writes = vec![write(3, 8, answered), write(5, 5, rung)];
    store.commit(commit(4, writes)).await.unwrap();
    assert_eq!(numbers_under(&store, &ListKey::OpenOrder).await, [1]);
    assert_eq!(numbers_under(&store, &ListKey::DeadlineCallback).await, [0; 0]);
}

async fn lists_page_in_the_order_of_numbers(store: Store) {
    for sequence in [9, 3, 7, 1, 1_000_000, 5, 8, 2, 6, 4] {
        store.commit(create(0, sequence)).await.unwrap();
    }
    for key in [ListKey::All, ListKey::Phase(PhaseName::Accepted)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(&key, after, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.number);
            assert!(page.len() <= 3);
            seen.extend(sequences(page));
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000_000]);
        assert!(store.list(&key, None, 0).await.unwrap().is_empty());
    }
}

async fn due_tickets_come_earliest_first(store: Store) {
    assert_eq!(store.next_due().await.unwrap(), None);
    for (sequence, wake) in [(1, 300), (2, 100), (3, 200), (4, 100), (5, 900)] {
        let facts = vec![registered(None), clock_started(Kind::Triage, 1, at(wake))];
        store
            .commit(commit(0, vec![write(sequence, 0, facts)]))
            .await
            .unwrap();
    }
    assert_eq!(store.next_due().await.unwrap(), Some(at(100)));
    assert_eq!(sequences(store.due_before(at(99), 9).await.unwrap()), [0; 0]);
    assert_eq!(sequences(store.due_before(at(100), 9).await.unwrap()), [2, 4]);
    assert_eq!(
        sequences(store.due_before(at(300), 9).await.unwrap()),
        [2, 4, 3, 1]
    );
    assert_eq!(sequences(store.due_before(at(300), 2).await.unwrap()), [2, 4]);

    // A page behind a place, whether or not anything stands there.
    let behind = async |wake, sequence, limit| {
        let place = DuePlace {
            at: at(wake),
            number: number(sequence),
        };
        sequences(store.due_page(Some(place), at(300), limit).await.unwrap())
    };
    assert_eq!(behind(100, 2, 9).await, [4, 3, 1]);
    assert_eq!(behind(100, 3, 1).await, [4]);
    assert_eq!(behind(100, 4, 9).await, [3, 1]);
    assert_eq!(behind(300, 1, 9).await, [0; 0]);
    assert_eq!(behind(900, 5, 9).await, [0; 0]);
    for (after, next) in [(99, Some(100)), (100, Some(200)), (300, Some(900)), (900, None)] {
        assert_eq!(store.next_due_after(at(after)).await.unwrap(), next.map(at));
    }

    // A stopped clock fires no more; a new run fires at its own time.
    store
        .commit(commit(1, vec![write(2, 2, vec![clock_stopped(Kind::Triage, 1)])]))
        .await
        .unwrap();
    let renewed = vec![clock_started(Kind::Triage, 2, at(250))];
    store.commit(commit(1, vec![write(4, 2, renewed)])).await.unwrap();
    assert_eq!(sequences(store.due_before(at(300), 9).await.unwrap()), [3, 4, 1]);
    assert_eq!(store.next_due().await.unwrap(), Some(at(200)));
}

async fn the_time_of_the_last_commit_is_known_and_never_falls(store: Store) {
    for (nth, version, expected) in [(50, 0, 50), (9, 1, 50), (70, 2, 70)] {
        let facts = if version == 0 {
            vec![registered(None)]
        } else {
            vec![annotated()]
        };
        let mut one = commit(0, vec![write(1, version, facts)]);
        one.at = at(nth);
        assert_eq!(store.commit(one).await.unwrap().at, at(expected));
        assert_eq!(store.last_at(), Some(at(expected)));
    }
}

async fn the_feed_gives_whole_commits_and_resumes_anywhere(store: Store) {
    let mut traced = create(0, 1);
    traced.trace = Some("00-trace".to_owned());
    store.commit(traced).await.unwrap();
    store
        .publish_rules(version("r1"), "{}".to_owned(), at(0), actor("system"))
        .await
        .unwrap();
    for sequence in 2..=6 {
        store.commit(create(sequence.into(), sequence)).await.unwrap();
    }
    let whole = store.feed(Offset::default(), 1_000).await.unwrap();
    assert_eq!(whole.len(), 18);
    assert!(whole.is_sorted_by_key(|entry| entry.offset));
    assert_eq!(whole[0].trace.as_deref(), Some("00-trace"));
    assert_eq!(whole[3].trace, None);
    for (index, entry) in whole.iter().enumerate() {
        let rest = store.feed(entry.offset, 1_000).await.unwrap();
        assert_eq!(rest, whole[index + 1..], "after {:?}", entry.offset);
    }
    let mut after = Offset::default();
    let mut paged = Vec::new();
    while let Some(last) = store.feed(after, 1).await.unwrap().last() {
        after = last.offset;
        paged.push(after.sequence);
    }
    assert_eq!(paged.len(), 6, "a commit a page, to the end: {paged:?}");
    let page = store.feed(Offset::default(), 7).await.unwrap();
    assert_eq!(page.len(), 6, "whole commits");
    let page = store.feed(Offset::default(), 1).await.unwrap();
    assert_eq!(page.len(), 3, "never less than one commit");
    assert!(store.feed(whole[17].offset, 9).await.unwrap().is_empty());
    assert!(
        store
            .feed(
                Offset {
                    sequence: 99,
                    ordinal: 1
                },
                9
            )
            .await
            .unwrap()
            .is_empty()
    );
}

async fn the_last_number_is_one_of_its_day(store: Store) {
    let day = date(2026, 3, 2);
    assert_eq!(store.last_number(day).await.unwrap(), None);
    for sequence in [3, 12, 7] {
        store.commit(create(0, sequence)).await.unwrap();
    }
    let mut tomorrow = create(0, 1);
    tomorrow.writes[0].number = TicketNumber::new(date(2026, 3, 3), 2).unwrap();
    store.commit(tomorrow).await.unwrap();
    assert_eq!(store.last_number(day).await.unwrap(), Some(number(12)));
    assert_eq!(
        store
            .last_number(date(2026, 3, 3))
            .await
            .unwrap()
            .map(|n| n.sequence()),
        Some(2)
    );
    assert_eq!(store.last_number(date(2026, 3, 1)).await.unwrap(), None);
}

async fn the_head_tells_of_every_commit(store: Store) {
    let mut head = store.head();
    assert_eq!(*head.borrow_and_update(), 0);
    let committed = store.commit(create(0, 1)).await.unwrap();
    head.changed().await.unwrap();
    assert_eq!(*head.borrow_and_update(), committed.sequence);
    store.commit(create(0, 1)).await.unwrap_err();
    assert!(!head.has_changed().unwrap());
}

async fn a_commit_is_seen_by_every_later_read(store: Store) {
    let mut lives = tokio::task::JoinSet::new();
    for sequence in 1..=12 {
        let store = Arc::clone(&store);
        lives.spawn(async move {
            store.commit(create(0, sequence)).await.unwrap();
            for base in 3..60 {
                let fact = if base % 2 == 0 { closed() } else { reopened() };
                let committed = store
                    .commit(commit(1, vec![write(sequence, base, vec![fact])]))
                    .await
                    .unwrap();
                let ticket = store.load(number(sequence)).await.unwrap();
                assert_eq!(ticket.as_ref(), committed.tickets.first());
                let before = (sequence > 1).then(|| number(sequence - 1));
                let phase = ListKey::Phase(committed.tickets[0].phase.name());
                let listed = store.list(&phase, before, 1).await.unwrap();
                assert_eq!(
                    listed.first(),
                    committed.tickets.first(),
                    "its own list has it first"
                );
            }
        });
    }
    lives.join_all().await;
}

async fn rules_are_kept_under_their_versions(store: Store) {
    assert_eq!(store.rules(None).await.unwrap(), None);
    let publish = |text: &'static str| {
        let store = Arc::clone(&store);
        async move {
            let json = format!(r#"{{"name":"规则 {text}"}}"#);
            store
                .publish_rules(version(text), json, at(0), actor("system"))
                .await
                .unwrap();
        }
    };
    publish("one").await;
    publish("two").await;
    let current = store.rules(None).await.unwrap().unwrap();
    assert_eq!(current, (version("two"), r#"{"name":"规则 two"}"#.to_owned()));
    let old = store.rules(Some(&version("one"))).await.unwrap().unwrap();
    assert_eq!(old.1, r#"{"name":"规则 one"}"#);
    assert_eq!(store.rules(Some(&version("none"))).await.unwrap(), None);
    publish("one").await;
    assert_eq!(store.rules(None).await.unwrap().unwrap().0, version("one"));
}
