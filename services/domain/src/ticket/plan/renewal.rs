//! Clocks of a plan whose limit has changed: rule 3 for what is classified otherwise, and the stage reports that follow.

use jiff::Timestamp;

use super::Plan;
use super::clocks::wait_for_mending;
use crate::clock::{self, Clock, Kind, Level, Origin, Run};
use crate::id::LegId;
use crate::ticket::{Classification, Event, Grade, LegRole, Phase};
use crate::time::Limit;

impl Plan<'_> {
    /// A changed type or grade renews running clocks by rule 3: original start + new limit, but at least the floor
    /// from now, with the pause so far kept and what has fired not fired again. Raised to A or B they start now.
    pub(crate) fn reclassify(&mut self, before: &Classification) {
        let graded = self.grade() != before.grade;
        let raised = self.is_raised(before);
        if raised {
            self.refuse_all_asked();
        }
        let running = self.ticket.clocks.iter().filter(|clock| clock.is_running());
        let mut running: Vec<Clock> = running.cloned().collect();
        // The resident's first, then the lead's: they bound the others.
        let lead = self.ticket.phase.legs().map(|legs| legs.lead.id);
        running.sort_by_key(|clock| (clock.run.kind != Kind::Citizen, clock.run.leg != lead));
        let cap = self.clock(Kind::Citizen, None).map(|cap| cap.run.due_at);
        for clock in running {
            let Some(limit) = self.limit_of(&clock.run) else {
                continue;
            };
            if raised {
                let run = self.hurried(&clock, limit, before.grade);
                self.record(Event::ClockStarted { run });
            } else if graded || limit != clock.run.limit {
                let run = self.renewed(&clock, limit, cap);
                self.record(Event::ClockStarted { run });
            }
        }
        self.report_stages(Owed::Reclassified);
    }

    /// Whether the grade has become A or B and is more urgent than before.
    pub(crate) fn is_raised(&self, before: &Classification) -> bool {
        self.grade() < before.grade && matches!(self.grade(), Grade::A | Grade::B)
    }

    /// The run by which rule 3 replaces one. The floor never gives more than the limit itself from now. `cap`: until when
    /// the resident's clock ran before.
    fn renewed(&self, clock: &Clock, limit: Limit, cap: Option<Timestamp>) -> Run {
        let mut clock = clock.clone();
        if matches!(self.grade(), Grade::C | Grade::D) {
            clock.run = clock
                .run
                .at_its_origin(self.calendar_of(clock.run.kind, clock.run.leg));
        }
        let before = &clock.run;
        // Late by a limit that stays, it is late.
        if limit == before.limit && before.due_at <= self.now {
            return self.moved(&clock, limit, before.due_at);
        }
        let floor = self.least(before.kind, before.leg, limit);
        let mut due_at = self.due_anew(before, limit);
        if let Some(cap) = self.bounding_cap(before, cap) {
            due_at = due_at.min(cap);
        }
        if let Some(until) = self.bounding_lead(before) {
            due_at = due_at.min(until);
        }
        self.moved(&clock, limit, due_at.max(floor))
    }

    /// When another limit is due from the original start, with the extensions and rests so far.
    pub(crate) fn due_anew(&self, before: &Run, limit: Limit) -> Timestamp {
        let calendar = self.calendar_of(before.kind, before.leg);
        let mut due_at = calendar.due(before.started_at, limit);
        if before.extended_days > 0 {
            due_at = calendar.due(due_at, Limit::WorkingDays(u32::from(before.extended_days)));
        }
        let paused = before.paused_in(limit.measure(), calendar);
        calendar.advance(limit.measure(), due_at, paused)
    }

    /// The shortest time that a changed limit leaves a clock.
    fn least(&self, kind: Kind, leg: Option<LegId>, limit: Limit) -> Timestamp {
        let calendar = self.calendar_of(kind, leg);
        let floor = calendar.due(self.now, self.limits().floor);
        floor.min(calendar.due(self.now, limit))
    }

    /// Until when the resident's clock now runs, where it bounds a C4 that was due at `before` (rule 2): in the first
    /// round of an ordinary matter, and wherever it did before. While that of grades A and B is about the first stage
    /// report it bounds nothing.
    fn bounding_cap(&self, before: &Run, cap_before: Option<Timestamp>) -> Option<Timestamp> {
        if before.kind != Kind::Handle {
            return None;
        }
        let cap = &self.clock(Kind::Citizen, None)?.run;
        let is_ordinary = matches!(self.grade(), Grade::C | Grade::D);
        let is_about_the_reply = is_ordinary || cap.limit == self.handle_limit();
        let was_within = cap_before.is_some_and(|cap| before.due_at <= cap);
        let bounds = is_about_the_reply && (was_within || (is_ordinary && self.ticket.round == 0));
        bounds.then_some(cap.due_at)
    }

    /// Until when the lead now has time, where a co leg was extended within it.
    fn bounding_lead(&self, before: &Run) -> Option<Timestamp> {
        let legs = self.ticket.phase.legs()?;
        let is_co = legs.root_of(legs.get(before.leg?)?).role == LegRole::Co;
        let leads = self.clock(Kind::Handle, Some(legs.lead.id))?;
        let is_bound = is_co && before.kind == Kind::Handle && before.extended_days > 0;
        is_bound.then_some(leads.run.due_at)
    }

    /// The run of a clock that is raised to A or B: it starts now, but never gives more time than there was. What is late
    /// stays late, what has fired stays; the levels of the grade it now has count from now.
    fn hurried(&self, clock: &Clock, limit: Limit, was: Grade) -> Run {
        let before = &clock.run;
        let calendar = self.calendar_of(before.kind, before.leg);
        let fresh = clock::schedule(
            calendar,
            self.limits(),
            before.kind,
            before.leg,
            before.run.saturating_add(1),
            self.now,
            limit,
        );
        let mut run = if fresh.due_at < before.due_at {
            let origin = before.origin.unwrap_or_else(|| Origin {
                started_at: before.started_at,
                rested: before.rests(calendar),
                extended_days: before.extended_days,
            });
            Run {
                origin: Some(origin),
                ..fresh
            }
        } else {
            self.not_later(clock, &fresh, was)
        };
        run.mending = before.mending;
        wait_for_mending(&mut run);
        run
    }

    /// A run that keeps its due time, which is no later than that of a `fresh` one.
    fn not_later(&self, clock: &Clock, fresh: &Run, was: Grade) -> Run {
        let before = &clock.run;
        let calendar = self.calendar_of(before.kind, before.leg);
        let run = self.next_of(before, fresh.limit, before.due_at);
        let mut run = clock::laid_out_from(calendar, self.limits(), run, before.due_at.max(self.now));
        let is_missed = before.due_at <= self.now;
        if is_missed && !before.kind.is_the_units() {
            // Whoever holds the step is told again: it is urgent now.
            run.steps.clone_from(&fresh.steps);
        } else {
            let limits = self.rules.profile().grade(was);
            let had = clock::laid_out(calendar, limits, before.clone()).steps;
            let has = |level: Level| had.iter().any(|step| step.level == level);
            run.steps
                .retain(|step| clock.is_ahead(step.level) || !has(step.level));
        }
        for step in &mut run.steps {
            let at = before.steps.iter().find(|one| one.level == step.level);
            if let Some(at) = at.filter(|_| clock.is_ahead(step.level)) {
                step.at = step.at.min(at.at);
            }
        }
        run.yellow_at = run.yellow_at.min(before.yellow_at);
        run.steps.sort_by_key(|step| step.at);
        run
    }

    /// Stage reports run while the lead handles or is to sign and owes one: the next one from now.
    pub(crate) fn stage_reports(&mut self) {
        self.report_stages(Owed::Next);
    }

    /// A reply is none: what was owed before it is owed by the same time.
    pub(crate) fn stage_reports_still(&mut self) {
        self.report_stages(Owed::Still);
    }

    fn report_stages(&mut self, owed: Owed) {
        let (Phase::Dispatched { legs } | Phase::Handling { legs }) = &self.ticket.phase else {
            return;
        };
        let lead = legs.lead.id;
        let Some((from, limit)) = self.stage_of(&legs.lead) else {
            return self.stop(Kind::Stage, Some(lead));
        };
        let is_notice = self.limits().stage.is_none();
        let same = self
            .clock(Kind::Stage, Some(lead))
            .filter(|clock| clock.run.limit == limit);
        match same.map(Clock::is_running) {
            Some(true) => {}
            // A notice still owed keeps its time; an urgent matter's next report counts from now.
            Some(false) if owed == Owed::Still || (is_notice && owed == Owed::Next) => {
                self.resume_unchanged(Kind::Stage, Some(lead));
            }
            Some(false) | None if is_notice => {
                let run = self.notice(lead, from, limit);
                self.record(Event::ClockStarted { run });
            }
            Some(false) | None => self.start_at(Kind::Stage, Some(lead), limit, from),
        }
    }

    /// A notice that a statute asks for so long after the dispatch: later by what C4 has rested since, and at least the
    /// floor from now.
    fn notice(&self, lead: LegId, from: Timestamp, limit: Limit) -> Run {
        let calendar = self.calendar_of(Kind::Stage, Some(lead));
        let mut run = self.run_of(Kind::Stage, Some(lead), limit, from, calendar.due(from, limit));
        if let Some(handling) = self.clock(Kind::Handle, Some(lead)) {
            run.paused_minutes = handling.run.paused_in(limit.measure(), calendar);
            run.rested = handling.run.rests(calendar);
        }
        let paused = calendar.advance(limit.measure(), run.due_at, run.paused_minutes);
        run.due_at = paused.max(self.least(Kind::Stage, Some(lead), limit));
        let mut run = clock::laid_out(calendar, self.limits(), run);
        let same = self
            .clock(Kind::Stage, Some(lead))
            .filter(|clock| clock.run.limit == limit);
        if let Some(before) = same {
            run.steps.retain(|step| before.is_ahead(step.level));
        }
        run
    }
}

