//! Reading single records and stretches of a journal that is being written.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use super::record::{Record, decode};
use super::scan::{Lines, Position, Read};
use super::segment::path_of;
use crate::port::Failure;

/// A mark every so many lines: finding a sequence reads at most that many lines too many.
const LINES_PER_MARK: u64 = 256;

/// Reads records by position and by sequence. Only records that the writer has answered for are asked of it.
pub(crate) struct Reader {
    dir: PathBuf,
    /// The first sequences of the segments.
    segments: RwLock<Vec<u64>>,
    marks: Mutex<HashMap<u64, Marks>>,
}

/// Where every [`LINES_PER_MARK`]th line of a segment begins, as far as it was looked at.
#[derive(Debug, Clone, Default)]
struct Marks {
    offsets: Vec<u64>,
    /// How many lines were looked at, and where the next one begins.
    lines: u64,
    offset: u64,
}

impl Reader {
    pub(crate) fn new(dir: &Path, segments: Vec<u64>) -> Reader {
        Reader {
            dir: dir.to_owned(),
            segments: RwLock::new(segments),
            marks: Mutex::default(),
        }
    }

    /// Makes a new segment known.
    pub(crate) fn add(&self, first: u64) {
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        if segments.last().is_none_or(|last| *last < first) {
            segments.push(first);
        }
    }

    /// The segment a sequence stands in.
    fn segment_of(&self, sequence: u64) -> Option<u64> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let after = segments.partition_point(|first| *first <= sequence);
        after.checked_sub(1).map(|index| segments[index])
    }

    /// The record at a position.
    pub(crate) fn read(&self, position: Position) -> Result<Record, Failure> {
        let damaged = |why: &dyn std::fmt::Display| damaged(position.sequence, why);
        let segment = self
            .segment_of(position.sequence)
            .ok_or_else(|| damaged(&"its segment is missing"))?;
        let length = usize::try_from(position.length).map_err(|error| damaged(&error))?;
        let mut line = vec![0; length];
        let mut read = || {
            let mut file = File::open(path_of(&self.dir, segment))?;
            file.seek(SeekFrom::Start(u64::from(position.offset)))?;
            file.read_exact(&mut line)
        };
        read().map_err(|error: io::Error| damaged(&error))?;
        let record = decode(&line).map_err(|flaw| damaged(&flaw))?;
        if record.sequence == position.sequence {
            Ok(record)
        } else {
            Err(damaged(&"another record stands there"))
        }
    }

    /// Gives records from `first` on, in order, until `take` says enough or the record of `last` was given.
    pub(crate) fn read_from(
        &self,
        first: u64,
        last: u64,
        take: &mut dyn FnMut(Record) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut next = first.max(1);
        let mut line = Vec::new();
        while next <= last {
            let begun = next;
            let segment = self
                .segment_of(next)
                .ok_or_else(|| damaged(next, &"its segment is missing"))?;
            let mut lines = self.seek(segment, next).map_err(|error| damaged(next, &error))?;
            while next <= last && lines.read(&mut line).map_err(|error| damaged(next, &error))? == Read::Line
            {
                let record = decode(&line).map_err(|flaw| damaged(next, &flaw))?;
                if record.sequence != next {
                    return Err(damaged(next, &"another record stands there"));
                }
                next += 1;
                if !take(record)? {
                    return Ok(());
                }
            }
            if next == begun {
                return Err(damaged(next, &"it is missing"));
            }
        }
        Ok(())
    }

    /// The lines of a segment from a sequence on.
    fn seek(&self, segment: u64, sequence: u64) -> io::Result<Lines> {
        let path = path_of(&self.dir, segment);
        let line = sequence - segment;
        let known = self
            .marks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&segment)
            .cloned();
        let mut marks = known.unwrap_or_default();
        if marks.lines < line {
            marks.extend(&path, line)?;
            self.marks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(segment, marks.clone());
        }
        let nearest = usize::try_from(line / LINES_PER_MARK)
            .ok()
            .and_then(|index| marks.offsets.get(index));
        let (mut at, offset) = match nearest {
            Some(offset) => (line / LINES_PER_MARK * LINES_PER_MARK, *offset),
            None => (0, 0),
        };
        let mut lines = Lines::open(&path, offset)?;
        let mut skipped = Vec::new();
        while at < line && lines.read(&mut skipped)? == Read::Line {
            at += 1;
        }
        Ok(lines)
    }
}

impl Marks {
    /// Looks at the lines up to `line`, which are there.
    fn extend(&mut self, path: &Path, line: u64) -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut reader = BufReader::with_capacity(256 << 10, file);
        while self.lines <= line {
            if self.lines.is_multiple_of(LINES_PER_MARK) {
                self.offsets.push(self.offset);
            }
            let count = reader.skip_until(b'\n')?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.lines += 1;
            self.offset += count as u64;
        }
        Ok(())
    }
}

fn damaged(sequence: u64, why: &dyn std::fmt::Display) -> Failure {
    Failure::Damaged(format!("record {sequence} of the journal: {why}"))
}
