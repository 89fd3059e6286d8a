//! The vault's key file beside the ledgers. Its master key is never touched, but for being put back by hand.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::exit::{Exit, Stop};

/// Where the vault keeps its files within a data directory, and what they are called.
const VAULT: &str = "vault";
const KEYS: &str = "keys";
const MASTER: &str = "master.key";

/// Whether a data directory, or a backup of one, has a key file.
pub(crate) fn are_in(data: &Path) -> bool {
    data.join(VAULT).join(KEYS).is_file()
}

/// Whether a ledger is the vault's own, which is copied together with its keys.
pub(crate) fn own(ledger: &str) -> bool {
    ledger == VAULT
        || ledger
            .strip_prefix(VAULT)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Copies the key file and the vault's ledger; says how many slots there are.
pub(crate) fn backup(data: &Path, to: &Path) -> anyhow::Result<u64> {
    vault::backup_keys(&data.join(VAULT), &to.join(VAULT)).map_err(stop)
}

/// Puts a copied key file and the vault's ledger into a new data directory.
pub(crate) fn restore(from: &Path, data: &Path, at: Timestamp) -> anyhow::Result<()> {
    vault::restore_keys(&from.join(VAULT), &data.join(VAULT), at).map_err(stop)
}

fn stop(error: vault::OpenError) -> anyhow::Error {
    // Passes by itself; everything else needs a person.
    if matches!(error, vault::OpenError::Rotating) {
        return Stop::because(Exit::Unavailable, error.to_string());
    }
    anyhow::Error::from(error).context(VAULT)
}

/// Puts the master key that was kept elsewhere into a new data directory, readable by nobody else.
pub(crate) fn put_master(file: &Path, data: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let to = data.join(VAULT).join(MASTER);
    std::fs::create_dir_all(data.join(VAULT))?;
    let mut copy = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&to)?;
    copy.write_all(&bytes)
        .and_then(|()| copy.sync_all())
        .with_context(|| format!("cannot write {}", to.display()))
}
