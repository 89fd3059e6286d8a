//! The index's keys. Each kind has a first byte of its own; numbers sort as they do in life.

use std::collections::BTreeSet;

use domain::clock::Kind;
use domain::id::{CallerHash, CategoryId, HolderId, RequestId, RulesVersion, TicketNumber, UnitId};
use domain::ticket::{PhaseName, Ticket};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::port::ListKey;

const CALLER: u8 = b'c';
const DUE: u8 = b'd';
const DEADLINE_CALLBACK: u8 = b'e';
const LINKS: u8 = b'h';
const LAST_NUMBER: u8 = b'l';
const META: u8 = b'm';
const OPEN_ORDER: u8 = b'o';
const PHASE: u8 = b'p';
const REQUEST: u8 = b'r';
const STATE: u8 = b's';
const UNIT: u8 = b'u';
const UNIT_PHASE: u8 = b'v';
const MORE_STATE: u8 = b'x';
const RULES: u8 = b'y';
const RULED: u8 = b'z';

/// Where the index stands: the journal's end it was applied to.
pub(crate) fn meta() -> Vec<u8> {
    vec![META]
}

/// Which rules are current.
pub(crate) fn current_rules() -> Vec<u8> {
    vec![META, b'r']
}

pub(crate) fn rules(version: &RulesVersion) -> Vec<u8> {
    key(RULES, &[&Sha256::digest(version.0.as_bytes())])
}

pub(crate) fn state(number: TicketNumber) -> Vec<u8> {
    key(STATE, &[&packed(number)])
}

/// The `part`th further part of a state that is too long for one value, of one version.
pub(crate) fn more_state(number: TicketNumber, version: u32, part: u8) -> Vec<u8> {
    key(MORE_STATE, &[&packed(number), &version.to_be_bytes(), &[part]])
}

/// Where older writes of a ticket stand, by the version after the block's last write.
pub(crate) fn links(number: TicketNumber, version: u32) -> Vec<u8> {
    key(LINKS, &[&packed(number), &version.to_be_bytes()])
}

pub(crate) fn request(holder: &HolderId, id: &RequestId) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(holder.as_str());
    hash.update([0]);
    hash.update(id.as_str());
    key(REQUEST, &[&hash.finalize()[..16]])
}

/// The range of all request ids.
pub(crate) fn requests() -> (Vec<u8>, Vec<u8>) {
    (vec![REQUEST], vec![REQUEST + 1])
}

pub(crate) fn last_number(date: Date) -> Vec<u8> {
    key(LAST_NUMBER, &[&day(date).to_be_bytes()])
}

/// What a list is found under: everything but the number.
pub(crate) fn list(list: &ListKey) -> Vec<u8> {
    match list {
        ListKey::All => vec![STATE],
        ListKey::Phase(phase) => vec![PHASE, phase_byte(*phase)],
        ListKey::Unit(unit) => unit_prefix(UNIT, unit),
        ListKey::UnitPhase(unit, phase) => [unit_prefix(UNIT_PHASE, unit), vec![phase_byte(*phase)]].concat(),
        ListKey::Caller(caller) => caller_prefix(caller),
        ListKey::Ruled(top) => ruled_prefix(top),
        ListKey::OpenOrder => vec![OPEN_ORDER],
        ListKey::DeadlineCallback => vec![DEADLINE_CALLBACK],
    }
}

/// The first key after every number of a list.
pub(crate) fn list_end(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[0xff; 9]].concat()
}

/// The key of a number in a list.
pub(crate) fn in_list(prefix: &[u8], number: TicketNumber) -> Vec<u8> {
    key_in(prefix, number)
}

/// The due time of a ticket.
pub(crate) fn due(at: Timestamp, number: TicketNumber) -> Vec<u8> {
    key(DUE, &[&instant(at), &packed(number)])
}

/// Every due time up to and with `at`; without one, every due time.
pub(crate) fn due_until(at: Option<Timestamp>) -> (Vec<u8>, Vec<u8>) {
    let end = at.map_or(vec![DUE + 1], |at| list_end(&key(DUE, &[&instant(at)])));
    (vec![DUE], end)
}

