//! One record, one line. Frozen: version 1 is read for ever (A-10).
//!
//! ```text
//! {"v":1,"seq":7,"group":[6,8],"at":"…","prev":"<sha256>","kind":"commit","body":{…},"sum":"<crc32>"}
//! ```
//!
//! - `seq` counts records from 1 without gaps, over all segments.
//! - `group` names the first and the last record written and synced together with this one.
//! - `prev` is the SHA-256 of the whole line before, without its line feed; 64 zeros in the first record.
//! - `sum` is the CRC-32 of every byte of the line before `,"sum"`.
//!
//! The order of the fields is part of the format, and a line is still plain JSON.

use std::io::Write;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The version written.
const VERSION: u64 = 1;
const BODY: &[u8] = b",\"body\":";
const SUM: &[u8] = b",\"sum\":\"";
/// `,"sum":"` eight digits `"}`.
const SUM_LEN: usize = 18;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The line has no end.
    #[error("the line has no end")]
    Torn,
    /// The bytes are not a record.
    #[error("the bytes are not a record")]
    Shape,
    /// The checksum fits, the fields do not.
    #[error("its fields are not those of a record")]
    Fields,
    /// The checksum does not fit.
    #[error("the checksum does not fit the bytes")]
    Checksum,
    /// Written by a later version.
    #[error("written in format {0}, which this version does not know")]
    Version(u64),
    /// Not the record that should come here.
    #[error("record {found} stands where {expected} should")]
    Sequence {
        /// The sequence that should come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// The record before was changed, or this one was moved.
    #[error("it does not continue the record before it")]
    Chain,
    /// It contradicts its neighbours about what was written together.
    #[error("it does not fit the group it says it belongs to")]
    Group,
    /// Its time is before that of the record before.
    #[error("its time is before that of the record before it")]
    Time,
    /// The rest of its group is missing.
    #[error("the rest of its group is missing")]
    Incomplete,
    /// A file is missing before it.
    #[error("the segment before it is missing or cut short")]
    Gap,
}

impl Flaw {
    /// Whether bytes that never fully reached the disk can look like this.
    pub(crate) fn is_torn(&self) -> bool {
        matches!(self, Flaw::Torn | Flaw::Shape | Flaw::Checksum | Flaw::Incomplete)
    }
}

/// One record, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) sequence: u64,
    /// The first and last sequence of its group.
    pub(crate) group: (u64, u64),
    pub(crate) at: Timestamp,
    pub(crate) prev: Hash,
    pub(crate) kind: Box<str>,
    /// JSON.
    pub(crate) body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    v: u64,
    seq: u64,
    group: (u64, u64),
    at: Timestamp,
    prev: &'a str,
    kind: &'a str,
}

/// What stands before the body.
pub(crate) struct Envelope<'a> {
    pub(crate) sequence: u64,
    pub(crate) group: (u64, u64),
    pub(crate) at: Timestamp,
    pub(crate) prev: &'a Hash,
    pub(crate) kind: &'a str,
}

/// Adds a record and its line feed to `out`; answers the hash of the line and its length without the line feed.
pub(crate) fn encode(out: &mut Vec<u8>, envelope: &Envelope<'_>, body: &[u8]) -> (Hash, usize) {
    let Envelope {
        sequence,
        group: (first, last),
        at,
        prev,
        kind,
    } = envelope;
    let prev = to_hex(prev);
    let start = out.len();
    let head = format!(
        r#"{{"v":{VERSION},"seq":{sequence},"group":[{first},{last}],"at":"{at}","prev":"{prev}","kind":"{kind}""#
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(BODY);
    out.extend_from_slice(body);
    let sum = crc32fast::hash(&out[start..]);
    write!(out, r#","sum":"{sum:08x}"}}"#).expect("a vector takes all bytes");
    let length = out.len() - start;
    let hash = hash(&out[start..]);
    out.push(b'\n');
    (hash, length)
}

/// Reads a line without its line feed. Says nothing about its neighbours.
pub(crate) fn decode(line: &[u8]) -> Result<Record, Flaw> {
    let split = line.len().checked_sub(SUM_LEN).ok_or(Flaw::Shape)?;
    let (covered, sum) = line.split_at(split);
    let digits = sum
        .strip_prefix(SUM)
        .and_then(|rest| rest.strip_suffix(b"\"}"))
        .ok_or(Flaw::Shape)?;
    let digits = std::str::from_utf8(digits).map_err(|_| Flaw::Shape)?;
    let sum = u32::from_str_radix(digits, 16).map_err(|_| Flaw::Shape)?;
    if crc32fast::hash(covered) != sum {
        return Err(Flaw::Checksum);
    }
    let at = covered
        .windows(BODY.len())
        .position(|window| window == BODY)
        .ok_or(Flaw::Fields)?;
    let head = [&covered[..at], b"}"].concat();
    let header: Header<'_> = serde_json::from_slice(&head).map_err(|_| version_or_fields(&head))?;
    if header.v != VERSION {
        return Err(Flaw::Version(header.v));
    }
    let prev = from_hex(header.prev).ok_or(Flaw::Fields)?;
    Ok(Record {
        sequence: header.seq,
        group: header.group,
        at: header.at,
        prev,
        kind: header.kind.into(),
        body: covered[at + BODY.len()..].to_vec(),
    })
}

/// A header that is not ours may be a later version's: its checksum fits, so it is no accident.
fn version_or_fields(head: &[u8]) -> Flaw {
    #[derive(Deserialize)]
    struct Version {
        v: u64,
    }
    match serde_json::from_slice::<Version>(head) {
        Ok(Version { v }) if v != VERSION => Flaw::Version(v),
        Ok(_) | Err(_) => Flaw::Fields,
    }
}

pub(crate) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

pub(crate) fn to_hex(hash: &Hash) -> String {
    HEXLOWER.encode(hash)
}

pub(crate) fn from_hex(text: &str) -> Option<Hash> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Vec<u8> {
        let mut out = Vec::new();
        let envelope = Envelope {
            sequence: 7,
            group: (6, 8),
            at: Timestamp::UNIX_EPOCH,
            prev: &[7; 32],
            kind: "commit",
        };
        let (_, length) = encode(&mut out, &envelope, br#"{"a":",\"body\":"}"#);
        assert_eq!(out.pop(), Some(b'\n'));
        assert_eq!(out.len(), length);
        out
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let record = decode(&line()).unwrap();
        assert_eq!(
            (record.sequence, record.group, &*record.kind),
            (7, (6, 8), "commit")
        );
        assert_eq!((record.prev, record.at), ([7; 32], Timestamp::UNIX_EPOCH));
        assert_eq!(record.body, br#"{"a":",\"body\":"}"#);
        assert!(serde_json::from_slice::<serde_json::Value>(&line()).is_ok());
    }

    #[test]
    fn every_changed_bit_of_a_record_shows() {
        let line = line();
        for bit in 0..line.len() * 8 {
            let mut bytes = line.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // The case of the checksum's own digits carries nothing.
            assert!(
                decode(&bytes).is_err() || bytes.eq_ignore_ascii_case(&line),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_later_format_is_recognised_not_taken_for_damage() {
        let mut covered = br#"{"v":2,"seq":1,"new":true,"body":{}"#.to_vec();
        let sum = crc32fast::hash(&covered);
        write!(covered, r#","sum":"{sum:08x}"}}"#).unwrap();
        assert_eq!(decode(&covered), Err(Flaw::Version(2)));
        assert!(!Flaw::Version(2).is_torn());
    }
}
