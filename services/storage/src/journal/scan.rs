//! Reading a journal in order, a whole group at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::record::{Flaw, Hash, Record};
use super::segment::Segment;
use crate::limits::LINE_BYTES_MAX;

/// Where a record stands: its segment is the last one that begins at or before its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) sequence: u64,
    /// Where its line begins in the segment.
    pub(crate) offset: u32,
    /// How long its line is without the line feed.
    pub(crate) length: u32,
}

/// The end of a journal after a whole group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// The last record's sequence; 0 when there is none.
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
    /// The hash of the last line.
    pub(crate) hash: Hash,
    /// The first sequence of the segment it stands in.
    pub(crate) segment: u64,
    /// Where the next record begins in that segment.
    pub(crate) offset: u64,
    /// How long the last line is without the line feed.
    pub(crate) length: u32,
}

impl End {
    /// The end of an empty journal.
    pub(crate) fn nothing() -> End {
        End {
            sequence: 0,
            at: Timestamp::MIN,
            hash: [0; 32],
            segment: 1,
            offset: 0,
            length: 0,
        }
    }
}

/// What a read from a segment came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Line,
    /// Bytes without a line feed at the end of the file, or far too long a line.
    Torn,
    End,
}

/// The lines of one segment.
pub(crate) struct Lines {
    reader: BufReader<File>,
    /// Where the next line begins.
    pub(crate) offset: u64,
}

impl Lines {
    pub(crate) fn open(path: &Path, offset: u64) -> io::Result<Lines> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Lines {
            reader: BufReader::with_capacity(256 << 10, file),
            offset,
        })
    }

    /// Reads the next line into `line`, without its line feed.
    pub(crate) fn read(&mut self, line: &mut Vec<u8>) -> io::Result<Read> {
        line.clear();
        let limit = LINE_BYTES_MAX as u64 + 1;
        let count = self.reader.by_ref().take(limit).read_until(b'\n', line)?;
        self.offset += count as u64;
        if count == 0 {
            return Ok(Read::End);
        }
        Ok(if line.pop_if(|last| *last == b'\n').is_some() {
            Read::Line
        } else {
            Read::Torn
        })
    }
}

/// A record and where it stands.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) record: Record,
    pub(crate) position: Position,
}

/// Records written and synced together.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) records: Vec<Placed>,
    pub(crate) end: End,
}

/// Why a scan cannot go on.
#[derive(Debug)]
pub(crate) enum Halt {
    Io(PathBuf, io::Error),
    Broken(Break),
}

/// Where a scan met a flaw.
#[derive(Debug)]
pub(crate) struct Break {
    /// Which segment of the list.
    pub(crate) segment: usize,
    /// Where the group begins that the flaw is in.
    pub(crate) group_offset: u64,
    /// Where the flaw is.
    pub(crate) offset: u64,
    /// The record that should stand there.
    pub(crate) sequence: u64,
    pub(crate) flaw: Flaw,
}

/// Reads groups in order and checks that they are one chain.
pub(crate) struct Scanner {
    segments: Vec<Segment>,
    /// Which segment of the list is read.
    current: usize,
    lines: Option<Lines>,
    chain: Chain,
    /// After the last whole group.
    end: End,
    line: Vec<u8>,
}

impl Scanner {
    /// From the first record.
    pub(crate) fn new(segments: Vec<Segment>) -> Scanner {
        let (chain, end) = (Chain::new(), End::nothing());
        Scanner {
            segments,
            current: 0,
            lines: None,
            chain,
            end,
            line: Vec::new(),
        }
    }

    /// From an end known to be right.
    pub(crate) fn after(segments: Vec<Segment>, end: &End) -> Result<Scanner, Halt> {
        let current = segments
            .iter()
            .position(|segment| segment.first == end.segment)
            .unwrap_or(segments.len());
        let mut scanner = Scanner::new(segments);
        scanner.current = current;
        scanner.chain = Chain::after(end.sequence, end.hash, end.at);
        scanner.end = end.clone();
        if let Some(segment) = scanner.segments.get(current) {
            let open = Lines::open(&segment.path, end.offset);
            scanner.lines = Some(open.map_err(|error| Halt::Io(segment.path.clone(), error))?);
        }
        Ok(scanner)
    }

    /// After the last whole group read.
    pub(crate) fn end(&self) -> &End {
        &self.end
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The next group; none at a clean end.
    pub(crate) fn next_group(&mut self) -> Result<Option<Group>, Halt> {
        loop {
            let Some(segment) = self.segments.get(self.current) else {
                return Ok(None);
            };
            if self.lines.is_none() {
                if segment.first != self.chain.sequence + 1 {
                    return Err(self.broken(0, 0, Flaw::Gap));
                }
                let open = Lines::open(&segment.path, 0);
                self.lines = Some(open.map_err(|error| Halt::Io(segment.path.clone(), error))?);
                (self.end.segment, self.end.offset) = (segment.first, 0);
            }
            if let Some(group) = self.read_group()? {
                return Ok(Some(group));
            }
            self.lines = None;
            self.current += 1;
        }
    }

    fn read_group(&mut self) -> Result<Option<Group>, Halt> {
        let group_offset = self.end.offset;
        let mut records = Vec::new();
        loop {
            let lines = self.lines.as_mut().expect("next_group opened it");
            let offset = lines.offset;
            let read = lines.read(&mut self.line);
            let next = lines.offset;
            match read.map_err(|error| Halt::Io(self.segments[self.current].path.clone(), error))? {
                Read::End if records.is_empty() => return Ok(None),
                Read::End => return Err(self.broken(group_offset, offset, Flaw::Incomplete)),
                Read::Torn => return Err(self.broken(group_offset, offset, Flaw::Torn)),
                Read::Line => {}
            }
            let record = match self.chain.accept(&self.line) {
                Ok(record) => record,
                Err(flaw) => return Err(self.broken(group_offset, offset, flaw)),
            };
            let fits = (u32::try_from(offset), u32::try_from(self.line.len()));
            let (Ok(offset), Ok(length)) = fits else {
                return Err(self.broken(group_offset, offset, Flaw::Shape));
            };
            records.push(Placed {
                position: Position {
                    sequence: record.sequence,
                    offset,
                    length,
                },
                record,
            });
            if self.chain.is_between_groups() {
                self.end = End {
                    sequence: self.chain.sequence,
                    at: self.chain.at,
                    hash: self.chain.hash,
                    segment: self.segments[self.current].first,
                    offset: next,
                    length,
                };
                return Ok(Some(Group {
                    records,
                    end: self.end.clone(),
                }));
            }
        }
    }

    fn broken(&self, group_offset: u64, offset: u64, flaw: Flaw) -> Halt {
        let sequence = self.chain.sequence + 1;
        Halt::Broken(Break {
            segment: self.current,
            group_offset,
            offset,
            sequence,
            flaw,
        })
    }
}
