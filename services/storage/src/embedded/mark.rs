//! Whether the index may be trusted: a small file beside it, since the index itself must not be opened to find out.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{OpenError, doing};

/// Changes whenever what the index holds changes. A new release rebuilds it in any case.
const FORMAT: &str = concat!(env!("CARGO_PKG_VERSION"), "/3");

/// In which state the index was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Left {
    /// In use: to be trusted under the same boot only, since the system still has what was written.
    Open,
    /// Closed, and everything on the disk.
    Clean,
    /// Found damaged.
    Damaged,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    format: String,
    pub(crate) left: Left,
    boot: Option<String>,
    /// A record known to have been kept: the journal reaches at least so far.
    pub(crate) durable: u64,
}

impl Mark {
    pub(crate) fn new(left: Left, boot: Option<String>, durable: u64) -> Mark {
        Mark {
            format: FORMAT.to_owned(),
            left,
            boot,
            durable,
        }
    }

    /// The mark of a directory; none when there is none or it cannot be read, which is the same.
    pub(crate) fn read(dir: &Path) -> Option<Mark> {
        let text = fs::read(path(dir)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Whether the index it stands beside holds what was written to it.
    pub(crate) fn is_trusted(&self, boot: Option<&str>) -> bool {
        let known = match self.left {
            Left::Clean => true,
            Left::Open => boot.is_some() && self.boot.as_deref() == boot,
            Left::Damaged => false,
        };
        known && self.format == FORMAT
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), OpenError> {
        let path = path(dir);
        let json = serde_json::to_vec(self).expect("a mark is always JSON");
        disk::replace(&path, &json).map_err(doing("write", &path))
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("index.mark")
}
