//! Withdraw 撤回: by the resident, confirmed by the hotline, before the reply; not where the public is at risk or
//! several people stand behind it.

use super::plan::Plan;
use super::{CloseKind, Event, Grade, Phase};
use crate::refusal::{Reason, Refusal};

pub(super) fn decide(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let before_reply = match &plan.ticket.phase {
        Phase::Accepted { .. } | Phase::Dispatched { .. } => true,
        Phase::Handling { .. } => plan.ticket.round == 0,
        Phase::ReplyReview { .. } | Phase::CallbackDue { .. } | Phase::Closed { .. } => false,
    };
    if !before_reply {
        return Err(plan.wrong_phase());
    }
    if plan.grade() == Grade::A || plan.ticket.listeners() > 1 {
        return Err(Refusal::new(Reason::NotWithdrawable).with("listeners", plan.ticket.listeners()));
    }
    plan.record(Event::Withdrawn {});
    plan.close(CloseKind::Withdrawn);
    Ok(())
}
