//! Where the bytes of the key file are: a file, or memory for simulation and tests.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts durable steps and stops at one, half done: how tests cut the power. Without a count it never does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trip(Option<Arc<AtomicI64>>);

impl Trip {
    /// Stops at the step after `steps` steps, and at every one after that.
    #[cfg(test)]
    pub(crate) fn after(steps: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(steps))))
    }

    /// Takes one step.
    pub(crate) fn step(&self) -> io::Result<()> {
        match &self.0 {
            Some(left) if left.fetch_sub(1, Ordering::SeqCst) <= 0 => Err(io::Error::other("interrupted")),
            _ => Ok(()),
        }
    }
}

/// Bytes at places.
pub(crate) enum Medium {
    File { file: File, trip: Trip },
    Memory(Mutex<Vec<u8>>),
}

impl Medium {
    /// Reads; what lies beyond the end is zero.
    pub(crate) fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        match self {
            Medium::File { file, .. } => read_or_zero(file, place, bytes),
            Medium::Memory(memory) => {
                let memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let from = usize::try_from(place).unwrap_or(usize::MAX).min(memory.len());
                let count = bytes.len().min(memory.len() - from);
                bytes[..count].copy_from_slice(&memory[from..from + count]);
                bytes[count..].fill(0);
                Ok(())
            }
        }
    }

    /// Writes. Durable only after [`Medium::sync`].
    pub(crate) fn write(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        match self {
            Medium::File { file, trip } => {
                if let Err(interrupted) = trip.step() {
                    file.write_all_at(&bytes[..bytes.len() / 2], place)?;
                    return Err(interrupted);
                }
                file.write_all_at(bytes, place)
            }
            Medium::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let from = usize::try_from(place).map_err(io::Error::other)?;
                let end = from + bytes.len();
                if memory.len() < end {
                    memory.resize(end, 0);
                }
                memory[from..end].copy_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self {
            Medium::File { file, trip } => {
                trip.step()?;
                file.sync_data()
            }
            Medium::Memory(_) => Ok(()),
        }
    }
}

/// Fills `bytes` from `place` on, with zeros beyond the end.
pub(crate) fn read_or_zero(file: &File, place: u64, bytes: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], place + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[done..].fill(0);
    Ok(())
}
