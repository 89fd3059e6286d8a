//! One slot of the key file: 128 bytes, always overwritten in place.
//!
//! ```text
//!  0  state: 0 never made, 1 live, 2 destroyed      32  wrapped key, 48 bytes
//!  4  generation of the master key                  80  number of the slot
//!  8  nonce, 24 bytes                              124  CRC-32 of the bytes before
//! ```

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::cipher::{Key, random_bytes};
use crate::master::Master;

/// Bytes of a slot. Divides every sector size, so a slot never crosses a sector.
pub(crate) const SLOT_BYTES: usize = 128;
const NONCE: usize = 24;
const WRAPPED: usize = Key::BYTES + 16;

/// What stands in a slot.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    /// No key was ever made here.
    Never,
    /// A key, wrapped by the master key of a generation.
    Live {
        generation: u32,
        nonce: [u8; NONCE],
        wrapped: [u8; WRAPPED],
    },
    /// The key is gone for good.
    Destroyed,
}

/// The bytes of a slot do not fit together: it is just being written, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn;

impl Slot {
    /// Wraps a key for slot `number`.
    pub(crate) fn wrap(master: &Master, number: u64, key: &Key) -> Self {
        let nonce: [u8; NONCE] = random_bytes();
        let wrapped = XChaCha20Poly1305::new(master.key().bytes().into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: key.bytes(),
                    aad: &bound(number, master.generation()),
                },
            )
            .expect("a key is far below the cipher's limit");
        let wrapped = wrapped.try_into().expect("32 bytes and a tag of 16");
        Slot::Live {
            generation: master.generation(),
            nonce,
            wrapped,
        }
    }

    /// The key, if `master` is the one that wrapped it.
    pub(crate) fn unwrap(&self, master: &Master, number: u64) -> Option<Key> {
        let Slot::Live {
            generation,
            nonce,
            wrapped,
        } = self
        else {
            return None;
        };
        if *generation != master.generation() {
            return None;
        }
        let clear = XChaCha20Poly1305::new(master.key().bytes().into())
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: wrapped,
                    aad: &bound(number, *generation),
                },
            )
            .ok()?;
        let clear = Zeroizing::new(clear);
        Some(Key::new(clear.as_slice().try_into().ok()?))
    }

    pub(crate) fn encode(&self, number: u64) -> [u8; SLOT_BYTES] {
        let mut bytes = [0; SLOT_BYTES];
        match self {
            Slot::Never => return bytes,
            Slot::Live {
                generation,
                nonce,
                wrapped,
            } => {
                bytes[0] = 1;
                bytes[4..8].copy_from_slice(&generation.to_le_bytes());
                bytes[8..32].copy_from_slice(nonce);
                bytes[32..80].copy_from_slice(wrapped);
            }
            Slot::Destroyed => bytes[0] = 2,
        }
        bytes[80..88].copy_from_slice(&number.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..124]);
        bytes[124..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8], number: u64) -> Result<Self, Torn> {
        let bytes: &[u8; SLOT_BYTES] = bytes.try_into().map_err(|_| Torn)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Slot::Never);
        }
        let is_whole = crc32fast::hash(&bytes[..124]).to_le_bytes() == bytes[124..];
        if !is_whole || bytes[80..88] != number.to_le_bytes() {
            return Err(Torn);
        }
        match bytes[0] {
            1 => Ok(Slot::Live {
                generation: u32::from_le_bytes(bytes[4..8].try_into().map_err(|_| Torn)?),
                nonce: bytes[8..32].try_into().map_err(|_| Torn)?,
                wrapped: bytes[32..80].try_into().map_err(|_| Torn)?,
            }),
            2 => Ok(Slot::Destroyed),
            _ => Err(Torn),
        }
    }
}

fn bound(number: u64, generation: u32) -> Vec<u8> {
    format!("hotline key {number} of {generation}").into_bytes()
}
