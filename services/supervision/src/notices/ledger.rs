//! The outbox as it is kept: what there is to tell, what was told, and the place in the feed, in one ledger of this
//! role's own. A change of the feed and the place behind it are one append. What is settled is left out when the
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

use super::notice::{Channel, News, NoticeId, To};
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
    /// Too many waited, and those that happened first made room.
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
    log: Log<Record>,
}

impl Ledger {
    /// Opens the ledger of a directory and shows `seen` every record with its time, in order, never holding them all;
    /// without a directory it is kept in memory.
    pub(crate) async fn open<S: Send + 'static>(
        dir: Option<&Path>,
        now: Timestamp,
        drain: &Drain,
        seen: S,
        show: fn(&mut S, Record, Timestamp),
    ) -> Result<(Self, S), Fault> {
        let Some(dir) = dir else {
            return Ok((Self { log: Log::memory() }, seen));
        };
        finish_swap(dir).map_err(Fault::data_loss)?;
        Self::read(dir, now, drain, seen, show).await
    }

    async fn read<S: Send + 'static>(
        dir: &Path,
        now: Timestamp,
        drain: &Drain,
        mut seen: S,
        show: fn(&mut S, Record, Timestamp),
    ) -> Result<(Self, S), Fault> {
        let dir = dir.to_owned();
        let options = LogOptions {
            at: now,
            ..LogOptions::default()
        };
        let read = move || {
            let each = |Entry { at, value, .. }| show(&mut seen, value, at);
            let log = Log::open_with(&dir, KIND, &options, each).map_err(Fault::data_loss)?;
            Ok((Self { log }, seen))
        };
        drain.block("read the ledger of notices", read).await
    }

    /// Writes the ledger of a directory anew with nothing but what still matters: a copy beside it, then put into its place.
    pub(crate) async fn tidied(
        self,
        dir: &Path,
        now: Timestamp,
        drain: &Drain,
        live: Vec<Record>,
    ) -> Result<Self, Fault> {
        tracing::info!(kept = live.len(), "the ledger of notices is tidied up");
        self.log.close().await.map_err(failed)?;
        drop(self);
        let unread = async |dir: &Path| Self::read(dir, now, drain, (), |(), _, _| ()).await;
        let (copy, ()) = unread(&beside(dir, "new")).await?;
        for some in live.chunks(COPY_RECORDS) {
            copy.keep(some.to_vec(), now).await.map_err(failed)?;
        }
        copy.log.close().await.map_err(failed)?;
        drop(copy);
        swap(dir).map_err(Fault::data_loss)?;
        let (ledger, ()) = unread(dir).await?;
        Ok(ledger)
    }

    /// Keeps records, all or none.
    pub(crate) async fn keep(&self, records: Vec<Record>, now: Timestamp) -> Result<(), Failure> {
        self.log.append_all(now, records).await.map(drop)
    }

    /// Gives the directory back.
    pub(crate) async fn close(&self) {
        if let Err(failure) = self.log.close().await {
            tracing::warn!(%failure, "the ledger of notices was not closed");
        }
    }
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
        let show = |seen: &mut Vec<Record>, record, _| seen.push(record);
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
        let (ledger, _) = opened(&dir).await;
        let ledger = ledger
            .tidied(&dir, Timestamp::UNIX_EPOCH, &Drain::new(), vec![place("8")])
            .await
            .unwrap();
        ledger
            .keep(vec![place("9")], Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        ledger.close().await;
        assert_eq!(read(&dir).await, [place("8"), place("9")]);
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
