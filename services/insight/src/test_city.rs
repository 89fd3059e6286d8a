//! The sample city of four units, and tickets in it.

use domain::access::{Actor, Role};
use domain::clock::Kind;
use domain::id::{HolderId, TicketNumber, UnitId};
use domain::ticket::{PhaseName, RequestType};
use jiff::Timestamp;
use jiff::civil::date;

pub(crate) use domain::samples::rules;

use crate::row::{Lead, LegClock, Overdue, Seen};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

pub(crate) fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(date(2026, 11, 20), sequence).unwrap()
}

pub(crate) fn actor(role: Role, of: Option<&str>, cleared: bool) -> Actor {
    Actor {
        holder: HolderId::parse("somebody").unwrap(),
        role,
        unit: of.map(unit),
        cleared,
    }
}

/// A clock from 01:00 that turns yellow at 03:00 and is due at 04:00.
pub(crate) fn clock(kind: Kind, stopped_at: Option<&str>) -> LegClock {
    LegClock {
        kind,
        yellow_at: at("2026-11-20T03:00:00Z"),
        due_at: at("2026-11-20T04:00:00Z"),
        stopped_at: stopped_at.map(at),
    }
}

/// A level of a clock of the lead's that has fired a second after that was due.
pub(crate) fn overdue(kind: Kind, is_excused: bool) -> Overdue {
    Overdue {
        leg: 1,
        kind,
        fired_at: at("2026-11-20T04:00:01Z"),
        is_excused,
    }
}

/// A complaint that `code` is handling, all of its clocks running.
pub(crate) fn seen(sequence: u32, code: &str) -> Seen {
    Seen {
        number: number(sequence),
        version: 9,
        phase: PhaseName::Handling,
        kind: RequestType::Complaint,
        is_sealed: false,
        accused: None,
        level: None,
        lead: Some(Lead {
            leg: 1,
            unit: unit(code),
            is_contact_needed: true,
            has_replied: false,
            signed_at: None,
            contacted_at: None,
            clocks: vec![
                clock(Kind::Sign, None),
                clock(Kind::FirstContact, None),
                clock(Kind::Handle, None),
            ],
        }),
        outcome: None,
        is_left_out: false,
    }
}
