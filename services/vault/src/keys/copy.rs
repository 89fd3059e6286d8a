//! Copies of the key file, made while it is in use, and putting one back.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::header::{COPY_BYTES, HEADER_BYTES, Header, place_of};
use super::medium::read_or_zero;
use super::read_header;
use super::slot::{SLOT_BYTES, Slot};
use crate::error::{OpenError, doing};
use crate::limits::{POOL_BLOCK, READ_TRIES, RESTORE_GAP};
use crate::master::{is_rotating, sync_parent};

/// Copies the key file of `dir` to `to/keys`; the vault may be running. Every slot is whole: as it was before or after
/// whatever was done to it meanwhile. Refuses while the master key is being changed. The master key is not copied.
pub(crate) fn copy(dir: &Path, to: &Path) -> Result<u64, OpenError> {
    if is_rotating(dir) {
        return Err(OpenError::Rotating);
    }
    let (from, path) = (dir.join("keys"), to.join("keys"));
    let file = File::open(&from).map_err(doing("read", &from))?;
    let header = settled_header(&file, &from)?;
    let mut copy = new_file(&path)?;
    copy.write_all(&head_of(&header)).map_err(doing("write", &path))?;
    let mut at = 0;
    while at < header.made {
        let end = header.made.min(at + POOL_BLOCK);
        let block = settled_block(&file, &from, at, end)?;
        copy.write_all(&block).map_err(doing("write", &path))?;
        at = end;
    }
    copy.sync_all()
        .and_then(|()| sync_parent(&path))
        .map_err(doing("write", &path))?;
    if is_rotating(dir) {
        return Err(OpenError::Rotating);
    }
    Ok(header.made)
}

/// Puts a copy back as `to/keys`. Numbering goes on well beyond the copy, so that no slot handed out since it was made
/// is handed out again. The master key of the copy's time must be put beside by hand.
pub(crate) fn restore(from: &Path, to: &Path) -> Result<(), OpenError> {
    let (source, path) = (from.join("keys"), to.join("keys"));
    if path.exists() {
        return Err(OpenError::NotEmpty { path });
    }
    let file = File::open(&source).map_err(doing("read", &source))?;
    let mut header = read_header(&file, &source)?;
    let made = header.made;
    header.sequence += 1;
    header.made += RESTORE_GAP;
    header.reserved = header.made;
    let unfinished = to.join("keys.new");
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(doing("remove", &unfinished))?;
    }
    let mut copy = new_file(&unfinished)?;
    copy.write_all(&head_of(&header))
        .map_err(doing("write", &unfinished))?;
    let mut at = 0;
    while at < made {
        let end = made.min(at + POOL_BLOCK);
        let block = settled_block(&file, &source, at, end)?;
        copy.write_all(&block).map_err(doing("write", &unfinished))?;
        at = end;
    }
    let put = copy
        .sync_all()
        .and_then(|()| std::fs::rename(&unfinished, &path))
        .and_then(|()| sync_parent(&path));
    put.map_err(doing("write", &path))
}

fn new_file(path: &Path) -> Result<File, OpenError> {
    match File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(OpenError::NotEmpty {
            path: path.to_owned(),
        }),
        Err(error) => Err(doing("make", path)(error)),
    }
}

fn head_of(header: &Header) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(HEADER_BYTES).unwrap_or(0)];
    let at = usize::try_from(header.place()).unwrap_or(0);
    bytes[at..at + COPY_BYTES].copy_from_slice(&header.encode());
    bytes
}

/// The head, read again while it is being written.
fn settled_header(file: &File, path: &Path) -> Result<Header, OpenError> {
    let mut read = read_header(file, path);
    for _ in 0..READ_TRIES {
        if read.is_ok() {
            break;
        }
        std::thread::yield_now();
        read = read_header(file, path);
    }
    read
}

/// A block of slots, each whole: those being written just now are read again.
fn settled_block(file: &File, path: &Path, from: u64, to: u64) -> Result<Vec<u8>, OpenError> {
    let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0) * SLOT_BYTES];
    read_or_zero(file, place_of(from), &mut bytes).map_err(doing("read", path))?;
    for (slot, bytes) in (from..to).zip(bytes.chunks_exact_mut(SLOT_BYTES)) {
        let mut tries = 0;
        while Slot::decode(bytes, slot).is_err() {
            if tries == READ_TRIES * 100 {
                tracing::error!(slot, "a slot of the key file is damaged: it is copied as it is");
                break;
            }
            tries += 1;
            std::thread::yield_now();
            read_or_zero(file, place_of(slot), bytes).map_err(doing("read", path))?;
        }
    }
    Ok(bytes)
}
