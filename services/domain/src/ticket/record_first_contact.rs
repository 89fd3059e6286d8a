//! RecordFirstContact 先行联系: stops C3 when somebody is reached, or with the third failed try over two half-days.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::plan::Plan;
use super::{Event, FirstContact, LegState, Means, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};
use crate::time::Calendar;

/// Failed tries that count as contact.
const TRIES: usize = 3;
/// Half-days they must be spread over.
const HALF_DAYS: usize = 2;
/// Tries a leg remembers.
const TRIES_MAX: usize = 20;

/// A try to reach the resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFirstContact {
    /// How.
    pub means: Means,
    /// Whether somebody answered.
    pub reached: bool,
}

impl RecordFirstContact {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let leg = plan.own_leg()?;
        if !matches!(plan.ticket.phase, Phase::Dispatched { .. } | Phase::Handling { .. }) {
            return Err(plan.wrong_phase());
        }
        if leg.state == LegState::AwaitingSign {
            return Err(Refusal::new(Reason::NotSigned).with("leg", leg.id.0));
        }
        let tries = match &leg.contact {
            FirstContact::NotNeeded => return Err(Reason::NobodyToContact.into()),
            FirstContact::Made { .. } => return Err(Reason::AlreadyContacted.into()),
            FirstContact::Due { tries } if tries.len() >= TRIES_MAX => return Err(Reason::TooMany.into()),
            FirstContact::Due { tries } => tries,
        };
        let made = self.reached || counts_as_made(plan.rules.calendar(), tries, plan.now);
        if made {
            plan.stop(Kind::FirstContact, Some(leg.id));
        }
        plan.record(Event::ContactTried { leg: leg.id, means: self.means, reached: self.reached, made });
        Ok(())
    }
}

fn counts_as_made(calendar: &Calendar, before: &[Timestamp], now: Timestamp) -> bool {
    let half_day = |at: Timestamp| (calendar.local(at).date(), calendar.local(at).hour() >= 12);
    let half_days: BTreeSet<_> = before.iter().copied().chain([now]).map(half_day).collect();
    before.len() + 1 >= TRIES && half_days.len() >= HALF_DAYS
}
