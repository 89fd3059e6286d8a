//! Opaque page and resume tokens: sealed, so that a client neither reads positions (gaps would show what he may not
//! see) nor makes his own, and bound to the query they came from.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::link::RoleSecret;
use crate::reason;

/// The longest token taken, in characters.
const TOKEN_CHARS_MAX: usize = 2_048;
/// Payloads are filled up to a multiple of this, so that a token's length tells nothing of the position in it.
const STEP: usize = 64;
const NONCE: usize = 24;

/// Fresh random bytes of the operating system.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Seals and opens tokens under one key.
#[derive(Clone)]
pub struct Tokens {
    cipher: XChaCha20Poly1305,
}

impl Tokens {
    /// Tokens under `key`. Another key does not open them: keep it where tokens outlive the process.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&key.into()),
        }
    }

    /// Tokens under a key that every process of this hotline derives alike for `purpose`.
    pub fn derived(secret: &RoleSecret, purpose: &str) -> Self {
        Self::new(secret.derive(purpose))
    }

    /// A token that holds `payload`, good for `query` only: the method and everything that makes it another list.
    pub fn seal(&self, query: &[u8], payload: &impl Serialize) -> String {
        let mut clear = serde_json::to_vec(payload).expect("positions are plain values");
        clear.resize(clear.len().next_multiple_of(STEP), b' ');
        let nonce: [u8; NONCE] = random_bytes();
        let sealed = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &clear,
                    aad: query,
                },
            )
            .expect("a position is far below the cipher's limit");
        BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat())
    }

    /// What a page token holds; INVALID_ARGUMENT (`page_token`) when it is none of ours or of another query.
    pub fn open<T: DeserializeOwned>(&self, query: &[u8], token: &str) -> Result<T, Fault> {
        self.try_open(query, token).ok_or_else(|| {
            Fault::invalid_because(
                reason::PAGE_TOKEN,
                "page_token",
                "分页标识无效或不属于此查询",
                "page_token: not valid, or of another query",
            )
        })
    }

    /// What a page token holds; none for the empty one of a first page.
    pub fn open_page<T: DeserializeOwned>(&self, query: &[u8], token: &str) -> Result<Option<T>, Fault> {
        if token.is_empty() {
            Ok(None)
        } else {
            self.open(query, token).map(Some)
        }
    }

    /// What a token holds, none when it is none of ours or of another query.
    pub fn try_open<T: DeserializeOwned>(&self, query: &[u8], token: &str) -> Option<T> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let clear = self
            .cipher
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: sealed,
                    aad: query,
                },
            )
            .ok()?;
        serde_json::from_slice(&clear).ok()
    }
}

/// How many rows a page has: `default` for 0, at most `max`; more is refused, not cut silently.
pub fn page_size(requested: u32, default: usize, max: usize) -> Result<usize, Fault> {
    match usize::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) if size <= max => Ok(size),
        _ => Err(Fault::invalid(
            "page_size",
            format!("每页最多 {max} 条"),
            format!("page_size: at most {max}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_for_its_query_and_key() {
        let tokens = Tokens::new([7; 32]);
        let token = tokens.seal(b"list unit=water", &(12u64, 3u32));
        assert_eq!(
            tokens.open::<(u64, u32)>(b"list unit=water", &token).unwrap(),
            (12, 3)
        );
        assert_eq!(
            tokens
                .open::<(u64, u32)>(b"list unit=roads", &token)
                .unwrap_err()
                .reason(),
            "PAGE_TOKEN_INVALID"
        );
        assert!(
            Tokens::new([8; 32])
                .try_open::<(u64, u32)>(b"list unit=water", &token)
                .is_none()
        );
        assert!(
            tokens
                .try_open::<(u64, u32)>(b"list unit=water", "nonsense")
                .is_none()
        );
        assert!(tokens.open_page::<u64>(b"", "").unwrap().is_none());
    }

    #[test]
    fn tokens_show_neither_equality_nor_size_of_positions() {
        let tokens = Tokens::new([7; 32]);
        assert_ne!(tokens.seal(b"q", &1u64), tokens.seal(b"q", &1u64));
        assert_eq!(tokens.seal(b"q", &1u64).len(), tokens.seal(b"q", &u64::MAX).len());
    }

    #[test]
    fn a_page_beyond_the_limit_is_refused() {
        assert_eq!(page_size(0, 50, 200).unwrap(), 50);
        assert_eq!(page_size(200, 50, 200).unwrap(), 200);
        assert_eq!(
            page_size(201, 50, 200).unwrap_err().fields().collect::<Vec<_>>(),
            ["page_size"]
        );
    }
}
