//! Which limit a clock has as things stand: by grade and type, statute, round and leg.

use jiff::Timestamp;

use super::Plan;
use crate::clock::{Kind, Run};
use crate::rules::Statute;
use crate::ticket::{Grade, Leg, LegRole};
use crate::time::Limit;

impl<'a> Plan<'a> {
    /// C4 of the first round: by statute, else by grade and type.
    pub(crate) fn handle_limit(&self) -> Limit {
        self.statute()
            .map_or(self.usual_limit(), |statute| statute.handle)
    }

    /// C4 of the first round by the profile.
    pub(crate) fn usual_limit(&self) -> Limit {
        self.limits().handle.of(self.ticket.classification.kind)
    }

    /// The statutory limit of the matter, if a law sets one; what is urgent keeps its own limits.
    pub(crate) fn statute(&self) -> Option<&'a Statute> {
        let matter = &self.ticket.classification;
        let statute = self
            .rules
            .categories
            .statute(matter.category.as_ref()?, matter.kind)?;
        matches!(matter.grade, Grade::C | Grade::D).then_some(statute)
    }

    /// C4 of a leg as things stand: a co leg gets its share of the lead's, a rework round has a limit of its own.
    pub(crate) fn leg_limit(&self, role: LegRole) -> Limit {
        match role {
            LegRole::Lead if self.ticket.round > 0 => self.limits().rework,
            LegRole::Lead => self.handle_limit(),
            LegRole::Co => share(self.handle_limit(), self.rules.profile().co_percent),
            // What is passed down has the time of the leg it comes from.
            LegRole::Step => self.handle_limit(),
        }
    }

    /// C0: of grades A and B first the time to the first stage report, then that to the final reply.
    pub(crate) fn cap_limit(&self) -> Limit {
        if self.ticket.reported && self.limits().stage.is_some() {
            return self.handle_limit();
        }
        let usual = self.limits().cap.over(self.usual_limit());
        let due = |limit: Limit| self.rules.calendar().due(self.ticket.registered_at, limit);
        match self.statute() {
            Some(statute) if due(statute.handle) > due(usual) => statute.handle,
            Some(_) | None => usual,
        }
    }

    /// The stage report the lead owes next, and since when its time counts: of grades A and B always one more, from
    /// now; by statute each at its time after dispatch, none after the last.
    pub(crate) fn stage_of(&self, lead: &Leg) -> Option<(Timestamp, Limit)> {
        if lead.role != LegRole::Lead {
            return None;
        }
        if let Some(stage) = self.limits().stage {
            let is_first = lead.urgent_reports == 0;
            return Some((self.now, if is_first { stage.first } else { stage.every }));
        }
        let statute = self.statute().filter(|_| self.ticket.round == 0)?;
        let limit = statute.stages.get(usize::from(lead.notices()))?;
        Some((lead.dispatched_at, *limit))
    }

    /// What a clock's limit is under the present classification; none for those that do not depend on it or cannot
    /// run while the classification may still change.
    pub(crate) fn limit_of(&self, run: &Run) -> Option<Limit> {
        let leg = || run.leg.and_then(|leg| self.ticket.phase.legs()?.get(leg));
        match run.kind {
            Kind::Citizen => Some(self.cap_limit()),
            Kind::Triage => Some(self.limits().triage),
            Kind::Sign => Some(self.limits().sign),
            Kind::FirstContact => Some(self.limits().contact),
            Kind::Handle => Some(self.leg_limit(self.ticket.phase.legs()?.root_of(leg()?).role)),
            // What a statute asks for counts from the dispatch: `stage_reports` sees to it.
            Kind::Stage => {
                self.limits().stage?;
                self.stage_of(leg()?).map(|(_, limit)| limit)
            }
            Kind::Decision
            | Kind::Proposal
            | Kind::Audit
            | Kind::Callback
            | Kind::Rating
            | Kind::Waiting
            | Kind::Promise
            | Kind::Order
            | Kind::CallBack => None,
        }
    }
}

/// A share of a limit, at least one of its units.
fn share(limit: Limit, percent: u8) -> Limit {
    let of = |whole: u32| {
        (u64::from(whole) * u64::from(percent) / 100)
            .try_into()
            .unwrap_or(whole)
            .max(1)
    };
    match limit {
        Limit::Natural(minutes) => Limit::Natural(of(minutes)),
        Limit::Working(minutes) => Limit::Working(of(minutes)),
        Limit::Desk(minutes) => Limit::Desk(of(minutes)),
        Limit::WorkingDays(days) => Limit::WorkingDays(of(days)),
    }
}
