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

/// A level from L1 up that has fired of a clock of a leg, as the feed reports it: the clock is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(crate) leg: u16,
    pub(crate) kind: Kind,
    pub(crate) fired_at: Timestamp,
    /// The system was down when it came due: charged to nobody.
    pub(crate) is_excused: bool,
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
    /// Late because the system was down: neither in time nor late, so that it is left out of the rate.
    #[serde(rename = "x")]
    Excused,
    /// Not done yet: late once this has passed.
    #[serde(rename = "o")]
    Open(Nanos),
}

impl Timeliness {
    /// Whether it was in time; none while nobody can tell, or where it does not apply.
    pub(crate) fn told(self, now: Nanos) -> Option<bool> {
        match self {
            Timeliness::Void | Timeliness::Excused => None,
            Timeliness::InTime => Some(true),
            Timeliness::Late => Some(false),
            Timeliness::Open(due) => (now > due).then_some(false),
        }
    }

    /// Both in time; late as soon as one is.
    fn and(self, other: Timeliness) -> Timeliness {
        use Timeliness::{Excused, InTime, Late, Open, Void};
        match (self, other) {
            (Void, _) | (_, Void) => Void,
            (Late, _) | (_, Late) => Late,
            (Open(one), Open(two)) => Open(one.min(two)),
            (Open(due), _) | (_, Open(due)) => Open(due),
            (Excused, _) | (_, Excused) => Excused,
            (InTime, InTime) => InTime,
        }
    }

    /// Of a clock whose lateness an outage excuses.
    fn excused_if(self, is_excused: bool) -> Timeliness {
        let may_be_late = matches!(self, Timeliness::Late | Timeliness::Open(_));
        if may_be_late && is_excused {
            Timeliness::Excused
        } else {
            self
        }
    }
}

/// Until when an outage excuses each of the clocks the figures go by, in seconds since 1970: what was due by then is not
/// late; 0: nothing is excused.
///
/// A level that fires marked "the system was down" excuses what is due by then. The next level of that clock that came due
/// with the system up ends the excuse: a day later for handling, minutes later in A and B; signing and first contact have none
/// in C and D. Nothing a unit does gives it an excuse, and what is excused counts neither for the unit nor against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Excuses([u32; 3]);

impl Excuses {
    fn of(&mut self, kind: Kind) -> Option<&mut u32> {
        let kinds = [Kind::Sign, Kind::FirstContact, Kind::Handle];
        let at = kinds.into_iter().position(|one| one == kind)?;
        self.0.get_mut(at)
    }

    fn note(&mut self, one: &Overdue) {
        if let Some(until) = self.of(one.kind) {
            let fired_at = u32::try_from(one.fired_at.as_second()).unwrap_or(u32::MAX);
            *until = if one.is_excused { fired_at } else { 0 };
        }
    }

    fn covers(mut self, clock: &LegClock) -> bool {
        self.of(clock.kind)
            .is_some_and(|until| clock.due_at.as_second() <= i64::from(*until))
    }
}

/// One ticket as it counts. 80 bytes, whatever the ticket holds.
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
    #[serde(rename = "d")]
    excuses: Excuses,
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
    /// The row of a ticket. `before`: the row it replaces; `overdue`: what the same change reports. What was late once stays
    /// late, and what was excused excused, as long as the same leg leads.
    pub(crate) fn of(seen: &Seen, units: &mut Units, before: Option<&Row>, overdue: &[Overdue]) -> Row {
        let lead = seen.lead.as_ref();
        let leg = lead.map_or(0, |lead| lead.leg);
        let running = || {
            lead.into_iter()
                .flat_map(|lead| &lead.clocks)
                .filter(|one| one.stopped_at.is_none())
        };
        let before = before.filter(|before| before.leg == leg);
        let mut row = Row {
            version: seen.version,
            lead: lead.map_or(NOBODY, |lead| units.number(&lead.unit)),
            leg,
            accused: seen.accused.as_ref().map_or(NOBODY, |unit| units.number(unit)),
            is_sealed: seen.is_sealed,
            is_left_out: seen.is_left_out,
            was_late: before.is_some_and(|before| before.was_late),
            excuses: before.map(|before| before.excuses).unwrap_or_default(),
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
            handled: Timeliness::Void,
            response: Timeliness::Void,
        };
        row.recall(overdue);
        if let Some(lead) = lead {
            row.handled = handled(lead, row.excuses);
            row.response = response(lead, row.excuses);
        }
        row
    }

    /// Remembers what a change reports as overdue.
    pub(crate) fn recall(&mut self, overdue: &[Overdue]) {
        for one in overdue.iter().filter(|one| one.leg == self.leg) {
            self.excuses.note(one);
            self.was_late |= one.kind == Kind::Handle && !one.is_excused;
        }
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

fn handled(lead: &Lead, excuses: Excuses) -> Timeliness {
    let Some(clock) = clock(lead, Kind::Handle) else {
        return Timeliness::Void;
    };
    let told = match clock.stopped_at {
        None => Timeliness::Open(Nanos::of(clock.due_at)),
        Some(at) if at > clock.due_at => Timeliness::Late,
        Some(_) => Timeliness::InTime,
    };
    told.excused_if(excuses.covers(clock))
}

fn response(lead: &Lead, excuses: Excuses) -> Timeliness {
    if !lead.is_contact_needed {
        return Timeliness::Void;
    }
    let signed = step(lead, Kind::Sign, lead.signed_at, excuses);
    let contacted = step(lead, Kind::FirstContact, lead.contacted_at, excuses);
    signed.and(contacted)
}

/// A step of the lead's that has a clock. Replying without it is late, whatever may excuse its clock; a ticket withdrawn in
/// time before it is void.
fn step(lead: &Lead, kind: Kind, done_at: Option<Timestamp>, excuses: Excuses) -> Timeliness {
    let Some(clock) = clock(lead, kind) else {
        return Timeliness::Void;
    };
    let told = match (done_at, clock.stopped_at) {
        (Some(at), _) if at > clock.due_at => Timeliness::Late,
        (Some(_), _) => Timeliness::InTime,
        (None, None) => Timeliness::Open(Nanos::of(clock.due_at)),
        (None, Some(_)) if lead.has_replied => return Timeliness::Late,
        (None, Some(at)) if at > clock.due_at => Timeliness::Late,
        (None, Some(_)) => Timeliness::Void,
    };
    told.excused_if(excuses.covers(clock))
}

fn clock(lead: &Lead, kind: Kind) -> Option<&LegClock> {
    lead.clocks.iter().find(|clock| clock.kind == kind)
}

#[cfg(test)]
mod tests;
