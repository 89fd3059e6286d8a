//! Random lives of a store, compared with the reference after every step.

use std::sync::Arc;

use domain::clock::Kind;
use domain::ticket::{Fact, PhaseName};
use jiff::civil::date;
use storage::port::{Commit, CommitError, DuePlace, Ledger, ListKey, Offset};
use storage::{Embedded, Memory};

use crate::facts::*;
use crate::stores::{Dir, open, open_after_power_cut};

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).unwrap()
    }
}

struct Life {
    random: Random,
    dir: Dir,
    embedded: Option<Arc<Embedded>>,
    memory: Memory,
    tickets: u32,
    seconds: i64,
    script: Vec<String>,
}

const UNITS: [&str; 4] = ["water", "roads", "road", "power"];
const CATEGORIES: [&str; 4] = ["urban", "urban.noise", "urbane.tea", "traffic.bus.stop"];
const ORDER_OR_RING: [Kind; 2] = [Kind::Order, Kind::Callback];

#[tokio::test(flavor = "multi_thread")]
async fn any_life_is_that_of_the_reference() {
    for seed in 1..=6 {
        let mut life = Life::begin(seed).await;
        for _ in 0..150 {
            life.step().await;
        }
        life.compare_everything().await;
    }
}

impl Life {
    async fn begin(seed: u64) -> Life {
        let dir = Dir::new();
        let embedded = Some(open(dir.path()).await.unwrap());
        Life {
            random: Random(seed),
            dir,
            embedded,
            memory: Memory::new(),
            tickets: 0,
            seconds: 0,
            script: vec![format!("seed {seed}")],
        }
    }

    fn store(&self) -> &Embedded {
        self.embedded.as_ref().unwrap()
    }

    async fn step(&mut self) {
        match self.random.below(40) {
            0 => self.reopen("clean").await,
            1 => self.reopen("crash").await,
            2 => self.reopen("power cut").await,
            3 => self.reopen("index lost").await,
            4 => self.publish().await,
            5..10 => self.compare_everything().await,
            _ => {
                let commit = self.draw_commit();
                self.commit(commit).await;
            }
        }
    }

    async fn reopen(&mut self, how: &str) {
        self.script.push(how.to_owned());
        let store = self.embedded.take().unwrap();
        let history = store.history_id();
        if how == "clean" || how == "index lost" {
            store.close().await.unwrap();
        }
        drop(store);
        if how == "index lost" {
            self.dir.remove_index();
        }
        let path = self.dir.path();
        let opened = if how == "power cut" {
            open_after_power_cut(path).await
        } else {
            open(path).await
        };
        let opened = opened.unwrap_or_else(|error| panic!("{error}: {:?}", self.script));
        assert_eq!(opened.history_id(), history);
        self.embedded = Some(opened);
    }

    async fn publish(&mut self) {
        let text = format!("rules-{}", self.random.below(4));
        self.script.push(format!("publish {text}"));
        for store in [self.store() as &dyn Ledger, &self.memory] {
            store
                .publish_rules(
                    version(&text),
                    format!("\"{text}\""),
                    at(self.seconds),
                    actor("a"),
                )
                .await
                .unwrap();
        }
    }

    fn draw_commit(&mut self) -> Commit {
        self.seconds += i64::from(self.random.below(9)) - 2;
        let mut commit = if self.tickets < 3 || self.random.below(4) == 0 {
            self.tickets += 1;
            create(self.seconds, self.tickets)
        } else {
            let first = 1 + self.random.below(self.tickets);
            let several = 1 + self.random.below(3).min(self.tickets - first);
            let writes =
                (first..first + several).map(|sequence| write(sequence, u32::MAX, self.draw_facts()));
            let writes = writes.collect();
            commit(self.seconds, writes)
        };
        if self.random.below(2) == 0 {
            let (id, content) = (self.random.below(40), self.random.below(8) / 7);
            commit = with_request(commit, &format!("q-{id}"), &content.to_string());
        }
        commit
    }

