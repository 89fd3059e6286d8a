//! The head of the key file: how many slots are made and up to which they may have been handed out. Two copies in
//! sectors of their own are written in turn, so that one whole copy is there after any crash.

use super::slot::SLOT_BYTES;

/// Bytes before the first slot.
pub(crate) const HEADER_BYTES: u64 = 4_096;
/// Bytes of one copy.
pub(crate) const COPY_BYTES: usize = 64;
/// Where the copies stand.
pub(crate) const COPIES_AT: [u64; 2] = [0, 2_048];
const MAGIC: &[u8; 8] = b"hlkeys01";

/// What the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Grows with every writing; the higher copy counts.
    pub(crate) sequence: u64,
    /// Slots below this are made. Slot 0 is the root of the keyed hashes.
    pub(crate) made: u64,
    /// Slots below this may have been handed out and are never handed out again.
    pub(crate) reserved: u64,
}

impl Header {
    /// Where the next copy is to be written.
    pub(crate) fn place(&self) -> u64 {
        COPIES_AT[usize::from(self.sequence % 2 == 1)]
    }

    pub(crate) fn encode(&self) -> [u8; COPY_BYTES] {
        let mut bytes = [0; COPY_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.made.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.reserved.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; COPY_BYTES]) -> Option<Self> {
        let number = |at: usize| bytes[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        let is_whole = bytes.starts_with(MAGIC) && crc32fast::hash(&bytes[..60]).to_le_bytes() == bytes[60..];
        if !is_whole {
            return None;
        }
        let header = Self {
            sequence: number(8)?,
            made: number(16)?,
            reserved: number(24)?,
        };
        (header.reserved <= header.made).then_some(header)
    }
}

/// Where a slot begins.
pub(crate) fn place_of(slot: u64) -> u64 {
    HEADER_BYTES + slot * SLOT_BYTES as u64
}
