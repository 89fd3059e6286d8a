//! Keyed hashes: what must be found or checked again without being kept in the clear. Their keys are derived from the
//! root of the key file, which every rotation wraps anew and none changes.

use data_encoding::{BASE64_NOPAD, Encoding, HEXLOWER, Specification};
use domain::id::{CallerHash, TicketNumber};
use hmac::{Hmac, Mac as _};
use jiff::civil::{Date, date};
use sha2::Sha256;
use std::sync::LazyLock;
use subtle::ConstantTimeEq as _;

use crate::cipher::{Cipher as _, Key, XChaCha};

/// Bytes of a caller's hash.
const CALLER_BYTES: usize = 16;
/// Characters of a query code: 50 bits.
const CODE_CHARS: usize = 10;
/// Bytes of a rating link's proof: 104 bits.
const PROOF_BYTES: usize = 13;
/// Bytes of what a rating link is for: day, sequence, answer.
const LINK_BYTES: usize = 8;
/// Days are counted from here in a link, until 2179.
const LINK_EPOCH: Date = date(2000, 1, 1);

/// Crockford's base 32: no letter is mistaken for a digit.
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification
        .translate
        .from
        .push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification
        .translate
        .to
        .push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.encoding().expect("Crockford's alphabet is sound")
});

/// The derived keys.
pub(crate) struct Keyed {
    caller: Key,
    code: Key,
    link: Key,
    content: Key,
    ledger: Key,
}

impl Keyed {
    /// Derives them from the root.
    pub(crate) fn new(root: &Key) -> Self {
        let derive = |purpose: &str| Key::new(mac(root, &[b"hotline vault v1 ", purpose.as_bytes()]));
        Self {
            caller: derive("caller"),
            code: derive("query code"),
            link: derive("rating link"),
            content: derive("content"),
            ledger: derive("ledger"),
        }
    }

    /// The hash a caller is known again by; none when there is no digit in the number.
    pub(crate) fn caller(&self, phone: &str) -> Option<CallerHash> {
        let digits = normalised(phone);
        if digits.is_empty() {
            return None;
        }
        let hash = mac(&self.caller, &[digits.as_bytes()]);
        let hex = HEXLOWER.encode(&hash[..CALLER_BYTES]);
        Some(CallerHash::parse(&hex).expect("16 bytes are 32 hex digits"))
    }

    /// The code a resident tracks his ticket with; the same number gives the same code.
    pub(crate) fn query_code(&self, number: TicketNumber) -> String {
        let hash = mac(&self.code, &[number.to_string().as_bytes()]);
        let mut code = CROCKFORD.encode(&hash[..CODE_CHARS]);
        code.truncate(CODE_CHARS);
        code
    }

    /// The keyed hash of a request's content, hex.
    pub(crate) fn content(&self, content: &[u8]) -> String {
        HEXLOWER.encode(&mac(&self.content, &[content]))
    }

    /// A link good for rating one answer of a ticket; none beyond 65535 answers or the year 2179.
    pub(crate) fn rating_link(&self, number: TicketNumber, answer: u32) -> Option<String> {
        let days = number.date().since(LINK_EPOCH).ok()?.get_days();
        let mut bytes = Vec::with_capacity(LINK_BYTES + PROOF_BYTES);
        bytes.extend(u16::try_from(days).ok()?.to_be_bytes());
        bytes.extend(number.sequence().to_be_bytes());
        bytes.extend(u16::try_from(answer).ok()?.to_be_bytes());
        let proof = mac(&self.link, &[&bytes]);
        bytes.extend(&proof[..PROOF_BYTES]);
        Some(CROCKFORD.encode(&bytes))
    }

    /// What a rating link is for; none when it is none of ours, or of the shorter ones that were bound to a rework round.
    /// A round comes back with each dispatch, so that such a link could rate an answer it was not made for.
    pub(crate) fn read_rating_link(&self, link: &str) -> Option<(TicketNumber, u32)> {
        if link.len() > 64 {
            return None;
        }
        let bytes = CROCKFORD.decode(link.trim().as_bytes()).ok()?;
        let (what, proof) = bytes.split_at_checked(LINK_BYTES)?;
        let ours = mac(&self.link, &[what]);
        if !bool::from(ours[..PROOF_BYTES].ct_eq(proof)) {
            return None;
        }
        let days = u16::from_be_bytes(what[..2].try_into().ok()?);
        let sequence = u32::from_be_bytes(what[2..6].try_into().ok()?);
        let answer = u16::from_be_bytes(what[6..].try_into().ok()?);
        let date = LINK_EPOCH
            .checked_add(jiff::Span::new().days(i64::from(days)))
            .ok()?;
        Some((TicketNumber::new(date, sequence).ok()?, u32::from(answer)))
    }

