//! Opening a journal: reading what is there and cutting the incomplete end of the last write, and nothing else.

use std::fs::{self, File};
use std::path::Path;

use super::record::{Flaw, decode, hash};
use super::scan::{Break, End, Group, Halt, Scanner};
use super::segment::{Segment, segments};
use crate::error::{OpenError, doing};
use crate::limits::{GROUP_BYTES_MAX, LINE_BYTES_MAX};

/// Takes each whole group as it is read.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Group) -> Result<(), OpenError>;
/// Takes the bytes read so far and the bytes there are to read.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Reads a journal from its beginning, or from a place known to be right, and gives each group to `each`.
/// An incomplete last group is cut from the file if all of it lies beyond `durable`; any other flaw refuses.
pub(crate) fn recover(
    dir: &Path,
    from: Option<&End>,
    durable: u64,
    each: Each<'_>,
    progress: Progress<'_>,
) -> Result<End, OpenError> {
    let segments = segments(dir).map_err(doing("list", dir))?;
    if let Some(from) = from {
        confirm(&segments, from)?;
    }
    let total = bytes_after(&segments, from);
    let mut scanner = match from {
        Some(from) => Scanner::after(segments, from).map_err(|halt| refuse(halt, &[]))?,
        None => Scanner::new(segments),
    };
    let mut done = 0;
    loop {
        match scanner.next_group() {
            Ok(Some(group)) => {
                done += group
                    .records
                    .iter()
                    .map(|placed| u64::from(placed.position.length) + 1)
                    .sum::<u64>();
                each(group)?;
                progress(done, total);
            }
            Ok(None) => break,
            Err(Halt::Broken(at)) => {
                cut(scanner.segments(), at, durable)?;
                break;
            }
            Err(halt) => return Err(refuse(halt, scanner.segments())),
        }
    }
    let end = scanner.end().clone();
    if end.sequence < durable {
        return Err(OpenError::Ahead {
            ends: end.sequence,
            known: durable,
        });
    }
    Ok(end)
}

fn bytes_after(segments: &[Segment], from: Option<&End>) -> u64 {
    let all: u64 = segments
        .iter()
        .filter(|s| from.is_none_or(|from| s.first >= from.segment))
        .map(|s| s.bytes)
        .sum();
    all.saturating_sub(from.map_or(0, |from| from.offset))
}

/// Checks that the record an index was last applied to is the one the journal holds.
fn confirm(segments: &[Segment], from: &End) -> Result<(), OpenError> {
    let ends = || {
        segments
            .last()
            .map_or(0, |segment| segment.first.saturating_sub(1))
    };
    let missing = || OpenError::Ahead {
        ends: ends(),
        known: from.sequence,
    };
    let segment = segments
        .iter()
        .find(|segment| segment.first == from.segment)
        .ok_or_else(missing)?;
    if segment.bytes < from.offset {
        return Err(missing());
    }
    let begin = from.offset.saturating_sub(u64::from(from.length) + 1);
    let io = |error| doing("read", &segment.path)(error);
    let mut lines = super::Lines::open(&segment.path, begin).map_err(io)?;
    let mut line = Vec::new();
    lines.read(&mut line).map_err(io)?;
    if lines.offset == from.offset && hash(&line) == from.hash {
        return Ok(());
    }
    Err(OpenError::Broken {
        sequence: from.sequence,
        segment: segment.path.clone(),
        offset: begin,
        flaw: decode(&line).err().unwrap_or(Flaw::Chain),
    })
}

/// Cuts the incomplete last group, or refuses.
fn cut(segments: &[Segment], at: Break, durable: u64) -> Result<(), OpenError> {
    let segment = &segments[at.segment];
    let bytes = fs::read(&segment.path).map_err(doing("read", &segment.path))?;
    let tail = usize::try_from(at.group_offset)
        .ok()
        .and_then(|offset| bytes.get(offset..))
        .unwrap_or_default();
    let group = first_of_group(&at, tail);
    let is_last = at.segment + 1 == segments.len();
    let is_small = tail.len() <= GROUP_BYTES_MAX + 2 * LINE_BYTES_MAX;
    if !(is_last && is_small && at.flaw.is_torn() && group > durable && holds_nothing_later(tail, group)) {
        return Err(refuse(Halt::Broken(at), segments));
    }
    tracing::warn!(
        bytes = tail.len(),
        from_record = group,
        "cut an incomplete last write from the journal"
    );
    let file = File::options()
        .write(true)
        .open(&segment.path)
        .map_err(doing("open", &segment.path))?;
    file.set_len(at.group_offset)
        .and_then(|()| file.sync_all())
        .map_err(doing("cut", &segment.path))
}

/// The first sequence of the group a flaw is in: the flawed record's own less the good ones of the group before it.
fn first_of_group(at: &Break, tail: &[u8]) -> u64 {
    let within = usize::try_from(at.offset - at.group_offset).unwrap_or(0);
    let before = tail.get(..within).unwrap_or_default();
    at.sequence - before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Whether every readable record in `tail` belongs to the group that began with `group`. A write that never
/// completed may leave any of its parts, in any order, but nothing that was written after it.
fn holds_nothing_later(tail: &[u8], group: u64) -> bool {
    tail.split(|byte| *byte == b'\n').all(|line| match decode(line) {
        Ok(record) => record.group.0 == group,
        Err(flaw) => flaw.is_torn(),
    })
}

fn refuse(halt: Halt, segments: &[Segment]) -> OpenError {
    match halt {
        Halt::Io(path, source) => OpenError::Io {
            doing: "read",
            path,
            source,
        },
        Halt::Broken(Break {
            sequence,
            flaw: Flaw::Version(v),
            ..
        }) => OpenError::Foreign {
            sequence,
            why: Flaw::Version(v).to_string(),
        },
        Halt::Broken(Break {
            segment,
            offset,
            sequence,
            flaw,
            ..
        }) => OpenError::Broken {
            sequence,
            segment: segments[segment].path.clone(),
            offset,
            flaw,
        },
    }
}
