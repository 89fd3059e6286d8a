//! One ticket as figures need it: what depends on the time is kept as instants, so that lights are right at any moment.

use domain::clock::{Kind, Level};
use domain::id::{TicketNumber, UnitId};
use domain::ticket::{Outcome, PhaseName, RequestType};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::units::{NOBODY, Units};

/// A ticket as the feed shows it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) number: TicketNumber,
    pub(crate) version: u32,
    pub(crate) phase: PhaseName,
    pub(crate) kind: RequestType,
    pub(crate) is_sealed: bool,
    pub(crate) accused: Option<UnitId>,
    pub(crate) level: Option<Level>,
    pub(crate) lead: Option<Lead>,
    pub(crate) outcome: Option<Outcome>,
    /// Excluded, or merged into an incident that counts for it.
    pub(crate) is_left_out: bool,
}

/// The lead's leg and its clocks.
#[derive(Debug, Clone)]
pub(crate) struct Lead {
    pub(crate) leg: u16,
    pub(crate) unit: UnitId,
    pub(crate) is_contact_needed: bool,
    pub(crate) has_replied: bool,
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) contacted_at: Option<Timestamp>,
    pub(crate) clocks: Vec<LegClock>,
}

/// The latest run of one of its clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LegClock {
    pub(crate) kind: Kind,
    pub(crate) yellow_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
}

/// An instant in nanoseconds since 1970: half the size of a timestamp, exact until 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Nanos(i64);

impl Nanos {
    /// Later than any other.
    pub(crate) const NEVER: Nanos = Nanos(i64::MAX);

    /// The instant; the end of the scale beyond it.
    pub(crate) fn of(at: Timestamp) -> Self {
        let nanos = at.as_nanosecond();
        let end = if nanos < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(nanos).unwrap_or(end))
    }
}

/// How something with a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Timeliness {
    /// It does not apply, or has ended before it could be told.
    #[serde(rename = "-")]
    Void,
    /// Done by its due time.
    #[serde(rename = "t")]
    InTime,
    /// Done late, or ended undone after its due time.
    #[serde(rename = "l")]
    Late,
    /// Not done yet: late once this has passed.
    #[serde(rename = "o")]
    Open(Nanos),
}

impl Timeliness {
    /// Whether it was in time; none while nobody can tell, or where it does not apply.
    pub(crate) fn told(self, now: Nanos) -> Option<bool> {
        match self {
            Timeliness::Void => None,
            Timeliness::InTime => Some(true),
            Timeliness::Late => Some(false),
            Timeliness::Open(due) => (now > due).then_some(false),
        }
    }

    /// Both in time; late as soon as one is.
    fn and(self, other: Timeliness) -> Timeliness {
        use Timeliness::{InTime, Late, Open, Void};
        match (self, other) {
            (Void, _) | (_, Void) => Void,
            (Late, _) | (_, Late) => Late,
            (Open(one), Open(two)) => Open(one.min(two)),
            (Open(due), InTime) | (InTime, Open(due)) => Open(due),
            (InTime, InTime) => InTime,
        }
    }
}

/// One ticket as it counts. 72 bytes, whatever the ticket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Which state of the ticket it shows.
    #[serde(rename = "v")]
    pub(crate) version: u32,
    /// The number of the lead's unit, or [`NOBODY`].
    #[serde(rename = "u")]
    pub(crate) lead: u16,
    #[serde(rename = "e")]
    leg: u16,
    /// The number of the accused unit, or [`NOBODY`].
    #[serde(rename = "a")]
    pub(crate) accused: u16,
    #[serde(rename = "s")]
    pub(crate) is_sealed: bool,
    #[serde(rename = "x")]
    pub(crate) is_left_out: bool,
    #[serde(rename = "w")]
    was_late: bool,
    #[serde(rename = "p")]
    phase: PhaseName,
    #[serde(rename = "k")]
    kind: RequestType,
    #[serde(rename = "l")]
    pub(crate) level: Option<Level>,
    #[serde(rename = "o")]
    outcome: Option<Outcome>,
    #[serde(rename = "y")]
    yellow_at: Nanos,
    #[serde(rename = "r")]
    red_at: Nanos,
    #[serde(rename = "h")]
    handled: Timeliness,
    #[serde(rename = "c")]
    response: Timeliness,
}

