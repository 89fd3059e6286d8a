//! AuditReply 审核: never by the replying unit. A failed audit never renews C4 (section 4, rule 1).

use super::plan::Plan;
use super::{AuditFault, Event, Phase};
use crate::clock::Kind;
use crate::refusal::Refusal;

/// What the auditor finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditReply {
    /// It passes.
    Passed,
    /// It does not.
    Failed(AuditFault),
}

impl AuditReply {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::ReplyReview { legs, .. } = &plan.ticket.phase else { return Err(plan.wrong_phase()) };
        let lead = legs.lead.id;
        plan.refuse_self_review()?;
        let AuditReply::Failed(fault) = self else { return plan.pass_audit(false) };

        plan.stop(Kind::Audit, None);
        plan.record(Event::AuditFailed { fault: *fault });
        let was_late = plan.clock(Kind::Handle, Some(lead)).is_some_and(|clock| clock.is_late(plan.now));
        match fault {
            // Mended in time, the first submission stands: the mending has a limit of its own.
            AuditFault::Form if !was_late => plan.start(Kind::Handle, Some(lead), plan.limits().floor),
            AuditFault::Form | AuditFault::Substance => plan.resume_unchanged(Kind::Handle, Some(lead)),
        }
        Ok(())
    }
}
