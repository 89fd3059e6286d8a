//! Adding groups: one write, one sync, and never a second try of a failed one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use jiff::Timestamp;

use super::record::{Envelope, Flaw, encode};
use super::scan::{End, Position};
use super::segment::path_of;
use crate::disk::{is_full, sync_dir};
use crate::error::{OpenError, doing};
use crate::port::Failure;

/// A record to be written. Times within and between groups never run backwards.
pub(crate) struct Draft {
    pub(crate) kind: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) body: Vec<u8>,
}

/// The one place that writes to a journal.
pub(crate) struct Appender {
    dir: PathBuf,
    segment_bytes: u64,
    file: File,
    end: End,
    stopped: bool,
    buffer: Vec<u8>,
    trip: Trip,
}

impl Appender {
    /// Goes on at the end of a journal.
    pub(crate) fn resume(
        dir: &Path,
        end: End,
        segment_bytes: u64,
        trip: Trip,
    ) -> Result<Appender, OpenError> {
        fs::create_dir_all(dir).map_err(doing("create", dir))?;
        let path = path_of(dir, end.segment);
        let file = open(&path).map_err(doing("open", &path))?;
        let length = file.metadata().map_err(doing("read", &path))?.len();
        if length != end.offset {
            let (sequence, offset) = (end.sequence + 1, end.offset);
            return Err(OpenError::Broken {
                sequence,
                segment: path,
                offset,
                flaw: Flaw::Torn,
            });
        }
        // What a process that died had written but not synced was read as kept: now it is.
        file.sync_all()
            .and_then(|()| sync_dir(dir))
            .map_err(doing("sync", &path))?;
        dir.parent()
            .map_or(Ok(()), sync_dir)
            .map_err(doing("sync", dir))?;
        Ok(Appender {
            dir: dir.to_owned(),
            segment_bytes,
            file,
            end,
            stopped: false,
            buffer: Vec::new(),
            trip,
        })
    }

    /// After the last record kept.
    pub(crate) fn end(&self) -> &End {
        &self.end
    }

    /// Keeps records as one group: once this returns `Ok` no crash loses any of them. `Full` leaves the journal as it
    /// was; after `Stopped` nothing is taken any more.
    pub(crate) fn append(&mut self, drafts: &[Draft]) -> Result<Vec<Position>, Failure> {
        if self.stopped {
            return Err(Failure::Stopped);
        }
        if self.end.offset >= self.segment_bytes {
            self.roll()?;
        }
        let (positions, end) = self.encode(drafts);
        if let Err(error) = self.write() {
            return Err(self.undo(&error));
        }
        if let Err(error) = self.trip.at(Point::Sync).and_then(|()| self.file.sync_data()) {
            // The kernel may have dropped the pages and called them clean: trying again would lie.
            return Err(self.stop("sync", &error));
        }
        self.end = end;
        Ok(positions)
    }

    fn encode(&mut self, drafts: &[Draft]) -> (Vec<Position>, End) {
        self.buffer.clear();
        let mut end = self.end.clone();
        let group = (end.sequence + 1, end.sequence + drafts.len() as u64);
        let mut positions = Vec::with_capacity(drafts.len());
        for Draft { kind, at, body } in drafts {
            debug_assert!(*at >= end.at, "times never run backwards");
            let envelope = Envelope {
                sequence: end.sequence + 1,
                group,
                at: *at,
                prev: &end.hash,
                kind,
            };
            let (hash, length) = encode(&mut self.buffer, &envelope, body);
            let length = u32::try_from(length).expect("bodies are bounded");
            let offset = u32::try_from(end.offset).expect("segments and groups are bounded");
            positions.push(Position {
                sequence: end.sequence + 1,
                offset,
                length,
            });
            end = End {
                sequence: end.sequence + 1,
                at: *at,
                hash,
                segment: end.segment,
                offset: end.offset + u64::from(length) + 1,
                length,
            };
        }
        (positions, end)
    }

    fn write(&mut self) -> io::Result<()> {
        if let Err(error) = self.trip.at(Point::Write) {
            // As a full disk does: a part of it gets through.
            self.file.write_all(&self.buffer[..self.buffer.len() / 2])?;
            return Err(error);
        }
        self.file.write_all(&self.buffer)
    }

    /// A write that failed. Nothing of it was promised: with a full disk the file is put back and the next may try.
    fn undo(&mut self, error: &io::Error) -> Failure {
        if !is_full(error) {
            return self.stop("write", error);
        }
        match self.file.set_len(self.end.offset) {
            Ok(()) => Failure::Full,
            Err(error) => self.stop("cut back", &error),
        }
    }

    fn roll(&mut self) -> Result<(), Failure> {
        let first = self.end.sequence + 1;
        let path = path_of(&self.dir, first);
        let begun = self
            .trip
            .at(Point::Roll)
            .and_then(|()| open(&path))
            .and_then(|file| {
                file.sync_all()?;
                sync_dir(&self.dir)?;
                Ok(file)
            });
        match begun {
            Ok(file) => {
                self.file = file;
                (self.end.segment, self.end.offset) = (first, 0);
                Ok(())
            }
            Err(error) if is_full(&error) => Err(Failure::Full),
            Err(error) => Err(self.stop("begin a segment of", &error)),
        }
    }

    fn stop(&mut self, doing: &str, error: &io::Error) -> Failure {
        tracing::error!(%error, "cannot {doing} the journal; no more writes are taken until a restart");
        self.stopped = true;
        // Nothing of the group was promised. Left in the file, the system's memory could show it to the next process as
        // kept although the disk never took it.
        if let Err(error) = self.file.set_len(self.end.offset) {
            tracing::error!(%error, "cannot cut the failed write from the journal");
        }
        Failure::Stopped
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

/// Where a test makes the disk fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    Write,
    Sync,
    Roll,
    /// The index's engine is about to be handed a batch.
    Settle,
}

/// A failure of the disk that a test arranges; nothing else can.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trip(Arc<Arranged>);

#[derive(Debug, Default)]
struct Arranged {
    failing: Mutex<Option<(Point, io::ErrorKind)>>,
    /// Whether no batch may reach the index's engine.
    holds: Mutex<bool>,
    goes_on: Condvar,
}

impl Trip {
    /// Fails the next time `point` is come to, and every time until told otherwise.
    #[cfg(test)]
    pub(crate) fn set(&self, failing: Option<(Point, io::ErrorKind)>) {
        *self.0.failing.lock().unwrap() = failing;
    }

    /// Keeps every batch from the index's engine until told otherwise.
    #[cfg(test)]
    pub(crate) fn hold_settling(&self, holds: bool) {
        *self.0.holds.lock().unwrap() = holds;
        self.0.goes_on.notify_all();
    }

    pub(crate) fn at_settle(&self) -> io::Result<()> {
        let holds = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.0.goes_on.wait_while(holds, |holds| *holds);
        drop(held.unwrap_or_else(PoisonError::into_inner));
        self.at(Point::Settle)
    }

    fn at(&self, point: Point) -> io::Result<()> {
        let failing = *self.0.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match failing {
            Some((at, kind)) if at == point => Err(kind.into()),
            _ => Ok(()),
        }
    }
}
