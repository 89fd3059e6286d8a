//! More tickets than fit into memory: what is held of them is parted over files outside the data directory, one file a
//! part, and taken back a part at a time. The files go with the run.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use domain::id::TicketNumber;

use super::Part;

/// Between a ticket's number and what it was written.
const TAB: u8 = b'\t';

/// The files of one run.
pub(super) struct Spill {
    dir: PathBuf,
    files: Vec<BufWriter<File>>,
}

impl Spill {
    pub(super) fn create(parts: usize) -> anyhow::Result<Self> {
        let name = format!("hotline-lives-{}", uuid::Uuid::new_v4().simple());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let mut spill = Self {
            dir,
            files: Vec::new(),
        };
        for part in 0..parts {
            let path = spill.path(part);
            let file =
                File::create_new(&path).with_context(|| format!("cannot create {}", path.display()))?;
            spill.files.push(BufWriter::with_capacity(256 << 10, file));
        }
        Ok(spill)
    }

    /// Adds what a ticket was written.
    pub(super) fn add(&mut self, part: usize, number: TicketNumber, line: &[u8]) -> io::Result<()> {
        let Some(file) = self.files.get_mut(part) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        write!(file, "{number}\t")?;
        file.write_all(line)
    }

    /// Everything is added.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.files.drain(..).try_for_each(|mut file| file.flush())
    }

    /// Takes a part back.
    pub(super) fn take(&self, part: usize) -> anyhow::Result<Part> {
        let path = self.path(part);
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let (mut reader, mut line, mut held) =
            (BufReader::with_capacity(256 << 10, file), Vec::new(), Part::new());
        while reader.read_until(b'\n', &mut line)? > 0 {
            let tab = line
                .iter()
                .position(|byte| *byte == TAB)
                .context("a line without its ticket")?;
            let number = TicketNumber::parse(std::str::from_utf8(&line[..tab])?)?;
            held.entry(number)
                .or_default()
                .extend_from_slice(&line[tab + 1..]);
            line.clear();
        }
        Ok(held)
    }

    fn path(&self, part: usize) -> PathBuf {
        self.dir.join(format!("{part:04}"))
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "temporary files are left over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order_and_the_files_go_with_the_run() {
        let number = |nth| TicketNumber::new(jiff::civil::date(2026, 11, 23), nth).unwrap();
        let mut spill = Spill::create(2).unwrap();
        let dir = spill.dir.clone();
        for (part, nth, line) in [(0, 1, "a\n"), (1, 2, "b\n"), (0, 3, "c\n"), (0, 1, "d\te\n")] {
            spill.add(part, number(nth), line.as_bytes()).unwrap();
        }
        assert!(spill.add(2, number(1), b"f\n").is_err());
        spill.finish().unwrap();
        let held = spill.take(0).unwrap();
        assert_eq!(held.keys().copied().collect::<Vec<_>>(), [number(1), number(3)]);
        assert_eq!(held[&number(1)], b"a\nd\te\n");
        assert_eq!(spill.take(1).unwrap()[&number(2)], b"b\n");
        drop(spill);
        assert!(!dir.exists());
    }
}
