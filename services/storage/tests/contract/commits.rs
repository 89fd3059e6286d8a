//! The port's promises about writing, one test each, on every store.

use domain::ticket::{PhaseName, Ticket};
use jiff::SignedDuration;
use jiff::civil::date;
use storage::port::{
    CommitError, FACTS_MAX, Failure, ListKey, Offset, RECORD_BYTES_MAX, REQUEST_DAYS, WRITES_MAX,
};

use crate::facts::*;
use crate::stores::{Store, hold_for_every_store, sequences};

hold_for_every_store!(
    a_ticket_is_loaded_as_its_facts_fold,
    a_moved_version_conflicts_and_changes_nothing,
    a_ticket_begins_with_a_registration,
    a_repeated_request_is_answered_not_kept_again,
    requests_are_scoped_to_their_holder_and_kept_thirty_days,
    several_tickets_are_written_together_or_not_at_all,
    what_is_beyond_the_limits_is_refused,
    time_never_runs_backwards,
    of_commits_on_one_version_one_wins,
    a_ticket_with_three_hundred_contacts_reads_back,
    a_closed_store_answers_nothing,
);

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
