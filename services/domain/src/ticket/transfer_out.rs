//! TransferOut 紧急转接: the matter belongs to 110, 119, 120 or 122. It closes when the other side confirms;
//! until then the caller is to be rung back (C12).

use super::plan::Plan;
use super::{CloseKind, Emergency, Event, Phase};
use crate::clock::Kind;
use crate::refusal::Refusal;

/// A live call handed over, or its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferOut {
    /// To whom.
    pub service: Emergency,
    /// The other side has confirmed.
    pub confirmed: bool,
}

impl TransferOut {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !matches!(plan.ticket.phase, Phase::Accepted { .. }) {
            return Err(plan.wrong_phase());
        }
        if self.confirmed {
            plan.record(Event::TransferredOut { service: self.service });
            plan.close(CloseKind::TransferredOut(self.service));
        } else {
            plan.record(Event::TransferStarted { service: self.service });
            plan.start(Kind::CallBack, None, plan.rules.profile().transfer_confirm);
        }
        Ok(())
    }
}