/// The due time in a key of it.
pub(crate) fn due_of(key: &[u8]) -> Option<Timestamp> {
    let bytes: [u8; 16] = key.get(1..17)?.try_into().ok()?;
    Timestamp::from_nanosecond(i128::from_be_bytes(bytes) ^ i128::MIN).ok()
}

/// The number at the end of a key.
pub(crate) fn number_of(key: &[u8]) -> Option<TicketNumber> {
    let (_, number) = key.split_last_chunk::<8>()?;
    let (day, sequence) = number.split_first_chunk::<4>()?;
    let day = u32::from_be_bytes(*day);
    let sequence = u32::from_be_bytes(sequence.try_into().ok()?);
    let year = i16::try_from(day / 10_000).ok()?;
    let month = i8::try_from(day / 100 % 100).ok()?;
    let date = Date::new(year, month, i8::try_from(day % 100).ok()?).ok()?;
    TicketNumber::new(date, sequence).ok()
}

/// Every key but the state's under which a ticket is found.
pub(crate) fn found_under(ticket: &Ticket) -> BTreeSet<Vec<u8>> {
    let number = ticket.number;
    let phase = ticket.phase.name();
    let mut keys = BTreeSet::from([key_in(&list(&ListKey::Phase(phase)), number)]);
    for unit in ticket.units() {
        keys.insert(key_in(&unit_prefix(UNIT, &unit), number));
        keys.insert(key_in(&list(&ListKey::UnitPhase(unit, phase)), number));
    }
    keys.extend(
        ticket
            .callers()
            .iter()
            .map(|caller| key_in(&caller_prefix(caller), number)),
    );
    if let Some(category) = ticket
        .classification
        .category
        .as_ref()
        .filter(|_| ticket.ruling.is_some())
    {
        keys.insert(key_in(&list(&ListKey::ruled_like(category)), number));
    }
    if ticket.open_order().is_some() {
        keys.insert(key_in(&list(&ListKey::OpenOrder), number));
    }
    if ticket.runs(Kind::Callback) && phase != PhaseName::CallbackDue {
        keys.insert(key_in(&list(&ListKey::DeadlineCallback), number));
    }
    keys.extend(ticket.next_wake().map(|at| due(at, number)));
    keys
}

fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![kind];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn key_in(prefix: &[u8], number: TicketNumber) -> Vec<u8> {
    [prefix, &packed(number)].concat()
}

/// Codes hold no zero byte, so that one unit's keys never begin another's.
fn unit_prefix(kind: u8, unit: &UnitId) -> Vec<u8> {
    key(kind, &[unit.as_str().as_bytes(), &[0]])
}

fn caller_prefix(caller: &CallerHash) -> Vec<u8> {
    key(CALLER, &[caller.as_str().as_bytes()])
}

fn ruled_prefix(top: &CategoryId) -> Vec<u8> {
    key(RULED, &[top.as_str().as_bytes(), &[0]])
}

fn packed(number: TicketNumber) -> [u8; 8] {
    let mut packed = [0; 8];
    packed[..4].copy_from_slice(&day(number.date()).to_be_bytes());
    packed[4..].copy_from_slice(&number.sequence().to_be_bytes());
    packed
}

fn day(date: Date) -> u32 {
    let (year, month, day) = (date.year(), date.month(), date.day());
    u32::from(year.unsigned_abs()) * 10_000
        + u32::from(month.unsigned_abs()) * 100
        + u32::from(day.unsigned_abs())
}

fn instant(at: Timestamp) -> [u8; 16] {
    (at.as_nanosecond() ^ i128::MIN).to_be_bytes()
}

fn phase_byte(phase: PhaseName) -> u8 {
    match phase {
        PhaseName::Accepted => 1,
        PhaseName::Consulting => 2,
        PhaseName::Dispatched => 3,
        PhaseName::Handling => 4,
        PhaseName::AwaitingCitizen => 5,
        PhaseName::Suspended => 6,
        PhaseName::ReplyReview => 7,
        PhaseName::CallbackDue => 8,
        PhaseName::Closed => 9,
    }
}
