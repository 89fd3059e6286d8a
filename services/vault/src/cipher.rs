//! How words are closed. One small trait, so that SM4 could stand beside XChaCha20-Poly1305: each sealed text begins
//! with the tag of the cipher that closed it.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64_NOPAD;
use domain::id::{KeySlot, TicketNumber};
use domain::words::Sealed;
use zeroize::{Zeroize, Zeroizing};

/// A 256-bit key. Overwritten when dropped, never shown.
#[derive(PartialEq, Eq)]
pub(crate) struct Key([u8; Key::BYTES]);

impl Key {
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn new(bytes: [u8; Key::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn random() -> Self {
        Self(random_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8; Key::BYTES] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Fresh random bytes of the operating system.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A cipher that closes and authenticates.
pub(crate) trait Cipher: Send + Sync {
    /// The first byte of what it has closed.
    fn tag(&self) -> u8;
    /// Closes `clear` under a fresh nonce, bound to `bound`.
    fn seal(&self, key: &Key, bound: &[u8], clear: &[u8]) -> Vec<u8>;
    /// Opens what [`Cipher::seal`] closed; none when a single bit, the key or `bound` differs.
    fn open(&self, key: &Key, bound: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

/// XChaCha20-Poly1305 with random nonces of 24 bytes.
pub(crate) struct XChaCha;

const NONCE: usize = 24;

impl Cipher for XChaCha {
    fn tag(&self) -> u8 {
        1
    }

    fn seal(&self, key: &Key, bound: &[u8], clear: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random_bytes();
        let sealed = XChaCha20Poly1305::new(key.bytes().into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: clear,
                    aad: bound,
                },
            )
            .expect("words are far below the cipher's limit");
        [&nonce[..], &sealed].concat()
    }

    fn open(&self, key: &Key, bound: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let clear = XChaCha20Poly1305::new(key.bytes().into())
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: sealed,
                    aad: bound,
                },
            )
            .ok()?;
        Some(Zeroizing::new(clear))
    }
}

/// The cipher new words are closed with.
const PRESENT: &dyn Cipher = &XChaCha;
/// Every cipher words may have been closed with.
const ALL: [&dyn Cipher; 1] = [&XChaCha];

/// What sealed bytes are: bound into them, so that no text can be taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Words of a ticket.
    Words,
    /// A contact's identity.
    Identity,
}

impl Purpose {
    fn bound(self, number: TicketNumber, slot: KeySlot) -> Vec<u8> {
        let name = match self {
            Purpose::Words => "words",
            Purpose::Identity => "identity",
        };
        format!("hotline {name} {number} {}", slot.0).into_bytes()
    }
}

/// Closes a text under the key of `slot`.
pub(crate) fn seal(key: &Key, slot: KeySlot, number: TicketNumber, purpose: Purpose, clear: &[u8]) -> Sealed {
    let mut bytes = vec![PRESENT.tag()];
    bytes.extend(PRESENT.seal(key, &purpose.bound(number, slot), clear));
    Sealed {
        slot,
        text: BASE64_NOPAD.encode(&bytes).into(),
    }
}

/// Opens what [`seal`] closed; none when it was closed for another ticket, purpose or slot, or was altered.
pub(crate) fn open(
    key: &Key,
    sealed: &Sealed,
    number: TicketNumber,
    purpose: Purpose,
) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = BASE64_NOPAD.decode(sealed.text.as_bytes()).ok()?;
    let (tag, rest) = bytes.split_first()?;
    let cipher = ALL.into_iter().find(|cipher| cipher.tag() == *tag)?;
    cipher.open(key, &purpose.bound(number, sealed.slot), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(sequence: u32) -> TicketNumber {
        TicketNumber::new(jiff::civil::date(2026, 11, 21), sequence).unwrap()
    }

    #[test]
    fn words_open_for_their_ticket_purpose_and_slot_only() {
        let key = Key::random();
        let sealed = seal(&key, KeySlot(7), number(1), Purpose::Words, "水管爆了".as_bytes());
        let opened = open(&key, &sealed, number(1), Purpose::Words).unwrap();
        assert_eq!(&**opened, "水管爆了".as_bytes());

        assert!(open(&key, &sealed, number(2), Purpose::Words).is_none());
        assert!(open(&key, &sealed, number(1), Purpose::Identity).is_none());
        let elsewhere = Sealed {
            slot: KeySlot(8),
            ..sealed.clone()
        };
        assert!(open(&key, &elsewhere, number(1), Purpose::Words).is_none());
        assert!(open(&Key::random(), &sealed, number(1), Purpose::Words).is_none());
    }

    #[test]
    fn altered_words_do_not_open() {
        let key = Key::random();
        let sealed = seal(&key, KeySlot(7), number(1), Purpose::Words, b"words");
        let bytes = BASE64_NOPAD.decode(sealed.text.as_bytes()).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let altered = Sealed {
                text: BASE64_NOPAD.encode(&altered).into(),
                ..sealed.clone()
            };
            assert!(
                open(&key, &altered, number(1), Purpose::Words).is_none(),
                "byte {at}"
            );
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", Key::new([7; 32])), "Key(…)");
    }
}
