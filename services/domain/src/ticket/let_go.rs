//! LetGo 解除并单, on the incident. Its due times stay: what was promised to one is not taken back with him.

use super::Event;
use super::plan::Plan;
use crate::id::TicketNumber;
use crate::refusal::{Reason, Refusal};

/// 解除并单, on the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetGo {
    /// The ticket that leaves.
    pub child: TicketNumber,
}

impl LetGo {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        if !plan.ticket.incident.children.contains_key(&self.child) {
            return Err(Refusal::new(Reason::NotMerged).with("ticket", self.child));
        }
        plan.record(Event::ChildUnmerged { child: self.child });
        Ok(())
    }
}
