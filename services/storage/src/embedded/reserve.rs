//! Space kept aside. When the disk is full the journal takes no more, but the index still has to write what it took
//! before: the reserve is given up for that, and no commit is taken until it can be had again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::disk::is_full;
use crate::port::Failure;

static CHUNK: [u8; 64 << 10] = [0x5a; 64 << 10];

pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
    is_held: bool,
}

impl Reserve {
    pub(crate) fn new(dir: &Path, bytes: u64) -> Reserve {
        Reserve {
            path: dir.join("reserve"),
            bytes,
            is_held: false,
        }
    }

    /// Takes the space if it is not held. `Full` when there is too little.
    pub(crate) fn hold(&mut self) -> Result<(), Failure> {
        if self.is_held {
            return Ok(());
        }
        match self.take() {
            Ok(()) => {
                self.is_held = true;
                Ok(())
            }
            Err(error) => {
                self.give_up();
                // Any other trouble is for the journal to meet.
                if is_full(&error) {
                    Err(Failure::Full)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Gives the space back to the disk.
    pub(crate) fn give_up(&mut self) {
        self.is_held = false;
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "cannot give up the reserved space");
        }
    }

    fn take(&self) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| found.len() == self.bytes) {
            return Ok(());
        }
        let mut file = File::create(&self.path)?;
        let mut left = self.bytes;
        while left > 0 {
            let part = usize::try_from(left.min(CHUNK.len() as u64)).expect("a chunk is small");
            file.write_all(&CHUNK[..part])?;
            left -= part as u64;
        }
        file.sync_all()
    }
}
