use std::fs;

use kit::clock::SteppedClock;

use super::delivery::Outcome;
use super::ledger::Ending;
use super::notice::{News, To};
use super::queue::{Job, Line};
use super::*;
use crate::NAME;
use crate::limits::{CROWDED_OUT_AT_ONCE, URGENT_MAX};

const AT_ONCE: usize = 1_000;
const ALL: usize = URGENT_MAX + AT_ONCE;

async fn open(dir: &Path) -> Outbox {
    let clock: SharedClock = Arc::new(SteppedClock::new(at(1_000_000)));
    let (tickets, _) = Link::deferred();
    let deps = Deps {
        tickets: tickets.clone(),
        rules: Arc::new(RulesCache::new(tickets, NAME, Arc::clone(&clock))),
        clock,
        drain: Drain::new(),
    };
    let webhook = WebhookSettings {
        url: "http://webhook.test/".to_owned(),
        secret: None,
    };
    let settings = Settings {
        webhook: Some(webhook),
        mail: None,
        ca_pem: Some(Vec::new()),
    };
    Outbox::open(deps, settings, Some(dir)).await.unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn heard(version: usize) -> Record {
    let version = u32::try_from(version).unwrap();
    let news = format!(
        r#"{{"number":"20261123-0000021","version":{version},"at":"{}","event":"escalated","urgent":true}}"#,
        at(i64::from(version))
    );
    Record::Heard {
        news: serde_json::from_str::<News>(&news).unwrap(),
        to: vec![To {
            addressee: Box::from("duty_leader"),
            unit: None,
        }],
        channels: vec![Channel::Webhook],
        sealed: false,
    }
}

/// The disk as it is left when the process is killed now.
fn killed(dir: &Path, left: &Path) {
    fs::create_dir(left).unwrap();
    for one in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let to = left.join(one.file_name());
        if one.file_type().unwrap().is_dir() {
            killed(&one.path(), &to);
        } else {
            fs::copy(one.path(), to).unwrap();
        }
    }
}

impl Outbox {
    async fn hear_all(&self, versions: impl Iterator<Item = usize>) {
        let records: Vec<Record> = versions.map(heard).collect();
        for some in records.chunks(AT_ONCE) {
            self.keep_all(some.to_vec()).await.unwrap();
            self.heard(some.to_vec());
        }
    }

    fn next(&self) -> Option<Job> {
        self.queue()
            .take_due(Channel::Webhook, &Line::GOING, self.clock.now())
    }

    /// The receiver takes as many; their versions.
    async fn deliver_some(&self, count: usize) -> Vec<usize> {
        let jobs: Vec<Job> = std::iter::from_fn(|| self.next()).take(count).collect();
        let (last, others) = jobs.split_last().unwrap();
        let done = |job: &Job| Record::Done {
            notice: job.id.clone(),
            how: Ending::Delivered,
        };
        for some in others.chunks(AT_ONCE) {
            let records: Vec<Record> = some.iter().map(done).collect();
            self.keep_all(records.clone()).await.unwrap();
            self.heard(records);
        }
        self.settle(last, Outcome::Ended(Ending::Delivered)).await;
        let version = |job: &Job| usize::try_from(job.id.version).unwrap();
        jobs.iter().map(version).collect()
    }

    fn on_disk(&self) -> usize {
        self.queue().crowded_out(Channel::Webhook, true)
    }

    fn pending(&self) -> usize {
        self.queue().tally(true, self.clock.now()).pending
    }
}

#[tokio::test]
async fn what_is_crowded_out_outlives_kills_and_goes_out_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let dir = |name: &str| folder.path().join(name);
    let outbox = open(&dir("first")).await;
    outbox.hear_all(1..=ALL).await;
    assert_eq!(
        (outbox.on_disk(), outbox.pending()),
        (AT_ONCE + CROWDED_OUT_AT_ONCE, ALL)
    );
    assert_eq!(Gauge(Arc::new(outbox)).now().pending, ALL);

    killed(&dir("first"), &dir("second"));
    let outbox = open(&dir("second")).await;
    assert_eq!(
        (outbox.on_disk(), outbox.pending()),
        (AT_ONCE, ALL),
        "as many as there is room for"
    );
    let mut told = outbox.deliver_some(URGENT_MAX / 2).await;
    assert_eq!(outbox.on_disk(), AT_ONCE, "half of the line is still there");
    told.extend(outbox.deliver_some(1).await);
    let are_back = async {
        while outbox.on_disk() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = outbox.bring_back() => {}
        () = are_back => {}
    }
    assert_eq!(outbox.pending(), ALL - told.len());

    // Some are under way.
    assert!(outbox.next().is_some());
    killed(&dir("second"), &dir("third"));
    let outbox = open(&dir("third")).await;
    assert_eq!((outbox.on_disk(), outbox.pending()), (0, ALL - told.len()));
    told.extend(outbox.deliver_some(ALL).await);
    assert!(
        told.into_iter().eq(1..=ALL),
        "each once, what happened first before others"
    );

    killed(&dir("third"), &dir("fourth"));
    assert_eq!(open(&dir("fourth")).await.pending(), 0);
}