impl Row {
    /// The row of a ticket. `before`: the row it replaces; `late_legs`: legs whose handling the same change reports as
    /// overdue. What was late once stays late as long as the same leg leads.
    pub(crate) fn of(seen: &Seen, units: &mut Units, before: Option<&Row>, late_legs: &[u16]) -> Row {
        let lead = seen.lead.as_ref();
        let leg = lead.map_or(0, |lead| lead.leg);
        let running = || {
            lead.into_iter()
                .flat_map(|lead| &lead.clocks)
                .filter(|one| one.stopped_at.is_none())
        };
        Row {
            version: seen.version,
            lead: lead.map_or(NOBODY, |lead| units.number(&lead.unit)),
            leg,
            accused: seen.accused.as_ref().map_or(NOBODY, |unit| units.number(unit)),
            is_sealed: seen.is_sealed,
            is_left_out: seen.is_left_out,
            was_late: late_legs.contains(&leg)
                || before.is_some_and(|before| before.leg == leg && before.was_late),
            phase: seen.phase,
            kind: seen.kind,
            level: seen.level,
            outcome: seen.outcome,
            yellow_at: running()
                .map(|one| Nanos::of(one.yellow_at))
                .min()
                .unwrap_or(Nanos::NEVER),
            red_at: running()
                .map(|one| Nanos::of(one.due_at))
                .min()
                .unwrap_or(Nanos::NEVER),
            handled: lead.map_or(Timeliness::Void, handled),
            response: lead.map_or(Timeliness::Void, response),
        }
    }

    /// Remembers an overdue handling that an older change reports.
    pub(crate) fn recall_late(&mut self, late_legs: &[u16]) {
        self.was_late |= late_legs.contains(&self.leg);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.phase == PhaseName::Closed
    }

    /// Whether it waits for the triage desk: open, and nobody's.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.is_closed() && self.lead == NOBODY
    }

    pub(crate) fn is_red(&self, now: Nanos) -> bool {
        now > self.red_at
    }

    pub(crate) fn is_yellow(&self, now: Nanos) -> bool {
        now >= self.yellow_at && !self.is_red(now)
    }

    /// Whether its handling was or is late.
    pub(crate) fn is_late(&self, now: Nanos) -> bool {
        self.was_late || self.handled.told(now) == Some(false)
    }

    /// Whether it was signed for and first contact made in time; none where that does not apply or is still open. One
    /// that is overdue counts at once.
    pub(crate) fn response(&self, now: Nanos) -> Option<bool> {
        self.response.told(now).filter(|_| self.is_assessed())
    }

    /// What the resident said, if asked and answered.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.outcome.filter(|_| self.is_assessed())
    }

    /// Praise is nobody's to solve (domain.md, section 6: the assessed set).
    fn is_assessed(&self) -> bool {
        self.kind != RequestType::Praise
    }
}

fn handled(lead: &Lead) -> Timeliness {
    let Some(clock) = clock(lead, Kind::Handle) else {
        return Timeliness::Void;
    };
    match clock.stopped_at {
        None => Timeliness::Open(Nanos::of(clock.due_at)),
        Some(at) if at > clock.due_at => Timeliness::Late,
        Some(_) => Timeliness::InTime,
    }
}

fn response(lead: &Lead) -> Timeliness {
    if !lead.is_contact_needed {
        return Timeliness::Void;
    }
    let signed = step(lead, Kind::Sign, lead.signed_at);
    let contacted = step(lead, Kind::FirstContact, lead.contacted_at);
    signed.and(contacted)
}

/// A step of the lead's that has a clock. Replying without it is late; a ticket withdrawn in time before it is void.
fn step(lead: &Lead, kind: Kind, done_at: Option<Timestamp>) -> Timeliness {
    let Some(clock) = clock(lead, kind) else {
        return Timeliness::Void;
    };
    match (done_at, clock.stopped_at) {
        (Some(at), _) if at > clock.due_at => Timeliness::Late,
        (Some(_), _) => Timeliness::InTime,
        (None, None) => Timeliness::Open(Nanos::of(clock.due_at)),
        (None, Some(at)) if at > clock.due_at || lead.has_replied => Timeliness::Late,
        (None, Some(_)) => Timeliness::Void,
    }
}

fn clock(lead: &Lead, kind: Kind) -> Option<&LegClock> {
    lead.clocks.iter().find(|clock| clock.kind == kind)
}

#[cfg(test)]
mod tests;
