//! Files of messages for the classifier, one JSON object a line: read a line at a time, every bad line told with its place.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use classifier::limits::{EXAMPLES_MAX, RECORD_BYTES_MAX};
use classifier::{Record, RecordError};
use indicatif::ProgressBar;

use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Bad lines told one by one; the rest is counted.
const TOLD_MAX: usize = 20;

/// Reads files of messages.
pub(super) struct Records<'a> {
    pub(super) out: &'a Out,
    /// Counts bytes.
    pub(super) bar: &'a ProgressBar,
}

impl Records<'_> {
    /// Gives every message of the files to `each`, in order; blank lines are passed over. What `each` refuses is a bad line.
    ///
    /// # Errors
    /// When a file cannot be read or is empty, or any line is bad: all files are refused then, the first bad lines told.
    pub(super) fn read(
        &self,
        files: &[PathBuf],
        mut each: impl FnMut(&Record) -> Result<(), RecordError>,
    ) -> anyhow::Result<usize> {
        let (mut count, mut bad) = (0, 0);
        for file in files {
            let name = file.display().to_string();
            let mut reader = self.open(file)?;
            let before = count;
            let mut line = Vec::new();
            for number in 1_u64.. {
                if !next_line(&mut reader, &mut line).with_context(|| name.clone())? {
                    break;
                }
                self.bar.inc(line.len() as u64 + 1);
                let parsed = parse(&line, number == 1);
                match parsed.and_then(|record| record.map(|record| each(&record)).transpose()) {
                    Ok(None) => {}
                    Ok(Some(())) => count += 1,
                    Err(why) => {
                        bad += 1;
                        self.tell(&name, number, &why, bad);
                    }
                }
                if count > EXAMPLES_MAX {
                    return Err(too_many(&name));
                }
            }
            if count == before && bad == 0 {
                let message = format!("{name}: 没有来件 · holds no message");
                return Err(Stop::because(Exit::Usage, message));
            }
        }
        match bad {
            0 => Ok(count),
            _ => Err(Stop::because(
                Exit::Failed,
                format!("{bad} 行有误,未作任何处理 · {bad} bad line(s): nothing was done"),
            )),
        }
    }

    fn open(&self, file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
        if file.as_os_str() == "-" {
            return Ok(Box::new(BufReader::new(io::stdin())));
        }
        let opened = File::open(file).map_err(|error| {
            let is_missing = error.kind() == io::ErrorKind::NotFound;
            let exit = if is_missing { Exit::NotFound } else { Exit::Failed };
            let file = file.display();
            Stop::because(exit, format!("{file}: 无法读取 · cannot be read: {error}"))
        })?;
        self.bar
            .inc_length(opened.metadata().map_or(0, |meta| meta.len()));
        Ok(Box::new(BufReader::with_capacity(1 << 18, opened)))
    }

    fn tell(&self, name: &str, number: u64, why: &RecordError, bad: usize) {
        if bad > TOLD_MAX {
            return;
        }
        // Only where it is wrong: serde's own words may be the resident's.
        let column = match why {
            RecordError::Json(error) => format!(", column {}", error.column()),
            RecordError::TooLong(_) | RecordError::Label | RecordError::Text => String::new(),
        };
        let zh = match why {
            RecordError::TooLong(_) => "行过长",
            RecordError::Json(_) => "不是有效的 JSON 来件",
            RecordError::Label => "缺少 label1,或为空、过长",
            RecordError::Text => "缺少 subject、body 或 tokens",
        };
        self.bar.suspend(|| {
            self.out.warn(self.out.say(
                format_args!("{name}:{number}: {zh}"),
                format_args!("{name}:{number}: {why}{column}"),
            ));
        });
    }
}

fn too_many(name: &str) -> anyhow::Error {
    let message = format!("{name}: 来件超过 {EXAMPLES_MAX} 条 · more than {EXAMPLES_MAX} messages");
    Stop::because(Exit::Usage, message)
}

/// The next line without its end; false at the end of the file. Of a line that is too long the rest is passed over.
fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = RECORD_BYTES_MAX as u64 + 2;
    if reader.take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 == most {
        skip_line(reader)?;
    }
    Ok(true)
}

fn skip_line(reader: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let chunk = reader.fill_buf()?;
        let (used, is_end) = match chunk.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (chunk.len(), chunk.is_empty()),
        };
        reader.consume(used);
        if is_end {
            return Ok(());
        }
    }
}

/// The message of a line; none of a blank one.
fn parse(line: &[u8], is_first: bool) -> Result<Option<Record>, RecordError> {
    let line = match is_first {
        true => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
        false => line,
    };
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    Record::parse(line).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end_and_long_ones_are_passed_over() {
        let mut text = vec![b'x'; RECORD_BYTES_MAX + 900];
        text.extend_from_slice(b"\nshort\nlast");
        let mut reader = io::Cursor::new(text);
        let mut line = Vec::new();
        let mut lengths = Vec::new();
        while next_line(&mut reader, &mut line).unwrap() {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [RECORD_BYTES_MAX + 2, 5, 4]);
    }

    #[test]
    fn a_byte_order_mark_and_blank_lines_are_no_harm() {
        assert!(parse(b"\xef\xbb\xbf{\"body\":\"\"}\r", true).unwrap().is_some());
        assert!(parse(b" \r", false).unwrap().is_none());
        assert!(parse(b"\xff", false).is_err());
    }
}