/// How a stage report is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owed {
    /// It is the next one.
    Next,
    /// It was owed before.
    Still,
    /// The matter has been classified otherwise: a notice is owed anew.
    Reclassified,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_rest_counts_in_the_measure_of_the_limit_it_is_taken_over_by() {
        check(
            "publish handle 7 d
             register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             suspend water funds check 2026-12-01 until 2026-12-20
             decide suspension yes
             ---
             at 2026-12-01 09:00
             resume water
             supervisor: classify grade d
             supervisor: classify grade c",
            expect![[r#"
                12-01 09:00 resume water
                    stops C10
                    resumed
                    runs C4 water 12-07 09:00, C0 12-28 17:30
                12-01 09:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-11 17:30, C4 water 12-21 17:30
                12-01 09:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-28 17:30, C4 water 12-07 09:00
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_notice_owed_since_it_was_classified_leaves_the_floor_and_keeps_the_rest() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             suspend water funds check 2026-12-18 until 2026-12-20
             decide suspension yes
             at 2026-12-04 09:00
             resume water
             ---
             supervisor: classify category market.refund
             register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             supervisor: classify grade d
             at 2026-12-17 09:00
             supervisor: classify category market.refund grade c
             tick to 2026-12-17 12:00
             supervisor: classify category urban.noise
             supervisor: classify category market.refund",
            expect![[r#"
                12-04 09:00 supervisor: classify category market.refund
                    classified complaint c market.refund
                    runs C0 02-04 17:30, C4 water 02-04 17:30, C4S water 12-14 17:30
                12-04 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-18 17:30, C1 12-04 11:00
                12-04 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 12-07 17:30, C3 water 12-07 17:30, C4 water 12-11 17:30
                12-04 09:00 sign water
                    stops C2 water
                    signed water
                12-04 09:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                12-04 09:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-15 17:30, C4 water 12-25 17:30
                12-17 09:00 supervisor: classify category market.refund grade c
                    classified complaint c market.refund
                    runs C0 02-05 17:30, C4 water 02-05 17:30, C4S water 12-18 17:30
                tick to 2026-12-17 12:00
                12-17 09:00 C4S water L0: clerk
                12-17 12:00 supervisor: classify category urban.noise
                    classified complaint c urban.noise
                    runs C0 12-18 17:30, C4 water 12-18 17:30
                    stops C4S water
                12-17 12:00 supervisor: classify category market.refund
                    classified complaint c market.refund
                    runs C0 02-05 17:30, C4 water 02-05 17:30, C4S water 12-18 17:30
                handling: water, light yellow, L0
            "#]],
        );
    }

    #[test]
    fn a_second_notice_keeps_the_rest_too() {
        check(
            "register complaint c market.refund phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             suspend water funds check 2026-12-18 until 2026-12-20
             decide suspension yes
             at 2026-12-04 09:00
             resume water
             ---
             stage water",
            expect![[r#"
                12-04 09:00 stage water
                    stops C4S water
                    stage_reported water
                    runs C4S water 01-14 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_is_classified_otherwise_lies_within_the_residents_time() {
        check(
            "register complaint c urban.noise phone
             at 2026-12-04 09:00
             dispatch street
             ---
             classify type consult",
            expect![[r#"
                12-04 09:00 classify type consult
                    classified consult c urban.noise
                    runs C0 12-07 17:30, C4 street 12-07 17:30
                dispatched: street, light yellow, no level
            "#]],
        );
    }

    #[test]
    fn raised_what_is_late_stays_late_and_nobody_gains_time() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             tick to 2026-12-01 09:00
             operator: classify grade b
             tick to 2026-12-01 13:30
             supervisor: classify grade c",
            expect![[r#"
                tick to 2026-12-01 09:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                12-01 09:00 operator: classify grade b
                    classified complaint b urban.noise
                    runs C0 12-03 09:00, C4 water 11-30 17:30, C4S water 12-02 09:00
                tick to 2026-12-01 13:30
                12-01 10:00 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 11:00 C4 water L3: district_leader, city_office, 2.0 points
                12-01 13:00 C4 water CALL: duty_leader
                12-01 13:30 supervisor: classify grade c
                    refused PAST_DUE (due_at=2026-11-30T09:30:00Z)
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn raised_the_desk_that_is_late_is_told_again() {
        check(
            "register complaint c urban.noise phone
             tick to 2026-11-23 11:30
             ---
             classify grade a
             tick to 2026-11-23 11:40",
            expect![[r#"
                11-23 11:30 classify grade a
                    classified complaint a urban.noise
                    runs C0 11-23 15:30, C1 11-23 11:00
                tick to 2026-11-23 11:40
                11-23 11:35 C1 L1: triage_desk, supervisor_desk
                accepted: triage desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn raised_and_lowered_again_nobody_has_more_time_than_before() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             ask water
             at 2026-11-25 09:00
             replied
             extend water 5
             decide extension yes
             ---
             tick to 2026-11-30 10:00
             operator: classify grade b
             supervisor: classify grade c
             operator: classify grade b
             operator: classify grade a
             supervisor: classify grade c",
            expect![[r#"
                tick to 2026-11-30 10:00
                11-30 10:00 operator: classify grade b
                    classified complaint b urban.noise
                    runs C0 12-02 10:00, C4 water 12-07 17:30, C4S water 12-01 10:00
                11-30 10:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-15 17:30, C4 water 12-08 17:30
                    stops C4S water
                11-30 10:00 operator: classify grade b
                    classified complaint b urban.noise
                    runs C0 12-02 10:00, C4 water 12-07 17:30, C4S water 12-01 10:00
                11-30 10:00 operator: classify grade a
                    classified complaint a urban.noise
                    runs C0 11-30 14:00, C4 water 12-07 17:30, C4S water 11-30 12:00
                11-30 10:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-15 17:30, C4 water 12-08 17:30
                    stops C4S water
                handling: water, light none, no level
            "#]],
        );
    }
}
