//! The outbox as it is kept: what there is to tell, what was told, and the place in the feed, in one ledger of this
//! role's own. A change of the feed and the place behind it are one append (A-9). What is settled is left out when the
//! ledger is opened and has grown, so that it does not grow for ever.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::id::{HolderId, RequestId, TicketNumber};
use jiff::Timestamp;
use kit::drain::Drain;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::Failure;
use storage::{Entry, Log, LogOptions};
use tokio::sync::RwLock;

use super::notice::{Channel, News, NoticeId, To};
use super::reading::Reading;
use crate::acknowledgements::failed;
use crate::limits::COPY_RECORDS;

/// The name of its records.
const KIND: &str = "notice";

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
pub(crate) enum Record {
    /// Something happened, and these are to be told over these channels.
    Heard {
        news: News,
        to: Vec<To>,
        channels: Vec<Channel>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sealed: bool,
    },
    /// How far the feed is heard.
    Place(Place),
    /// A ticket with notices under way was sealed, or no longer is.
    Sealed { number: TicketNumber, sealed: bool },
    /// One recipient of a notice has it, and others may not: a short hash of his address.
    Reached { notice: NoticeId, recipient: String },
    /// Done with.
    Done { notice: NoticeId, how: Ending },
    /// Not tried again until somebody says so.
    Parked { notice: NoticeId, failure: String },
    /// Somebody has said so.
    Retried {
        notice: NoticeId,
        by: HolderId,
        request: RequestId,
    },
}

/// A place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Every change up to this token is heard; empty: the feed is to be read from its beginning.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) token: String,
    /// What happened before is not told.
    pub(crate) since: Timestamp,
    /// When the latest change heard was made.
    pub(crate) heard_at: Timestamp,
}

/// How a notice was done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The receiver has it.
    Delivered,
    /// It may not know of the ticket, as that stands by now.
    Withheld,
    /// There is nobody, on purpose.
    Nobody,
    /// Not at all: a build of before let those go that had no room. They still wait.
    CrowdedOut,
}

impl Ending {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Ending::Delivered => "delivered",
            Ending::Withheld => "withheld",
            Ending::Nobody => "nobody",
            Ending::CrowdedOut => "crowded_out",
        }
    }
}

/// The ledger.
pub(crate) struct Ledger {
    /// Taken for writing while it is read again: only one at a time may have the directory.
    log: RwLock<Log<Record>>,
    /// None in memory.
    dir: Option<PathBuf>,
}

impl Ledger {
    /// Opens the ledger of a directory and shows `seen` every record with its time, in order, never holding them all;
    /// without a directory it is kept in memory.
    pub(crate) async fn open<S: Send + 'static>(
        dir: Option<&Path>,
        now: Timestamp,
        drain: &Drain,
        seen: S,
        show: Show<S>,
    ) -> Result<(Self, S), Fault> {
        let (log, seen) = match dir {
            Some(dir) => {
                finish_swap(dir).map_err(Fault::data_loss)?;
                read(dir, now, drain, seen, show).await?
            }
            None => (Log::memory(), seen),
        };
        let ledger = Self {
            log: RwLock::new(log),
            dir: dir.map(Path::to_owned),
        };
        Ok((ledger, seen))
    }

    /// Whether what leaves memory is kept all the same.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.dir.is_some()
    }

    /// Reads once more what is open from a sequence on. What is to be kept meanwhile waits.
    pub(crate) async fn read_on(&self, from: u64, now: Timestamp, drain: &Drain) -> Result<Reading, Fault> {
        let reading = Reading::on_from(from);
        let Some(dir) = &self.dir else {
            return Ok(reading);
        };
        let mut log = self.log.write().await;
        if !log.is_writable() {
            return Err(failed(Failure::Stopped));
        }
        log.close().await.map_err(failed)?;
        let (again, reading) = read(dir, now, drain, reading, Reading::show).await?;
        *log = again;
        Ok(reading)
    }

    /// Writes the ledger of a directory anew with nothing but what still matters: a copy beside it, then put into its place.
    pub(crate) async fn tidied(self, dir: &Path, now: Timestamp, drain: &Drain) -> Result<Self, Fault> {
        tracing::info!("the ledger of notices is tidied up");
        let unread = async |dir: &Path| Self::open_unread(dir, now, drain).await;
        let copy = unread(&beside(dir, "new")).await?;
        let mut from = Some(0);
        while let Some(sequence) = from {
            let reading = self.read_on(sequence, now, drain).await?;
            for some in reading.queue.records().chunks(COPY_RECORDS) {
                copy.keep(some.to_vec(), now).await.map_err(failed)?;
            }
            from = reading.next;
        }
        for done_with in [self, copy] {
            done_with.log.into_inner().close().await.map_err(failed)?;
        }
        swap(dir).map_err(Fault::data_loss)?;
        unread(dir).await
    }

    async fn open_unread(dir: &Path, now: Timestamp, drain: &Drain) -> Result<Self, Fault> {
        let (log, ()) = read(dir, now, drain, (), |(), _| ()).await?;
        Ok(Self {
            log: RwLock::new(log),
            dir: Some(dir.to_owned()),
        })
    }

    /// Keeps records, all or none.
    pub(crate) async fn keep(&self, records: Vec<Record>, now: Timestamp) -> Result<(), Failure> {
        self.log.read().await.append_all(now, records).await.map(drop)
    }

    /// Gives the directory back.
    pub(crate) async fn close(&self) {
        if let Err(failure) = self.log.read().await.close().await {
            tracing::warn!(%failure, "the ledger of notices was not closed");
        }
    }
}

