//! Annotate 备注: an internal note, by anyone who may see the ticket.

use super::Event;
use super::plan::Plan;

pub(super) fn decide(plan: &mut Plan<'_>) {
    plan.record(Event::Annotated {});
}
