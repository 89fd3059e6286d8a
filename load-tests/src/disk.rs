//! What the disk alone can do, and how much of it is used.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::clock;

const BLOCK: [u8; 1_024] = [b'x'; 1_024];

/// How often a second one thread can append 1 KiB and `fdatasync` it in `dir`.
pub(crate) fn syncs_a_second(dir: &Path, within: Duration) -> anyhow::Result<f64> {
    let path = dir.join("fdatasync");
    let mut file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let begun = clock::now();
    let mut syncs = 0_u32;
    while begun.elapsed() < within {
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        syncs += 1;
    }
    let spent = begun.elapsed();
    std::fs::remove_file(&path)?;
    Ok(f64::from(syncs) / spent.as_secs_f64())
}

/// Bytes that may still be written in `dir`.
pub(crate) fn free_bytes(dir: &Path) -> anyhow::Result<u64> {
    let volume = rustix::fs::statvfs(dir).with_context(|| format!("cannot ask about {}", dir.display()))?;
    Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
}

/// Bytes of all files below `dir`; 0 where there is none.
pub(crate) fn bytes_below(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_below_counts_and_a_missing_folder_does_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("inner")).unwrap();
        std::fs::write(dir.path().join("one"), [0; 10]).unwrap();
        std::fs::write(dir.path().join("inner/two"), [0; 20]).unwrap();
        assert_eq!(bytes_below(dir.path()), 30);
        assert_eq!(bytes_below(&dir.path().join("none")), 0);
    }
}
