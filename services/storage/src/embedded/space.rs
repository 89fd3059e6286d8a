//! Room on the disk. The index must never meet a full disk: it would be damaged by what is refused. So commits are refused
//! while less than a floor is free, and the index writes what it took before into that.

use std::path::Path;

use crate::port::Failure;

/// `Full` when less than `bytes` are free where `dir` lies. A system that cannot say has room.
pub(crate) fn require(dir: &Path, bytes: u64) -> Result<(), Failure> {
    match rustix::fs::statvfs(dir) {
        Ok(found) if found.f_bavail.saturating_mul(found.f_frsize) < bytes => Err(Failure::Full),
        Ok(_) | Err(_) => Ok(()),
    }
}
