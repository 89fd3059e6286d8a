//! What the offline verbs share: the ledgers of a data directory, and a progress bar.

pub(super) mod keys;
pub(super) mod lives;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Where the tickets are within a data directory; the one ledger that has an index.
pub(super) const TICKETS: &str = "tickets";

/// A ledger of a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its name: the path below the data directory, such as `tickets` or `vault/tokens`.
    pub(super) name: String,
    /// Where it is.
    pub(super) dir: PathBuf,
}

/// What belongs to a ledger and is none.
const PARTS: [&str; 2] = ["journal", "index"];

/// Every ledger of a data directory, in the order of names: what holds a `journal`, at most two levels down. A role may
/// keep a second one below its first.
pub(super) fn ledgers(data: &Path) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    collect(data, "", 2, &mut found).with_context(|| format!("cannot read {}", data.display()))?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    if found.is_empty() {
        let data = data.display();
        let message = format!(
            "目录中没有账本:{data} · {data} holds no ledger: name the directory given to serve --data"
        );
        return Err(Stop::because(Exit::NotFound, message));
    }
    Ok(found)
}

fn collect(dir: &Path, name: &str, depth: u8, found: &mut Vec<Found>) -> std::io::Result<()> {
    if dir.join("journal").is_dir() {
        let name = if name.is_empty() { "." } else { name };
        found.push(Found {
            name: name.to_owned(),
            dir: dir.to_owned(),
        });
    }
    if depth == 0 {
        return Ok(());
    }
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let below = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !PARTS.contains(&below.as_str()) {
            let name = if name.is_empty() {
                below
            } else {
                format!("{name}/{below}")
            };
            collect(&entry.path(), &name, depth - 1, found)?;
        }
    }
    Ok(())
}

/// A bar of bytes on standard error; nothing where nobody can see it.
pub(super) fn bar(what: &str, out: &Out) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    let is_seen = std::io::stderr().is_terminal() && !out.is_quiet();
    bar.set_draw_target(if is_seen {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    });
    if is_seen {
        bar.enable_steady_tick(Duration::from_millis(250));
    }
    bar
}

/// Makes a bar count tickets, not bytes.
fn of_tickets(bar: &ProgressBar) {
    if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
}

/// Moves a bar on.
pub(super) fn advance(bar: &ProgressBar) -> impl FnMut(u64, u64) + use<> {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

/// Maps what storage could not open to an end: a directory in use can be tried later, unsound bytes cannot.
pub(super) fn stop(error: storage::OpenError, what: &str) -> anyhow::Error {
    use storage::OpenError;
    let exit = match &error {
        OpenError::Locked { .. } => Exit::Unavailable,
        OpenError::Broken { .. }
        | OpenError::Ahead { .. }
        | OpenError::Unsound { .. }
        | OpenError::Foreign { .. } => Exit::Damaged,
        OpenError::NoJournal { .. } => Exit::NotFound,
        OpenError::NotEmpty { .. } => Exit::Usage,
        OpenError::Io { .. } | OpenError::Index(_) | OpenError::Closed => Exit::Failed,
    };
    Stop::because(exit, format!("{what}: {:#}", anyhow::Error::from(error)))
}

#[cfg(test)]
mod tests;
