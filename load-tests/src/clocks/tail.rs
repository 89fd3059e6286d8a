//! How many levels have fired so far, read from the journal's files while the server writes them: exact enough to say when
//! to kill it, and costs the server nothing.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// What a fired level's event is called in a record.
const FIRED: &str = "\"level_fired\"";
/// Read at once.
const CHUNK: u64 = 16 << 20;

/// A place in the journal and what has been counted since.
pub(crate) struct Tail {
    dir: PathBuf,
    from: Place,
    at: Place,
    fired: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Place {
    segment: PathBuf,
    offset: u64,
}

impl Tail {
    /// Counts from the journal's end as it is now.
    pub(crate) fn from_end(data: &Path) -> anyhow::Result<Self> {
        let dir = data.join("tickets/journal");
        let last = segments(&dir)?.pop();
        let from = match last {
            Some(segment) => Place {
                offset: fs::metadata(&segment)?.len(),
                segment,
            },
            None => Place::default(),
        };
        Ok(Self {
            dir,
            at: from.clone(),
            from,
            fired: 0,
        })
    }

    /// Begins again: a server that was killed has cut off what was not whole.
    pub(crate) fn rewind(&mut self) {
        (self.at, self.fired) = (self.from.clone(), 0);
    }

    /// How many have fired since the beginning.
    pub(crate) fn fired(&mut self) -> anyhow::Result<u64> {
        for segment in segments(&self.dir)? {
            if segment < self.at.segment {
                continue;
            }
            if segment > self.at.segment {
                self.at = Place { segment, offset: 0 };
            }
            while self.read_on()? {}
        }
        Ok(self.fired)
    }

    /// Whether there was something.
    fn read_on(&mut self) -> anyhow::Result<bool> {
        let mut file = File::open(&self.at.segment)?;
        file.seek(SeekFrom::Start(self.at.offset))?;
        let mut bytes = Vec::new();
        file.take(CHUNK).read_to_end(&mut bytes)?;
        // The last line may not be whole yet.
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(false);
        };
        let lines = String::from_utf8_lossy(&bytes[..=end]);
        self.fired += u64::try_from(lines.matches(FIRED).count())?;
        self.at.offset += u64::try_from(end)? + 1;
        Ok(true)
    }
}

fn segments(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut segments: Vec<PathBuf> = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    segments.sort_unstable();
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn whole_lines_count_over_segments_and_from_the_end_only() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("tickets/journal");
        fs::create_dir_all(&journal).unwrap();
        let write = |name: &str, text: &str| {
            let mut file = File::options()
                .create(true)
                .append(true)
                .open(journal.join(name))
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        write("1.jsonl", "{\"kind\":\"level_fired\"}\n");
        let mut tail = Tail::from_end(dir.path()).unwrap();
        assert_eq!(tail.fired().unwrap(), 0);
        write("1.jsonl", "{\"kind\":\"level_fired\"}\n{\"kind\":\"level_");
        assert_eq!(tail.fired().unwrap(), 1);
        write("1.jsonl", "fired\"}\n");
        write("2.jsonl", "{\"kind\":\"level_fired\"}\n{\"kind\":\"signed\"}\n");
        assert_eq!(tail.fired().unwrap(), 3);
        tail.rewind();
        assert_eq!(tail.fired().unwrap(), 3);
    }
}
