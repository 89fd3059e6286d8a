//! The vault's key file beside the ledgers. Its master key is never touched, but for being put back by hand.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

/// Where the vault keeps its files within a data directory, and what they are called.
const VAULT: &str = "vault";
const KEYS: &str = "keys";
const MASTER: &str = "master.key";

/// Whether a data directory, or a backup of one, has a key file.
pub(crate) fn are_in(data: &Path) -> bool {
    data.join(VAULT).join(KEYS).is_file()
}

/// Copies the key file; says how many slots it has.
pub(crate) fn backup(_data: &Path, _to: &Path) -> anyhow::Result<u64> {
    anyhow::bail!("vault::backup_keys is not there yet")
}

/// Puts a copied key file into a new data directory.
pub(crate) fn restore(_from: &Path, _data: &Path) -> anyhow::Result<()> {
    anyhow::bail!("vault::restore_keys is not there yet")
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
