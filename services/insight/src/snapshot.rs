//! The projection on disk, written on a clean end. Its resume token names history and place: tickets refuses one of
//! another history, and a file that does not read is none. Losing it costs a reading of the feed and nothing else.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;

use domain::id::{TicketNumber, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::limits::SNAPSHOT_BYTES_MAX;
use crate::row::Row;

/// Of the shape below; another one is not read.
const FORMAT: u32 = 3;
/// The name of the file.
const FILE: &str = "board.json";

#[derive(Serialize)]
struct Kept<'a> {
    format: u32,
    token: &'a str,
    as_of: Option<Timestamp>,
    units: &'a [UnitId],
    rows: &'a [(TicketNumber, Row)],
}

#[derive(Deserialize)]
struct Found {
    format: u32,
    token: String,
    as_of: Option<Timestamp>,
    units: Vec<UnitId>,
    rows: Vec<(TicketNumber, Row)>,
}

/// The projection kept in a directory, if there is one that reads. Blocks.
pub(crate) fn load(dir: &Path) -> Option<Board> {
    let bytes = match read(&dir.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(%error, "the board's snapshot cannot be opened, the feed is read from its beginning");
            return None;
        }
    };
    let found: Result<Found, _> = serde_json::from_slice(&bytes);
    let board = match found {
        Ok(found) if found.format == FORMAT && !found.token.is_empty() => {
            Board::of(found.units, found.rows, found.as_of, found.token)
        }
        Ok(_) | Err(_) => None,
    };
    if board.is_none() {
        tracing::warn!("the board's snapshot does not read, the feed is read from its beginning");
    }
    board
}

/// The whole file: reading it in one piece is several times faster than piece by piece.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(SNAPSHOT_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Keeps the projection in a directory, in place of the one before. Blocks.
pub(crate) fn store(dir: &Path, board: &Board) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let fresh = dir.join("board.new");
    let mut out = BufWriter::new(File::create(&fresh)?);
    let kept = Kept {
        format: FORMAT,
        token: board.token(),
        as_of: board.as_of(),
        units: board.units().codes(),
        rows: board.rows(),
    };
    serde_json::to_writer(&mut out, &kept)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    std::fs::rename(&fresh, dir.join(FILE))
}

#[cfg(test)]
mod tests {
    use domain::clock::Kind;

    use super::*;
    use crate::test_city::{at, overdue, seen};

    #[test]
    fn a_snapshot_reads_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let mut board = Board::default();
        board.take(&seen(1, "water"), &[]);
        board.take(&seen(2, "ecology"), &[overdue(Kind::Sign, true)]);
        board.reach("token-7".to_owned(), Some(at("2026-11-20T02:00:00Z")));
        store(dir.path(), &board).unwrap();

        let again = load(dir.path()).unwrap();
        assert_eq!((again.token(), again.as_of()), (board.token(), board.as_of()));
        assert_eq!(
            (again.rows(), again.units().codes()),
            (board.rows(), board.units().codes())
        );
    }

    #[test]
    fn what_does_not_read_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(load(dir.path()).is_none(), "nothing there");
        std::fs::write(
            dir.path().join(FILE),
            r#"{"format":3,"token":"t","as_of":null,"units":[],"#,
        )
        .unwrap();
        assert!(load(dir.path()).is_none(), "torn");
        let other = r#"{"format":2,"token":"t","as_of":null,"units":[],"rows":[]}"#;
        std::fs::write(dir.path().join(FILE), other).unwrap();
        assert!(load(dir.path()).is_none(), "another format");
    }
}
