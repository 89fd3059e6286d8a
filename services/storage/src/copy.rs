//! Copies of a journal: backup while it is written, restore into a new history.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::Path;

use jiff::Timestamp;
use uuid::Uuid;

use crate::disk::{Lock, sync_dir};
use crate::error::{OpenError, doing};
use crate::journal::{
    Appender, Draft, End, HEAD, Halt, Head, Origin, Scanner, Segment, Trip, dir_of, segments,
};
use crate::limits::SEGMENT_BYTES;
use crate::verify::{Report, verify};

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The last record copied.
    pub last_sequence: u64,
    /// Its time.
    pub last_at: Timestamp,
    /// Files.
    pub segments: usize,
    /// Bytes in them.
    pub bytes: u64,
}

/// A history begun from a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its id.
    pub history: Uuid,
    /// The history it continues.
    pub parent: Uuid,
    /// The last record taken from that.
    pub after: u64,
}

/// Copies the journal of a store or a log into a new directory, up to the last whole group; the store may be running.
/// Every record copied was checked. `progress` is told bytes done and bytes there are, reading and copying together.
pub fn backup(dir: &Path, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Copied, OpenError> {
    let journal = dir_of(dir);
    let found = segments(&journal).map_err(doing("list", &journal))?;
    let total: u64 = found.iter().map(|segment| segment.bytes).sum();
    let end = last_whole_group(dir, found, &mut |done| progress(done, 2 * total))?;
    copy_up_to(dir, to, &end, &mut |done, _| progress(total + done, 2 * total))
}

/// Makes a store of a copy: every record is checked and copied, and a new history begins after the last one, so that
/// followers of the old one do not take what comes now for what they have seen.
pub fn restore(
    from: &Path,
    to: &Path,
    at: Timestamp,
    mut progress: impl FnMut(u64, u64),
) -> Result<Restored, OpenError> {
    let report = verify(from, |done, total| progress(done, 2 * total))?;
    if let Some(first) = report.problems.first() {
        return Err(OpenError::Unsound {
            count: report.problems.len(),
            first: first.to_string(),
        });
    }
    let parent = *report
        .histories
        .last()
        .ok_or_else(|| OpenError::NoJournal { dir: from.to_owned() })?;
    let journal = dir_of(from);
    let found = segments(&journal).map_err(doing("list", &journal))?;
    let end = last_whole_group(from, found, &mut |_| {})?;
    let Report {
        bytes,
        last_sequence: after,
        ..
    } = report;
    copy_up_to(from, to, &end, &mut |done, _| progress(bytes + done, 2 * bytes))?;

    let _lock = Lock::take(to)?;
    let history = Uuid::new_v4();
    let head = Head {
        history,
        origin: Origin::Restored { parent, after },
    };
    let journal = dir_of(to);
    let at = at.max(end.at);
    let mut appender = Appender::resume(&journal, end, SEGMENT_BYTES, Trip::default())?;
    let draft = Draft {
        kind: HEAD,
        at,
        body: head.body(),
    };
    appender
        .append(&[draft])
        .map_err(|failure| doing("begin", &journal)(io::Error::other(failure)))?;
    Ok(Restored {
        history,
        parent,
        after,
    })
}

/// The end of the last whole group. A flaw that is not the end of a write under way refuses.
fn last_whole_group(
    dir: &Path,
    found: Vec<Segment>,
    progress: &mut dyn FnMut(u64),
) -> Result<End, OpenError> {
    if found.is_empty() {
        return Err(OpenError::NoJournal { dir: dir.to_owned() });
    }
    let mut scanner = Scanner::new(found);
    let mut done = 0;
    loop {
        match scanner.next_group() {
            Ok(Some(group)) => {
                done += group
                    .records
                    .iter()
                    .map(|placed| u64::from(placed.position.length) + 1)
                    .sum::<u64>();
                progress(done);
            }
            Ok(None) => return Ok(scanner.end().clone()),
            Err(Halt::Broken(at)) if at.flaw.is_torn() && at.segment + 1 == scanner.segments().len() => {
                return Ok(scanner.end().clone());
            }
            Err(halt) => return Err(broken(halt, &scanner)),
        }
    }
}

/// Why a journal cannot be read on.
pub(crate) fn broken(halt: Halt, scanner: &Scanner) -> OpenError {
    match halt {
        Halt::Io(path, source) => OpenError::Io {
            doing: "read",
            path,
            source,
        },
        Halt::Broken(at) => OpenError::Broken {
            sequence: at.sequence,
            segment: scanner.segments()[at.segment].path.clone(),
            offset: at.offset,
            flaw: at.flaw,
        },
    }
}

/// Copies what is known to be kept and makes the copy durable.
pub(crate) fn copy_up_to(
    dir: &Path,
    to: &Path,
    end: &End,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Copied, OpenError> {
    let (from, target) = (dir_of(dir), dir_of(to));
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(OpenError::NotEmpty { dir: to.to_owned() });
    }
    fs::create_dir_all(&target).map_err(doing("create", &target))?;
    let mut found = segments(&from).map_err(doing("list", &from))?;
    found.retain(|segment| segment.first <= end.segment);
    for segment in &mut found {
        if segment.first == end.segment {
            segment.bytes = end.offset;
        }
    }
    let total = found.iter().map(|segment| segment.bytes).sum();
    let mut done = 0;
    for segment in &found {
        let name = segment.path.file_name().unwrap_or_default();
        let path = target.join(name);
        copy_file(segment, &path).map_err(doing("copy to", &path))?;
        done += segment.bytes;
        progress(done, total);
    }
    sync_dir(&target)
        .and_then(|()| sync_dir(to))
        .map_err(doing("sync", &target))?;
    Ok(Copied {
        last_sequence: end.sequence,
        last_at: end.at,
        segments: found.len(),
        bytes: total,
    })
}

fn copy_file(segment: &Segment, path: &Path) -> io::Result<()> {
    let mut from = File::open(&segment.path)?.take(segment.bytes);
    let mut to = File::options().create_new(true).write(true).open(path)?;
    let copied = io::copy(&mut from, &mut to)?;
    if copied != segment.bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    to.flush()?;
    to.sync_all()
}
