//! Walking a journal and reporting every flaw: read-only, without the index.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{OpenError, doing};
use crate::journal::{Chain, Flaw, HEAD, Head, Lines, Read, Record, Segment, dir_of, segments, to_hex};
use crate::limits::PROBLEMS_MAX;

/// What a walk over a journal found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whole records.
    pub records: u64,
    /// Files.
    pub segments: usize,
    /// Bytes in them.
    pub bytes: u64,
    /// The histories the journal has belonged to, the present one last.
    pub histories: Vec<Uuid>,
    /// The time of the first record.
    pub first_at: Option<Timestamp>,
    /// The time of the last record.
    pub last_at: Option<Timestamp>,
    /// The last record's sequence.
    pub last_sequence: u64,
    /// The hash of the last line, hex. Noted elsewhere, it later shows whether records were taken from the end.
    pub last_hash: String,
    /// What is wrong, at most [`PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
}

/// One flaw and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which file.
    pub segment: PathBuf,
    /// Where in it.
    pub offset: u64,
    /// The record that should stand there.
    pub sequence: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            segment,
            offset,
            sequence,
            flaw,
        } = self;
        write!(
            f,
            "record {sequence} ({} at byte {offset}): {flaw}",
            segment.display()
        )
    }
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, segment: &Segment, offset: u64, sequence: u64, flaw: Flaw) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem {
                segment: segment.path.clone(),
                offset,
                sequence,
                flaw,
            });
        }
    }

    fn count(&mut self, record: &Record) {
        self.records += 1;
        self.first_at.get_or_insert(record.at);
        self.last_at = Some(record.at);
        if &*record.kind == HEAD
            && let Ok(head) = serde_json::from_slice::<Head>(&record.body)
        {
            self.histories.push(head.history);
        }
    }
}

/// Walks the journal of a store or a log: every checksum, every link, every group. `progress` is told the bytes read and
/// the bytes there are. Finds deletion, edit and reorder; what was cut from the very end in whole groups shows only
/// against [`Report::last_hash`] of before. On a running store the write under way may be reported as incomplete.
pub fn verify(dir: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Report, OpenError> {
    let journal = dir_of(dir);
    let segments = segments(&journal).map_err(doing("list", &journal))?;
    if segments.is_empty() {
        return Err(OpenError::NoJournal { dir: dir.to_owned() });
    }
    let total = segments.iter().map(|segment| segment.bytes).sum();
    let mut report = Report {
        segments: segments.len(),
        bytes: total,
        ..Report::default()
    };
    let mut chain = Chain::new();
    let mut done = 0;
    for segment in &segments {
        if segment.first != chain.sequence + 1 {
            report.add(segment, 0, chain.sequence + 1, Flaw::Gap);
        }
        walk(segment, &mut chain, &mut report, &mut |bytes| {
            progress(done + bytes, total)
        })?;
        done += segment.bytes;
        progress(done, total);
    }
    report.last_sequence = chain.sequence;
    report.last_hash = to_hex(&chain.hash);
    Ok(report)
}

fn walk(
    segment: &Segment,
    chain: &mut Chain,
    report: &mut Report,
    progress: &mut dyn FnMut(u64),
) -> Result<(), OpenError> {
    let io = |error| doing("read", &segment.path)(error);
    let mut lines = Lines::open(&segment.path, 0).map_err(io)?;
    let mut line = Vec::new();
    for count in 1u64.. {
        let offset = lines.offset;
        let expected = chain.sequence + 1;
        match lines.read(&mut line).map_err(io)? {
            Read::End => break,
            Read::Torn => report.add(segment, offset, expected, Flaw::Torn),
            Read::Line => match chain.accept(&line) {
                Ok(record) => report.count(&record),
                Err(flaw) => {
                    report.add(segment, offset, expected, flaw);
                    chain.resume(&line);
                }
            },
        }
        if count.is_multiple_of(1_024) {
            progress(lines.offset);
        }
    }
    if !chain.is_between_groups() {
        report.add(segment, lines.offset, chain.sequence + 1, Flaw::Incomplete);
    }
    Ok(())
}
