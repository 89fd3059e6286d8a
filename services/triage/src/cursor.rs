//! The place in the feed up to which every change is handled. Losing it costs a second reading of the feed and nothing
//! else, so it is neither synced nor checked: tickets knows its own tokens.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kit::drain::Drain;

use crate::limits::{CURSOR_BYTES_MAX, CURSOR_EVERY};

/// Where the follower stands.
pub(crate) struct Cursor {
    file: Option<PathBuf>,
    drain: Drain,
    token: String,
    since_written: u32,
}

impl Cursor {
    /// The cursor kept in a directory; at the beginning when there is none, or when it cannot be read.
    pub(crate) async fn open(dir: Option<&Path>, drain: &Drain) -> Self {
        let file = dir.map(|dir| dir.join("cursor"));
        let token = match file.clone() {
            None => String::new(),
            Some(file) => drain.block("read the triage cursor", move || read(&file)).await,
        };
        Self {
            file,
            drain: drain.clone(),
            token,
            since_written: 0,
        }
    }

    /// The token of the last change handled; empty at the beginning.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Every change up to this token is handled. Written now and then, and whenever `at_rest`.
    pub(crate) async fn move_to(&mut self, token: String, at_rest: bool) {
        self.token = token;
        self.since_written = self.since_written.saturating_add(1);
        if at_rest || self.since_written >= CURSOR_EVERY {
            self.write().await;
        }
    }

    /// Back to the beginning: the token was void.
    pub(crate) async fn reset(&mut self) {
        self.token.clear();
        self.since_written = 1;
        self.write().await;
    }

    /// Keeps where it stands.
    pub(crate) async fn write(&mut self) {
        if self.since_written == 0 {
            return;
        }
        self.since_written = 0;
        let (Some(file), token) = (self.file.clone(), self.token.clone()) else {
            return;
        };
        let written = self
            .drain
            .block("write the triage cursor", move || replace(&file, &token))
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "the triage cursor was not written, a restart will read the feed again");
        }
    }
}

fn read(file: &Path) -> String {
    let mut token = String::new();
    let taken = fs::File::open(file).and_then(|file| file.take(CURSOR_BYTES_MAX).read_to_string(&mut token));
    match taken {
        Ok(_) => token,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "the triage cursor cannot be read, the feed is read from its beginning");
            }
            String::new()
        }
    }
}

fn replace(file: &Path, token: &str) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    let fresh = file.with_extension("new");
    fs::write(&fresh, token)?;
    fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cursor_reads_back_and_a_lost_one_is_the_beginning() {
        let (dir, drain) = (tempfile::tempdir().unwrap(), Drain::new());
        let mut cursor = Cursor::open(Some(dir.path()), &drain).await;
        assert_eq!(cursor.token(), "");
        cursor.move_to("t-1".to_owned(), false).await;
        assert_eq!(
            Cursor::open(Some(dir.path()), &drain).await.token(),
            "",
            "not written yet"
        );
        cursor.move_to("t-2".to_owned(), true).await;
        assert_eq!(Cursor::open(Some(dir.path()), &drain).await.token(), "t-2");
        cursor.reset().await;
        assert_eq!(Cursor::open(Some(dir.path()), &drain).await.token(), "");
    }
}