/// Is shown a record.
type Show<S> = fn(&mut S, Entry<Record>);

async fn read<S: Send + 'static>(
    dir: &Path,
    now: Timestamp,
    drain: &Drain,
    mut seen: S,
    show: Show<S>,
) -> Result<(Log<Record>, S), Fault> {
    let dir = dir.to_owned();
    let options = LogOptions {
        at: now,
        ..LogOptions::default()
    };
    let read = move || {
        let each = |entry| show(&mut seen, entry);
        let log = Log::open_with(&dir, KIND, &options, each).map_err(Fault::data_loss)?;
        Ok((log, seen))
    };
    drain.block("read the ledger of notices", read).await
}

fn beside(dir: &Path, suffix: &str) -> PathBuf {
    dir.with_extension(suffix)
}

/// The copy is whole: the ledger makes room and the copy takes its place.
fn swap(dir: &Path) -> io::Result<()> {
    fs::rename(dir, beside(dir, "old"))?;
    fs::rename(beside(dir, "new"), dir)?;
    fs::remove_dir_all(beside(dir, "old"))
}

/// Finishes what a crash has left of a swap. A copy is whole once the ledger has made room for it, and not before.
fn finish_swap(dir: &Path) -> io::Result<()> {
    let (fresh, old) = (beside(dir, "new"), beside(dir, "old"));
    if old.exists() && !dir.exists() {
        fs::rename(&fresh, dir)?;
    }
    for left in [old, fresh] {
        if left.exists() {
            fs::remove_dir_all(left)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(token: &str) -> Record {
        Record::Place(Place {
            token: token.to_owned(),
            since: Timestamp::UNIX_EPOCH,
            heard_at: Timestamp::UNIX_EPOCH,
        })
    }

    async fn opened(dir: &Path) -> (Ledger, Vec<Record>) {
        let show = |seen: &mut Vec<Record>, entry: Entry<Record>| seen.push(entry.value);
        Ledger::open(Some(dir), Timestamp::UNIX_EPOCH, &Drain::new(), Vec::new(), show)
            .await
            .unwrap()
    }

    async fn read(dir: &Path) -> Vec<Record> {
        let (ledger, records) = opened(dir).await;
        ledger.close().await;
        records
    }

    async fn written(dir: &Path, records: Vec<Record>) {
        let (ledger, _) = opened(dir).await;
        ledger.keep(records, Timestamp::UNIX_EPOCH).await.unwrap();
        ledger.close().await;
    }

    #[tokio::test]
    async fn a_tidied_ledger_holds_what_still_matters_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("notices");
        written(&dir, (0..9).map(|at| place(&at.to_string())).collect()).await;
        let heard = |version| {
            let text = format!(
                r#"{{"record":"heard","news":{{"number":"20261123-0000021","version":{version},
                "at":"1970-01-01T00:00:07Z","event":"escalated"}},"to":[{{"addressee":"clerk"}}],"channels":["mail"]}}"#
            );
            serde_json::from_str::<Record>(&text).unwrap()
        };
        let done = Record::Done {
            notice: NoticeId::parse("20261123-0000021.1.clerk.mail").unwrap(),
            how: Ending::Delivered,
        };
        written(&dir, vec![heard(1), heard(2), done]).await;
        let (ledger, _) = opened(&dir).await;
        let ledger = ledger
            .tidied(&dir, Timestamp::UNIX_EPOCH, &Drain::new())
            .await
            .unwrap();
        ledger
            .keep(vec![place("9")], Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        ledger.close().await;
        assert_eq!(read(&dir).await, [place("8"), heard(2), place("9")]);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[tokio::test]
    async fn a_crash_anywhere_in_the_swap_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("notices");
        // Before the swap: the copy is thrown away.
        written(&dir, vec![place("1")]).await;
        written(&beside(&dir, "new"), vec![place("half")]).await;
        assert_eq!(read(&dir).await, [place("1")]);
        // Between its two renames: the copy takes the place.
        written(&beside(&dir, "new"), vec![place("2")]).await;
        fs::rename(&dir, beside(&dir, "old")).unwrap();
        assert_eq!(read(&dir).await, [place("2")]);
        // Before the old one is removed.
        written(&beside(&dir, "old"), vec![place("1")]).await;
        assert_eq!(read(&dir).await, [place("2")]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