    fn draw_facts(&mut self) -> Vec<Fact> {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.draw_fact()).collect()
    }

    fn draw_fact(&mut self) -> Fact {
        let n = self.random.below(1_000);
        let run = u16::try_from(n % 5).unwrap();
        match self.random.below(15) {
            0 => dispatched(&[UNITS[n as usize % 4], UNITS[(n as usize / 4 + 1) % 4]]),
            1 => dispatched(&[UNITS[n as usize % 4]]),
            2 => signed(1),
            3 => closed(),
            4 => reopened(),
            5 => contact_added(run + 2, caller(n % 5)),
            6 => clock_started(Kind::Handle, run, at(self.seconds + i64::from(n))),
            7 => clock_stopped(Kind::Handle, run),
            8 => classified(CATEGORIES[n as usize % 4]),
            9 => ruled(UNITS[n as usize % 4]),
            10 => order_issued(1, at(self.seconds)),
            11 => order_answered(1),
            12 => clock_started(ORDER_OR_RING[n as usize % 2], run, at(self.seconds)),
            13 => clock_stopped(ORDER_OR_RING[n as usize % 2], run),
            _ => annotated(),
        }
    }

    async fn commit(&mut self, mut commit: Commit) {
        for write in &mut commit.writes {
            let kept = self.memory.load(write.number).await.unwrap();
            let version = kept.map_or(0, |ticket| ticket.version);
            let is_stale = write.base != u32::MAX && version > 0 || self.random.below(12) == 0;
            write.base = if is_stale {
                version.saturating_sub(1)
            } else {
                version
            };
        }
        let what: Vec<_> = commit
            .writes
            .iter()
            .map(|w| (w.number.sequence(), w.base, w.facts.len()))
            .collect();
        self.script.push(format!("commit {what:?} {:?}", commit.request));
        let expected = self.memory.commit(commit.clone()).await;
        let found = self.store().commit(commit.clone()).await;
        assert_eq!(told(&found), told(&expected), "{:?}", self.script);
        for write in &commit.writes {
            let (found, expected) = (self.store().load(write.number), self.memory.load(write.number));
            assert_eq!(found.await, expected.await, "{:?}", self.script);
            let after = self.random.below(6);
            let found = self.store().history(write.number, after, 9).await;
            assert_eq!(
                found,
                self.memory.history(write.number, after, 9).await,
                "{:?}",
                self.script
            );
        }
        assert_eq!(*self.store().head().borrow(), *self.memory.head().borrow());
    }

    async fn compare_everything(&mut self) {
        self.compare_lists().await;
        self.compare_feed_and_due().await;
        self.compare_rules_and_requests().await;
    }

    async fn compare_lists(&mut self) {
        let mut lists = vec![ListKey::All];
        lists.extend(PhaseName::ALL.iter().map(|phase| ListKey::Phase(*phase)));
        lists.extend((0..6).map(|nth| ListKey::Caller(caller(nth))));
        lists.extend([ListKey::OpenOrder, ListKey::DeadlineCallback]);
        lists.extend(CATEGORIES.map(|code| ListKey::ruled_like(&category(code))));
        for code in UNITS {
            lists.push(ListKey::Unit(unit(code)));
            lists.extend(
                PhaseName::ALL
                    .iter()
                    .map(|phase| ListKey::UnitPhase(unit(code), *phase)),
            );
        }
        let (after, limit) = (
            Some(number(1 + self.random.below(20))),
            1 + self.random.below(30) as usize,
        );
        for key in &lists {
            for after in [None, after] {
                let found = self.store().list(key, after, limit).await;
                assert_eq!(
                    found,
                    self.memory.list(key, after, limit).await,
                    "{key:?} {:?}",
                    self.script
                );
            }
        }
    }

    async fn compare_feed_and_due(&mut self) {
        let (limit, until) = (
            1 + self.random.below(30) as usize,
            at(i64::from(self.random.below(2_000))),
        );
        let place = DuePlace {
            at: until,
            number: number(1 + self.random.below(40)),
        };
        let from = Offset {
            sequence: u64::from(self.random.below(120)),
            ordinal: self.random.below(4),
        };
        let (found, expected, script) = (self.store(), &self.memory, &self.script);
        assert_eq!(
            found.due_before(until, limit).await,
            expected.due_before(until, limit).await,
            "{script:?}"
        );
        assert_eq!(
            found.next_due_after(until).await,
            expected.next_due_after(until).await,
            "{script:?}"
        );
        assert_eq!(
            found.due_page(Some(place), at(2_000), limit).await,
            expected.due_page(Some(place), at(2_000), limit).await,
            "{script:?}"
        );
        for (from, limit) in [(from, limit), (Offset::default(), 2_000)] {
            assert_eq!(
                found.feed(from, limit).await,
                expected.feed(from, limit).await,
                "{from:?} {script:?}"
            );
        }
    }

    async fn compare_rules_and_requests(&self) {
        let (found, expected, script) = (self.store(), &self.memory, &self.script);
        let day = date(2026, 3, 2);
        assert_eq!(
            found.last_number(day).await,
            expected.last_number(day).await,
            "{script:?}"
        );
        assert_eq!(found.rules(None).await, expected.rules(None).await, "{script:?}");
        for nth in 0..4 {
            let version = version(&format!("rules-{nth}"));
            assert_eq!(
                found.rules(Some(&version)).await,
                expected.rules(Some(&version)).await,
                "{script:?}"
            );
        }
        for nth in 0..40 {
            let id = request(&format!("q-{nth}"), "").id;
            let (by, now) = (actor("desk-1"), at(self.seconds));
            assert_eq!(
                found.request(&by, &id, now).await,
                expected.request(&by, &id, now).await,
                "{script:?}"
            );
        }
    }
}

/// An outcome as text, so that errors can be compared.
fn told(outcome: &Result<storage::port::Committed, CommitError>) -> String {
    format!("{outcome:?}")
}
