//! A ticket as the index keeps it: its state, and where its latest writes stand in the journal.
//!
//! ```text
//! state key → parts u8, version u32, links u8, (version u32, sequence u64, offset u32, length u32)*, JSON…
//! further parts of a long one under keys of the version, so that parts of two versions never mix
//! ```

use domain::id::TicketNumber;
use domain::ticket::Ticket;

use super::index::{Batch, Index, Unusable};
use super::keys;
use crate::journal::Position;
use crate::limits::{SCAN_ROWS, TAIL_LINKS_MAX, VALUE_BYTES_MAX};

/// A write of a ticket: the version after its last fact, and its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) version: u32,
    pub(crate) position: Position,
}

const LINK_BYTES: usize = 20;
/// How often a long state is read anew when a commit replaced it between two of its parts.
const TRIES_MAX: usize = 16;

/// A ticket and its latest links, at most [`TAIL_LINKS_MAX`].
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) ticket: Ticket,
    pub(crate) links: Vec<Link>,
    /// How many further parts its state takes.
    parts: u8,
}

impl Row {
    pub(crate) fn new(ticket: Ticket, links: Vec<Link>) -> Row {
        Row {
            ticket,
            links,
            parts: 0,
        }
    }

    /// Adds a link; a full tail is spilled to a row of its own.
    pub(crate) fn link(links: &mut Vec<Link>, number: TicketNumber, link: Link, batch: &mut Batch) {
        if links.len() >= TAIL_LINKS_MAX
            && let Some(last) = links.last()
        {
            batch.put(keys::links(number, last.version), encode_links(links));
            links.clear();
        }
        links.push(link);
    }

    /// Adds the row to a batch; `json` is its ticket, `before` the row it replaces.
    pub(crate) fn put(&mut self, json: &[u8], before: Option<&Row>, batch: &mut Batch) {
        let Ticket { number, version, .. } = self.ticket;
        let links = encode_links(&self.links);
        let count = u8::try_from(self.links.len()).expect("tails are short");
        let mut value = Vec::with_capacity(6 + links.len() + json.len().min(VALUE_BYTES_MAX));
        value.push(0);
        value.extend_from_slice(&version.to_be_bytes());
        value.push(count);
        value.extend_from_slice(&links);
        let (first, rest) = json.split_at(json.len().min(VALUE_BYTES_MAX - value.len()));
        value.extend_from_slice(first);
        for part in rest.chunks(VALUE_BYTES_MAX) {
            self.parts += 1;
            batch.put(keys::more_state(number, version, self.parts), part.to_vec());
        }
        value[0] = self.parts;
        if let Some(before) = before {
            for part in 1..=before.parts {
                batch.remove(keys::more_state(number, before.ticket.version, part));
            }
        }
        batch.put(keys::state(number), value);
    }

    /// Reads a ticket's row.
    pub(crate) fn get(index: &Index, number: TicketNumber) -> Result<Option<Row>, Unusable> {
        for _ in 0..TRIES_MAX {
            let Some(value) = index.get(&keys::state(number))? else {
                return Ok(None);
            };
            let head = Head::read(&value).ok_or_else(|| unreadable(number, &"it is too short"))?;
            let mut json = head.json.to_vec();
            let mut whole = true;
            for part in 1..=head.parts {
                match index.get(&keys::more_state(number, head.version, part))? {
                    Some(more) => json.extend_from_slice(&more),
                    None => whole = false,
                }
            }
            if whole {
                let ticket = serde_json::from_slice(&json).map_err(|error| unreadable(number, &error))?;
                return Ok(Some(Row {
                    ticket,
                    links: head.links,
                    parts: head.parts,
                }));
            }
        }
        Err(unreadable(number, &"a part of it is missing"))
    }

    /// Every link after a version, in order, at most about `limit`.
    pub(crate) fn links_after(&self, index: &Index, after: u32, limit: usize) -> Result<Vec<Link>, Unusable> {
        let number = self.ticket.number;
        let from = keys::links(number, after.saturating_add(1));
        let to = keys::links(number, u32::MAX);
        let blocks = limit.div_ceil(TAIL_LINKS_MAX).saturating_add(1).min(SCAN_ROWS);
        let mut links = Vec::new();
        for (_, value) in index.range(&from, &to, blocks)? {
            links.extend(decode_links(&value).ok_or_else(|| unreadable(number, &"its links are cut"))?);
        }
        // A commit may have spilled the tail since this row was read: what stands in both counts once.
        let known = links.last().map_or(after, |link: &Link| link.version);
        links.extend(self.links.iter().filter(|link| link.version > known));
        links.retain(|link| link.version > after);
        links.truncate(limit);
        Ok(links)
    }
}

struct Head<'a> {
    parts: u8,
    version: u32,
    links: Vec<Link>,
    json: &'a [u8],
}

impl Head<'_> {
    fn read(value: &[u8]) -> Option<Head<'_>> {
        let (parts, value) = value.split_first()?;
        let (version, value) = value.split_first_chunk::<4>()?;
        let (count, value) = value.split_first()?;
        let (links, json) = value.split_at_checked(usize::from(*count) * LINK_BYTES)?;
        let version = u32::from_be_bytes(*version);
        Some(Head {
            parts: *parts,
            version,
            links: decode_links(links)?,
            json,
        })
    }
}

fn encode_links(links: &[Link]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(links.len() * LINK_BYTES);
    for Link { version, position } in links {
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(&encode_position(*position));
    }
    bytes
}

fn decode_links(bytes: &[u8]) -> Option<Vec<Link>> {
    let (links, rest) = bytes.as_chunks::<LINK_BYTES>();
    if !rest.is_empty() {
        return None;
    }
    let link = |bytes: &[u8; LINK_BYTES]| {
        let (version, position) = bytes.split_first_chunk::<4>()?;
        Some(Link {
            version: u32::from_be_bytes(*version),
            position: decode_position(position)?,
        })
    };
    links.iter().map(link).collect()
}

/// A position as the index keeps it.
pub(crate) fn encode_position(position: Position) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&position.sequence.to_be_bytes());
    bytes[8..12].copy_from_slice(&position.offset.to_be_bytes());
    bytes[12..].copy_from_slice(&position.length.to_be_bytes());
    bytes
}

/// Reads what [`encode_position`] wrote.
pub(crate) fn decode_position(bytes: &[u8]) -> Option<Position> {
    let (sequence, rest) = bytes.split_first_chunk::<8>()?;
    let (offset, length) = rest.split_first_chunk::<4>()?;
    Some(Position {
        sequence: u64::from_be_bytes(*sequence),
        offset: u32::from_be_bytes(*offset),
        length: u32::from_be_bytes(length.try_into().ok()?),
    })
}

fn unreadable(number: TicketNumber, why: &dyn std::fmt::Display) -> Unusable {
    Unusable(format!("the state of {number} is unreadable: {why}"))
}
