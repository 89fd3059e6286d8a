//! The port's promises, one test each, on every store.

use std::sync::Arc;

use domain::clock::Kind;
use domain::id::TicketNumber;
use domain::ticket::{PhaseName, Ticket};
use jiff::SignedDuration;
use jiff::civil::date;
use storage::port::{
    CommitError, FACTS_MAX, Failure, Ledger, ListKey, Offset, RECORD_BYTES_MAX, REQUEST_DAYS, WRITES_MAX,
};

use crate::facts::*;
use crate::stores::hold_for_every_store;

type Store = Arc<dyn Ledger>;

hold_for_every_store!(
    a_ticket_is_loaded_as_its_facts_fold,
    a_moved_version_conflicts_and_changes_nothing,
    a_ticket_begins_with_a_registration,
    history_pages_by_version,
    lists_follow_phase_unit_and_caller,
    lists_page_in_the_order_of_numbers,
    due_tickets_come_earliest_first,
    the_feed_gives_whole_commits_and_resumes_anywhere,
    a_repeated_request_is_answered_not_kept_again,
    requests_are_scoped_to_their_holder_and_kept_thirty_days,
    several_tickets_are_written_together_or_not_at_all,
    what_is_beyond_the_limits_is_refused,
    time_never_runs_backwards,
    the_last_number_is_one_of_its_day,
    rules_are_kept_under_their_versions,
    the_head_tells_of_every_commit,
    of_commits_on_one_version_one_wins,
    a_commit_is_seen_by_every_later_read,
    a_ticket_with_three_hundred_contacts_reads_back,
    a_closed_store_answers_nothing,
);

async fn numbers_under(store: &Store, key: &ListKey) -> Vec<u32> {
    sequences(store.list(key, None, 100).await.unwrap())
}

fn sequences(tickets: Vec<Ticket>) -> Vec<u32> {
    tickets.iter().map(|ticket| ticket.number.sequence()).collect()
}

async fn a_ticket_is_loaded_as_its_facts_fold(store: Store) {
    assert_eq!(store.load(number(1)).await.unwrap(), None);
    let created = store.commit(create(0, 1)).await.unwrap();
    let moved = commit(5, vec![write(1, 3, vec![dispatched(&["water"]), signed(1)])]);
    let committed = store.commit(moved).await.unwrap();
    assert!(committed.sequence > created.sequence);
    assert_eq!(committed.at, at(5));
    let ticket = store.load(number(1)).await.unwrap().unwrap();
    assert_eq!(committed.tickets, std::slice::from_ref(&ticket));
    assert_eq!((ticket.version, ticket.phase.name()), (5, PhaseName::Handling));
    let history = store.history(number(1), 0, 100).await.unwrap();
    assert_eq!(Ticket::replay(&history), Some(ticket));
}

async fn a_moved_version_conflicts_and_changes_nothing(store: Store) {
    store.commit(create(0, 1)).await.unwrap();
    for base in [0, 2, 4] {
        let refused = store
            .commit(commit(1, vec![write(1, base, vec![annotated()])]))
            .await
            .unwrap_err();
        let CommitError::Conflict { number: of, version } = refused else {
            panic!("{refused}")
        };
        assert_eq!((of, version), (number(1), 3));
    }
    let refused = store
        .commit(commit(1, vec![write(2, 1, vec![annotated()])]))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, CommitError::Conflict { version: 0, .. }),
        "{refused}"
    );
    assert_eq!(store.load(number(1)).await.unwrap().unwrap().version, 3);
    assert_eq!(store.feed(Offset::default(), 100).await.unwrap().len(), 3);
}

async fn a_ticket_begins_with_a_registration(store: Store) {
    let refused = store
        .commit(commit(0, vec![write(1, 0, vec![annotated()])]))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, CommitError::Conflict { version: 0, .. }),
        "{refused}"
    );
    assert_eq!(store.load(number(1)).await.unwrap(), None);
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

