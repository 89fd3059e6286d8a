//! The stores the promises are held against, and directories to break.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ticket::Ticket;
use storage::port::Ledger;
use storage::{Embedded, OpenError, Options};
use tempfile::TempDir;

/// Any store.
pub(crate) type Store = Arc<dyn Ledger>;

pub(crate) fn sequences(tickets: Vec<Ticket>) -> Vec<u32> {
    tickets.iter().map(|ticket| ticket.number.sequence()).collect()
}

/// Small enough that a handful of tickets meets every limit: segments roll, hot tickets are forgotten, the index settles
/// every other commit.
pub(crate) fn cramped() -> Options {
    Options {
        segment_bytes: 4 << 10,
        hot_tickets: 4,
        recent_keys: 16,
        recent_bytes: 4 << 10,
        index_cache_bytes: 1 << 20,
        boot_id: Some("boot-1".to_owned()),
        ..Options::default()
    }
}

pub(crate) async fn open(dir: &Path) -> Result<Arc<Embedded>, OpenError> {
    Embedded::open(dir, cramped(), |_, _| {}).await
}

/// As after a power cut: the index is not to be trusted.
pub(crate) async fn open_after_power_cut(dir: &Path) -> Result<Arc<Embedded>, OpenError> {
    let options = Options {
        boot_id: Some("boot-2".to_owned()),
        ..cramped()
    };
    Embedded::open(dir, options, |_, _| {}).await
}

/// A directory that goes away with the test.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn new() -> Dir {
        Dir(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The journal's files in order.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = fs::read_dir(self.path().join("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        found.sort();
        found
    }

    /// The lines of all segments, without their line feeds.
    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        let whole = self
            .segments()
            .iter()
            .flat_map(|path| fs::read(path).unwrap())
            .collect::<Vec<u8>>();
        whole
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    }

    /// Puts the whole journal into one segment of these lines.
    pub(crate) fn write_lines(&self, lines: &[Vec<u8>]) {
        self.segments()
            .iter()
            .for_each(|path| fs::remove_file(path).unwrap());
        let bytes: Vec<u8> = lines
            .iter()
            .flat_map(|line| [line.as_slice(), b"\n"].concat())
            .collect();
        fs::write(self.path().join("journal/00000000000000000001.jsonl"), bytes).unwrap();
    }

    pub(crate) fn remove_index(&self) {
        fs::remove_dir_all(self.path().join("index")).unwrap();
    }

    /// As if nobody had ever opened it here.
    pub(crate) fn forget_index(&self) {
        self.remove_index();
        fs::remove_file(self.path().join("index.mark")).unwrap();
    }

    pub(crate) fn copy(&self) -> Dir {
        let copy = Dir::new();
        copy_tree(self.path(), copy.path());
        copy
    }
}

pub(crate) fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Runs each promise on each store.
macro_rules! hold_for_every_store {
    ($($promise:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(std::sync::Arc::new(storage::Memory::new())).await;
            })+
        }
        mod faulty_without_faults {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(std::sync::Arc::new(storage::Faulty::new(storage::Memory::new()))).await;
            })+
        }
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                let dir = crate::stores::Dir::new();
                super::$promise(crate::stores::open(dir.path()).await.unwrap()).await;
            })+
        }
    };
}
pub(crate) use hold_for_every_store;