    /// Closes a stated purpose for the vault's own ledger.
    pub(crate) fn seal_purpose(&self, purpose: &str) -> String {
        BASE64_NOPAD.encode(&XChaCha.seal(&self.ledger, b"hotline purpose", purpose.as_bytes()))
    }

    /// Opens a stated purpose; empty when it cannot be.
    pub(crate) fn open_purpose(&self, sealed: &str) -> String {
        let open = || {
            let bytes = BASE64_NOPAD.decode(sealed.as_bytes()).ok()?;
            let clear = XChaCha.open(&self.ledger, b"hotline purpose", &bytes)?;
            String::from_utf8(clear.to_vec()).ok()
        };
        open().unwrap_or_default()
    }
}

fn mac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("a key of any length is taken");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A number as dialled, in the form callers are compared by: ASCII digits only, China's prefix dropped.
fn normalised(phone: &str) -> String {
    let mut digits = String::with_capacity(16);
    let mut international = false;
    for c in phone.chars() {
        let narrow = match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
            '＋' => '+',
            other => other,
        };
        if narrow.is_ascii_digit() {
            digits.push(narrow);
        } else if narrow == '+' && digits.is_empty() {
            international = true;
        }
    }
    // 13 digits from 861 are a mobile number with its country whether or not the plus came through.
    let rest = if international || digits.len() == 13 && digits.starts_with("861") {
        digits.strip_prefix("86")
    } else {
        digits.strip_prefix("0086")
    };
    match rest {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed() -> Keyed {
        Keyed::new(&Key::new([3; 32]))
    }

    fn number(sequence: u32) -> TicketNumber {
        TicketNumber::new(date(2026, 11, 21), sequence).unwrap()
    }

    #[test]
    fn a_caller_is_known_again_however_the_number_is_written() {
        let keyed = keyed();
        let hash = keyed.caller("13812345678").unwrap();
        for same in [
            "138 1234 5678",
            "+86 138-1234-5678",
            "008613812345678",
            "8613812345678",
            "＋８６１３８１２３４５６７８",
        ] {
            assert_eq!(keyed.caller(same), Some(hash.clone()), "{same}");
        }
        assert_ne!(keyed.caller("13812345679"), Some(hash.clone()));
        assert_ne!(keyed.caller("075488123456"), keyed.caller("88123456"));
        assert_eq!(keyed.caller("unknown"), None);
        assert_ne!(Keyed::new(&Key::new([4; 32])).caller("13812345678"), Some(hash));
    }

    #[test]
    fn a_query_code_belongs_to_its_number() {
        let keyed = keyed();
        let code = keyed.query_code(number(1));
        assert_eq!(code.len(), 10);
        assert_eq!(code, keyed.query_code(number(1)));
        assert_ne!(code, keyed.query_code(number(2)));
        assert!(code.chars().all(|c| !"ILOU".contains(c)));
    }

    #[test]
    fn a_rating_link_tells_what_it_is_for_and_cannot_be_made_up() {
        let keyed = keyed();
        let link = keyed.rating_link(number(12_345_678), 3).unwrap();
        assert_eq!(link.len(), 34);
        assert_eq!(keyed.read_rating_link(&link), Some((number(12_345_678), 3)));
        assert_eq!(
            keyed.read_rating_link(&link.to_lowercase()),
            Some((number(12_345_678), 3))
        );
        for at in 0..link.len() {
            let mut altered: Vec<char> = link.chars().collect();
            altered[at] = if altered[at] == '0' { '1' } else { '0' };
            let altered: String = altered.into_iter().collect();
            assert_eq!(keyed.read_rating_link(&altered), None);
        }
        assert_eq!(keyed.read_rating_link(""), None);
        assert_eq!(keyed.read_rating_link("链接"), None);
        let many = keyed.rating_link(number(1), 65_535).unwrap();
        assert_eq!(keyed.read_rating_link(&many), Some((number(1), 65_535)));
        assert_eq!(keyed.rating_link(number(1), 65_536), None);
    }

    #[test]
    fn a_link_bound_to_a_rework_round_is_none_of_ours_any_more() {
        let keyed = keyed();
        let days = number(1).date().since(LINK_EPOCH).unwrap().get_days();
        let mut bytes = u16::try_from(days).unwrap().to_be_bytes().to_vec();
        bytes.extend(number(1).sequence().to_be_bytes());
        bytes.push(0);
        let proof = mac(&keyed.link, &[&bytes]);
        bytes.extend(&proof[..PROOF_BYTES]);
        assert_eq!(keyed.read_rating_link(&CROCKFORD.encode(&bytes)), None);
    }

    #[test]
    fn a_purpose_is_closed_in_the_ledger() {
        let keyed = keyed();
        let sealed = keyed.seal_purpose("回访核实");
        assert!(!sealed.contains("回访"));
        assert_eq!(keyed.open_purpose(&sealed), "回访核实");
        assert_eq!(keyed.open_purpose("???"), "");
    }
}