async fn a_repeated_request_is_answered_not_kept_again(store: Store) {
    store
        .commit(with_request(create(0, 1), "q-1", "aa"))
        .await
        .unwrap();
    let later = commit(1, vec![write(1, 3, vec![annotated()])]);
    store.commit(with_request(later, "q-2", "bb")).await.unwrap();

    let again = store
        .commit(with_request(create(5, 1), "q-1", "aa"))
        .await
        .unwrap_err();
    let CommitError::Repeated(answered) = again else {
        panic!("{again}")
    };
    assert_eq!(
        (answered.number, answered.version, answered.at),
        (number(1), 3, at(0))
    );
    let other = store
        .commit(with_request(create(5, 2), "q-1", "cc"))
        .await
        .unwrap_err();
    assert!(matches!(other, CommitError::Reused), "{other}");
    assert_eq!(store.load(number(1)).await.unwrap().unwrap().version, 4);
    assert_eq!(store.load(number(2)).await.unwrap(), None);

    // A refusal is not recorded: the same request may succeed later.
    let stale = commit(6, vec![write(1, 1, vec![annotated()])]);
    store.commit(with_request(stale, "q-3", "dd")).await.unwrap_err();
    let fresh = commit(7, vec![write(1, 4, vec![annotated()])]);
    store.commit(with_request(fresh, "q-3", "dd")).await.unwrap();
}

async fn requests_are_scoped_to_their_holder_and_kept_thirty_days(store: Store) {
    let asked = |seconds, sequence| with_request(create(seconds, sequence), "q", "aa");
    store.commit(asked(0, 1)).await.unwrap();
    let mut of_another = asked(1, 2);
    of_another.actor = actor("desk-2");
    store.commit(of_another).await.unwrap();

    let id = request("q", "").id;
    let last = at(0) + SignedDuration::from_hours(24 * REQUEST_DAYS);
    let answered = store.request(&actor("desk-1"), &id, last).await.unwrap().unwrap();
    assert_eq!((answered.number, &*answered.content), (number(1), "aa"));
    let after = last + SignedDuration::from_nanos(1);
    assert_eq!(store.request(&actor("desk-1"), &id, after).await.unwrap(), None);
    assert_eq!(store.request(&actor("desk-3"), &id, at(2)).await.unwrap(), None);

    let mut anew = asked(0, 3);
    anew.at = after;
    store.commit(anew).await.unwrap();
    let answered = store
        .request(&actor("desk-1"), &id, after)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answered.number, number(3));
}

