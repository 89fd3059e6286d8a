//! Invariant 12: what becomes of every dispatched leg, derived from the events of its ticket.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::Serialize;

use crate::id::LegId;
use crate::ticket::check::laws::{Broken, Law, hold};
use crate::ticket::{CloseKind, Event, Legs, Phase, Recorded, RequestType, Ticket};

/// What has become of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    NotYetAssessed,
    Assessed,
    Excluded,
    Merged,
    Returned,
    Withdrawn,
}

/// Dispatched legs, lead, co and passed down, by what has become of them. A leg that was excused stays one of its
/// ticket: the events do not set it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counted {
    /// All of them.
    pub dispatched: u64,
    /// The resident was asked, or the ticket has ended.
    pub assessed: u64,
    /// 剔除.
    pub excluded: u64,
    /// Their ticket was merged after dispatch and has had its incident's end.
    pub merged: u64,
    /// Returned, redispatched, or taken away.
    pub returned: u64,
    /// Their ticket was withdrawn or terminated.
    pub withdrawn: u64,
    /// Of types that are not assessed.
    pub unassessed: u64,
    /// The rest.
    pub not_yet: u64,
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.dispatched += other.dispatched;
        self.assessed += other.assessed;
        self.excluded += other.excluded;
        self.merged += other.merged;
        self.returned += other.returned;
        self.withdrawn += other.withdrawn;
        self.unassessed += other.unassessed;
        self.not_yet += other.not_yet;
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dispatched,
            assessed,
            excluded,
            merged,
            returned,
            withdrawn,
            unassessed,
            not_yet,
        } = self;
        write!(
            f,
            "{dispatched} legs dispatched = {assessed} assessed + {excluded} excluded + {merged} merged + {returned} \
             returned + {withdrawn} withdrawn + {unassessed} of unassessed types + {not_yet} not yet assessed"
        )
    }
}

/// Counts the legs of one ticket, and holds them against the ticket as it stands.
pub(super) fn count(history: &[Recorded], ticket: &Ticket) -> Result<Counted, Broken> {
    let mut fates = Fates::default();
    history
        .iter()
        .for_each(|recorded| fates.take(&recorded.fact.event));
    fates.fit(ticket)?;
    let is_praise = ticket.classification.kind == RequestType::Praise;
    let mut counted = Counted::default();
    for fate in fates.of.values() {
        counted.dispatched += 1;
        *match fate {
            Fate::NotYetAssessed => &mut counted.not_yet,
            Fate::Assessed if is_praise => &mut counted.unassessed,
            Fate::Assessed => &mut counted.assessed,
            Fate::Excluded => &mut counted.excluded,
            Fate::Merged => &mut counted.merged,
            Fate::Returned => &mut counted.returned,
            Fate::Withdrawn => &mut counted.withdrawn,
        } += 1;
    }
    Ok(counted)
}

#[derive(Default)]
struct Fates {
    of: BTreeMap<LegId, Fate>,
    /// Legs that were never dispatched here: the incident's unit has answered.
    rejoined: u16,
    /// Legs of rounds before the last reopening.
    before: Vec<LegId>,
    is_merged: bool,
}

impl Fates {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the events that end a leg")]
    fn take(&mut self, event: &Event) {
        match event {
            Event::Dispatched { legs, .. } => {
                for leg in legs {
                    self.of.insert(leg.leg, Fate::NotYetAssessed);
                }
            }
            Event::SubAssigned { opened, .. } => {
                self.of.insert(opened.leg, Fate::NotYetAssessed);
            }
            Event::LegEnded { leg } => self.end(Fate::Returned, |one| one == leg),
            Event::Recalled {} | Event::Redispatched {} => self.end(Fate::Returned, |_| true),
            Event::MergedInto { .. } => self.is_merged = true,
            Event::Unmerged { .. } => self.is_merged = false,
            Event::Rejoined { .. } => {
                self.rejoined += 1;
                self.is_merged = false;
                self.end(Fate::Merged, |_| true);
            }
            Event::CallbackAnswered { .. } | Event::DeadlineAsked { .. } => {
                self.end(Fate::Assessed, |_| true);
            }
            Event::Closed { how } => {
                let fate = match how {
                    _ if self.is_merged => Fate::Merged,
                    CloseKind::Withdrawn | CloseKind::Terminated(_) => Fate::Withdrawn,
                    _ => Fate::Assessed,
                };
                self.is_merged = false;
                self.end(fate, |_| true);
            }
            Event::Excluded { .. } => {
                let before = &self.before;
                for (leg, fate) in &mut self.of {
                    if *fate == Fate::Assessed && !before.contains(leg) {
                        *fate = Fate::Excluded;
                    }
                }
            }
            Event::Reopened { .. } => self.before = self.of.keys().copied().collect(),
            _ => {}
        }
    }

    /// What was not counted yet counts so; what was stays as it is.
    fn end(&mut self, fate: Fate, is_it: impl Fn(&LegId) -> bool) {
        for (leg, so_far) in &mut self.of {
            if *so_far == Fate::NotYetAssessed && is_it(leg) {
                *so_far = fate;
            }
        }
    }

    /// As many as the ticket has opened, and those still to be assessed are its own.
    fn fit(&self, ticket: &Ticket) -> Result<(), Broken> {
        let opened = usize::from(ticket.legs_opened.saturating_sub(self.rejoined));
        hold!(
            self.of.len() == opened,
            Law::Counted,
            "{} legs were dispatched, the ticket has opened {opened}",
            self.of.len()
        );
        let open = ticket
            .phase
            .legs()
            .filter(|_| !matches!(ticket.phase, Phase::Closed { .. }));
        let mut not_yet = self.of.iter().filter(|(_, fate)| **fate == Fate::NotYetAssessed);
        let lost = not_yet.find(|(leg, _)| open.is_none_or(|legs| legs.get(**leg).is_none()));
        hold!(lost.is_none(), Law::Counted, "{lost:?} is nowhere");
        let mut here = open.into_iter().flat_map(Legs::iter);
        let ended = [Fate::Returned, Fate::Withdrawn, Fate::Merged];
        let gone = here.find(|leg| self.of.get(&leg.id).is_some_and(|fate| ended.contains(fate)));
        hold!(gone.is_none(), Law::Counted, "{gone:?} is still here");
        Ok(())
    }
}