async fn several_tickets_are_written_together_or_not_at_all(store: Store) {
    for sequence in 1..=3 {
        store.commit(create(0, sequence)).await.unwrap();
    }
    let note = |sequence, base| write(sequence, base, vec![annotated()]);
    store
        .commit(commit(1, vec![note(1, 3), note(2, 3), note(3, 2)]))
        .await
        .unwrap_err();
    for sequence in 1..=3 {
        assert_eq!(store.load(number(sequence)).await.unwrap().unwrap().version, 3);
    }
    let kept = store
        .commit(commit(1, vec![note(3, 3), note(1, 3), note(2, 3)]))
        .await
        .unwrap();
    assert_eq!(sequences(kept.tickets), [3, 1, 2], "in the order of the writes");
    let feed = store
        .feed(
            Offset {
                sequence: kept.sequence,
                ordinal: 0,
            },
            9,
        )
        .await
        .unwrap();
    assert_eq!(
        feed.iter().map(|entry| entry.offset.ordinal).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

async fn what_is_beyond_the_limits_is_refused(store: Store) {
    let note = |sequence| write(sequence, 0, vec![registered(None)]);
    let writes_max = u32::try_from(WRITES_MAX).unwrap();
    let mut long = registered(None);
    let text = "x".repeat(RECORD_BYTES_MAX).into();
    long.words = Some(domain::words::Sealed {
        slot: domain::id::KeySlot(1),
        text,
    });
    let beyond = [
        commit(0, vec![]),
        commit(0, vec![write(1, 0, vec![])]),
        commit(0, vec![note(1), note(1)]),
        commit(0, (1..=writes_max + 1).map(note).collect()),
        commit(0, vec![write(1, 0, vec![registered(None); FACTS_MAX + 1])]),
        commit(0, vec![write(1, 0, vec![long])]),
    ];
    for commit in beyond {
        let refused = store.commit(commit).await.unwrap_err();
        assert!(
            matches!(refused, CommitError::Failure(Failure::Limit { .. })),
            "{refused}"
        );
    }
    assert!(store.list(&ListKey::All, None, 9).await.unwrap().is_empty());
    store
        .commit(commit(0, (1..=writes_max).map(note).collect()))
        .await
        .unwrap();
}

async fn time_never_runs_backwards(store: Store) {
    store.commit(create(100, 1)).await.unwrap();
    let raised = store.commit(create(50, 2)).await.unwrap();
    assert_eq!(raised.at, at(100));
    assert_eq!(raised.tickets[0].registered_at, at(100));
    store
        .publish_rules(version("r"), "{}".to_owned(), at(200), actor("system"))
        .await
        .unwrap();
    assert_eq!(store.commit(create(150, 3)).await.unwrap().at, at(200));
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

async fn the_head_tells_of_every_commit(store: Store) {
    let mut head = store.head();
    assert_eq!(*head.borrow_and_update(), 0);
    let committed = store.commit(create(0, 1)).await.unwrap();
    head.changed().await.unwrap();
    assert_eq!(*head.borrow_and_update(), committed.sequence);
    store.commit(create(0, 1)).await.unwrap_err();
    assert!(!head.has_changed().unwrap());
}

async fn of_commits_on_one_version_one_wins(store: Store) {
    store.commit(create(0, 1)).await.unwrap();
    let rivals = (0..32).map(|_| store.commit(commit(1, vec![write(1, 3, vec![annotated()])])));
    let mut won = 0;
    // All are under way at once: on the embedded store they meet in one group.
    for outcome in futures(rivals).await {
        match outcome {
            Ok(_) => won += 1,
            Err(CommitError::Conflict { version, .. }) => assert_eq!(version, 4),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(store.load(number(1)).await.unwrap().unwrap().version, 4);
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
                let before = Some(number(sequence))
                    .filter(|_| sequence > 1)
                    .map(|_| number(sequence - 1));
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

/// Polls all until all are done.
async fn futures<F: Future + Unpin>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.map(Some).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        for slot in &mut waiting {
            if let Some(future) = slot
                && let std::task::Poll::Ready(output) = std::pin::Pin::new(future).poll(context)
            {
                done.push(output);
                *slot = None;
            }
        }
        if waiting.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}

async fn a_ticket_with_three_hundred_contacts_reads_back(store: Store) {
    store.commit(create(0, 1)).await.unwrap();
    let mut base = 3;
    for round in 0..6u16 {
        let added = (0..50).map(|nth| {
            let mut fact = contact_added(2 + round * 50 + nth, caller(u32::from(nth)));
            if let domain::ticket::Event::ContactAdded { contact } = &mut fact.event {
                contact.call = Some("一".repeat(200));
            }
            fact
        });
        store
            .commit(commit(1, vec![write(1, base, added.collect())]))
            .await
            .unwrap();
        base += 50;
        for other in 2..=9 {
            // Others come and go, so that this one is read from the index again.
            store
                .commit(create(1, u32::from(round) * 10 + other))
                .await
                .unwrap();
        }
        let ticket = store.load(number(1)).await.unwrap().unwrap();
        assert_eq!(ticket.contacts.len(), 51 + usize::from(round) * 50);
        assert_eq!(
            ticket
                .contacts
                .last()
                .unwrap()
                .call
                .as_ref()
                .unwrap()
                .chars()
                .count(),
            200
        );
    }
}

async fn a_closed_store_answers_nothing(store: Store) {
    store.commit(create(0, 1)).await.unwrap();
    assert!(store.is_writable());
    store.close().await.unwrap();
    assert!(!store.is_writable());
    let stopped = || Failure::Stopped;
    assert_eq!(store.load(number(1)).await.unwrap_err(), stopped());
    assert_eq!(store.history(number(1), 0, 9).await.unwrap_err(), stopped());
    assert_eq!(store.list(&ListKey::All, None, 9).await.unwrap_err(), stopped());
    assert_eq!(store.due_before(at(0), 9).await.unwrap_err(), stopped());
    assert_eq!(store.next_due().await.unwrap_err(), stopped());
    assert_eq!(store.feed(Offset::default(), 9).await.unwrap_err(), stopped());
    assert_eq!(
        store
            .request(&actor("a"), &request("q", "").id, at(0))
            .await
            .unwrap_err(),
        stopped()
    );
    assert_eq!(store.last_number(date(2026, 3, 2)).await.unwrap_err(), stopped());
    assert_eq!(store.rules(None).await.unwrap_err(), stopped());
    let published = store
        .publish_rules(version("r"), "{}".to_owned(), at(0), actor("a"))
        .await;
    assert_eq!(published.unwrap_err(), stopped());
    let committed = store.commit(create(0, 2)).await.unwrap_err();
    assert!(
        matches!(committed, CommitError::Failure(Failure::Stopped)),
        "{committed}"
    );
    assert_eq!(store.close().await.unwrap_err(), stopped());
}
