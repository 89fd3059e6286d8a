//! Rederive: other working days are known than the clocks were computed with. Each clock that is not past due begins a
//! further run with the due time and the levels that the new calendar gives (domain.md, section 4, rule 6). What has
//! fired stays, what is late stays late and only its further levels move, the resident's time never comes earlier
//! (invariant 2).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::plan::Plan;
use super::{Event, Recorded, Ticket};
use crate::clock::{self, Clock, Kind, Run, RunId, Step};
use crate::id::{LegId, RulesVersion};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use crate::time::{Calendar, Limit, Measure};

/// The days as they are known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rederive {
    /// By which days the due time of each run was computed.
    pub before: BTreeMap<RunId, Computed>,
}

/// A run whose due time was computed from its start, and by which days. A later run that only goes on from it, however
/// many days were published meanwhile, still rests on these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The run.
    pub run: Run,
    /// The days.
    pub calendar: Arc<Calendar>,
}

impl Rederive {
    /// Of a ticket with this history; none where it names rules that `rules_of` does not have.
    pub fn of<'r>(
        ticket: &Ticket,
        history: &[Recorded],
        rules_of: impl Fn(&RulesVersion) -> Option<&'r Rules>,
    ) -> Option<Self> {
        let mut chains: BTreeMap<_, Chain<&Rules>> = BTreeMap::new();
        let mut derived_at = None;
        for recorded in history {
            let Event::ClockStarted { run } = &recorded.fact.event else {
                if !matches!(recorded.fact.event, Event::ClockStopped { .. }) {
                    let is_rederived = recorded.fact.event == (Event::Rederived {});
                    derived_at = is_rederived.then_some(recorded.at);
                }
                continue;
            };
            let rules = rules_of(&recorded.rules)?;
            let is_derived = derived_at == Some(recorded.at);
            let before = before(&chains, run).filter(|chain| !is_derived || chain.stands(run));
            let chain = Chain::after(before, run, rules, |rules| {
                ticket.calendar_of(run.kind, run.leg, rules)
            });
            chains.insert((run.kind, run.leg), chain);
        }
        let mut before = BTreeMap::new();
        for clock in &ticket.clocks {
            let (kind, leg) = (clock.run.kind, clock.run.leg);
            if let Some(Chain { begun, rules, .. }) = chains.remove(&(kind, leg)) {
                let calendar = Arc::new(ticket.calendar_of(kind, leg, rules).clone());
                before.insert(clock.run.id(), Computed { run: begun, calendar });
            }
        }
        Some(Self { before })
    }

    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let rests = plan.ticket.phase.rests_since().is_some();
        let moves = |clock: &Clock| clock.is_running() || (rests && clock.run.kind.rests());
        let clocks = plan.ticket.clocks.iter().filter(|clock| moves(clock));
        let runs: Vec<(Run, bool)> = clocks
            .filter_map(|clock| Some((self.anew(clock, plan)?, clock.is_running())))
            .collect();
        if plan.ticket.derived_under.as_ref() == Some(plan.rules.version()) {
            return Err(Reason::NothingChanges.into());
        }
        plan.record(Event::Rederived {});
        for (run, runs) in runs {
            let clock = run.id();
            plan.record(Event::ClockStarted { run });
            if !runs {
                plan.record(Event::ClockStopped { clock });
            }
        }
        Ok(())
    }

    /// The run by which a clock goes on; none where nothing of it changes.
    fn anew(&self, clock: &Clock, plan: &Plan<'_>) -> Option<Run> {
        let before = &clock.run;
        let computed = self.before.get(&before.id())?;
        let (was, is) = (&computed.calendar, plan.calendar_of(before.kind, before.leg));
        if **was == *is || is_given(before.kind) {
            return None;
        }
        if before.due_at <= plan.now {
            return levels_moved(clock, was, is, plan);
        }
        let mut due_at = went_on(before, &computed.run, due_by(&computed.run, was, is), is);
        if before.kind == Kind::Citizen {
            due_at = due_at.max(before.due_at);
        }
        // A make-up day makes nothing late at once.
        if due_at < before.due_at {
            let floor = is.due(plan.now, plan.limits().floor).min(before.due_at);
            due_at = due_at.max(floor);
        }
        let mut run = plan.moved(clock, before.limit, due_at);
        for step in &mut run.steps {
            let was_ahead = |one: &Step| one.level == step.level && one.at > plan.now;
            if before.steps.iter().any(was_ahead) {
                step.at = step.at.max(plan.now);
            }
        }
        let unfired = before.steps.iter().filter(|step| clock.is_ahead(step.level));
        let same =
            run.due_at == before.due_at && run.yellow_at == before.yellow_at && run.steps.iter().eq(unfired);
        (!same).then_some(run)
    }
}

/// Runs of one clock that go on one from the other.
#[derive(Debug, Clone)]
pub(crate) struct Chain<R> {
    /// The one whose due time was computed from its start.
    pub(crate) begun: Run,
    last: Run,
    /// The rules that was computed under.
    pub(crate) rules: R,
}

impl<R> Chain<R> {
    /// Whether a run that is derived anew keeps its due time: other days came and it stayed, so it still rests on those by
    /// which it was computed.
    pub(crate) fn stands(&self, run: &Run) -> bool {
        self.last.due_at == run.due_at
    }

    /// With a further run, recorded under `rules`, whose days are `days`. One that only goes on from the run before,
    /// under other days, rests on the days of that one.
    pub(crate) fn after(
        before: Option<Self>,
        run: &Run,
        rules: R,
        days: impl for<'r> Fn(&'r R) -> &'r Calendar,
    ) -> Self {
        let last = run.clone();
        let goes_on = |chain: &Self| {
            let is = days(&rules);
            days(&chain.rules) != is && only_goes_on(&chain.last, run, is)
        };
        match before.filter(goes_on) {
            Some(chain) => Self { last, ..chain },
            None => Self {
                begun: run.clone(),
                last,
                rules,
            },
        }
    }
}

/// The runs from which one may go on: those of its clock, or of the leg that passes its time down.
pub(crate) fn before<R: Clone>(
    chains: &BTreeMap<(Kind, Option<LegId>), Chain<R>>,
    run: &Run,
) -> Option<Chain<R>> {
    let passes_it_down = |chain: &&Chain<R>| {
        let last = &chain.last;
        run.kind == Kind::Handle
            && last.kind == Kind::Handle
            && (last.started_at, last.limit, last.due_at) == (run.started_at, run.limit, run.due_at)
    };
    let own = chains.get(&(run.kind, run.leg));
    own.or_else(|| chains.values().find(passes_it_down)).cloned()
}

/// Dates that were given, not counted.
fn is_given(kind: Kind) -> bool {
    matches!(kind, Kind::Promise | Kind::Order | Kind::Rating)
}

/// When a run is due by the days of `is`, that was computed by those of `was`: by its limit, rests and extensions; where
/// another bound held, after as much time that counts as lay before it.
pub(crate) fn due_by(run: &Run, was: &Calendar, is: &Calendar) -> Timestamp {
    if counted(run, was) == run.due_at {
        return counted(run, is);
    }
    shifted(run.limit.measure(), run.started_at, run.due_at, was, is)
}

/// An instant by the days of `is` that as much time after `from` as by those of `was`.
fn shifted(measure: Measure, from: Timestamp, at: Timestamp, was: &Calendar, is: &Calendar) -> Timestamp {
    let minutes = was.elapsed_minutes(measure, from, at);
    let [then, now] = [was, is].map(|calendar| calendar.advance(measure, from, minutes));
    if then == now {
        return at;
    }
    // What is left of the last minute counts, too: a day off makes nothing earlier (invariant 10).
    let rest = at.duration_since(then);
    let is_of_a_minute = rest < SignedDuration::from_mins(1);
    if is_of_a_minute { now + rest } else { now }
}

/// Whether a run has from `last` on only what was granted or rested since: its due time rests on the days of that one.
fn only_goes_on(last: &Run, run: &Run, calendar: &Calendar) -> bool {
    let is_same = last.started_at == run.started_at && last.limit == run.limit;
    is_same && went_on(run, last, last.due_at, calendar) == run.due_at
}

/// When a run is due that has gone on from another one which is due at `due_at`: later by what was granted and what was
/// rested since.
pub(crate) fn went_on(run: &Run, from: &Run, due_at: Timestamp, calendar: &Calendar) -> Timestamp {
    let mut due_at = due_at;
    let granted = run.extended_days.saturating_sub(from.extended_days);
    if granted > 0 {
        due_at = calendar.due(due_at, Limit::WorkingDays(granted.into()));
    }
    let rested = run.paused_minutes.saturating_sub(from.paused_minutes);
    calendar.advance(run.limit.measure(), due_at, rested)
}

/// The run by which a late clock goes on: what has not fired yet fires so long after the due time by the days of `is`, or
/// where it has been put off since, after as much time that counts from now on.
fn levels_moved(clock: &Clock, was: &Calendar, is: &Calendar, plan: &Plan<'_>) -> Option<Run> {
    let before = &clock.run;
    let mut run = plan.next_of(before, before.limit, before.due_at);
    run.steps.retain(|step| clock.is_ahead(step.level));
    let unmoved = run.steps.clone();
    let [then, now] = [was, is].map(|days| clock::laid_out(days, plan.limits(), run.clone()).steps);
    for step in run.steps.iter_mut().filter(|step| step.at > plan.now) {
        let at = |steps: &[Step]| steps.iter().find(|one| one.level == step.level).map(|one| one.at);
        step.at = match at(&now) {
            Some(by_days) if at(&then) == Some(step.at) => by_days.max(plan.now),
            Some(_) | None => {
                let measure = clock::measure_of(plan.limits(), step.level);
                shifted(measure, plan.now, step.at, was, is)
            }
        };
    }
    run.steps.sort_by_key(|step| step.at);
    (run.steps != unmoved).then_some(run)
}

/// Start and limit, then extensions and rests.
fn counted(run: &Run, calendar: &Calendar) -> Timestamp {
    let mut due_at = if run.kind == Kind::Callback {
        calendar.callback_due(run.started_at, run.limit)
    } else {
        calendar.due(run.started_at, run.limit)
    };
    if run.extended_days > 0 {
        due_at = calendar.due(due_at, Limit::WorkingDays(run.extended_days.into()));
    }
    if run.paused_minutes > 0 {
        due_at = calendar.advance(run.limit.measure(), due_at, run.paused_minutes);
    }
    due_at
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn a_holiday_published_late_moves_what_is_not_due_yet() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             tick to 2026-11-24 18:00
             ---
             rederive
             publish off 2026-11-26
             rederive
             rederive
             tick to 2026-12-02 18:00",
            expect![[r#"
                11-24 18:00 rederive
                    refused NOTHING_CHANGES
                11-24 18:00 publish off 2026-11-26
                11-24 18:00 rederive
                    rederived
                    runs C0 12-08 17:30, C4 water 12-01 17:30
                11-24 18:00 rederive
                    refused NOTHING_CHANGES
                tick to 2026-12-02 18:00
                11-30 16:12 C4 water L0: clerk
                12-01 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-02 17:30
                12-02 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-07 17:30
                    runs C11 12-07 17:30
                12-02 17:30 C7 L1: callback_desk
                handling: water, light red, L2, 1.0 points
            "#]],
        );
    }

    #[test]
    fn a_make_up_day_brings_work_forward_and_never_the_residents_time() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             publish work 2026-11-28
             rederive
             tick to 2026-11-29 09:00",
            expect![[r#"
                11-23 09:00 publish work 2026-11-28
                11-23 09:00 rederive
                    rederived
                    runs C0 12-07 17:30, C4 water 11-28 17:30
                tick to 2026-11-29 09:00
                11-27 16:12 C4 water L0: clerk
                11-28 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 11-30 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn days_that_are_taken_back_leave_every_due_time_where_it_was() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             ---
             publish work 2026-11-28
             rederive
             publish off 2026-11-28
             rederive
             publish work 2026-11-28
             rederive
             publish off 2026-11-28
             rederive",
            expect![[r#"
                11-23 09:00 publish work 2026-11-28
                11-23 09:00 rederive
                    rederived
                    runs C0 12-07 17:30, C4 water 11-28 17:30
                11-23 09:00 publish off 2026-11-28
                11-23 09:00 rederive
                    rederived
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                11-23 09:00 publish work 2026-11-28
                11-23 09:00 rederive
                    rederived
                    runs C0 12-07 17:30, C4 water 11-28 17:30
                11-23 09:00 publish off 2026-11-28
                11-23 09:00 rederive
                    rederived
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_rests_goes_on_by_the_new_days_and_bounds_are_counted_over() {
        check(
            "register complaint c urban.noise phone in s
             tick to 2026-12-02 09:00
             dispatch water
             return water wrong_unit to roads
             decide return yes to roads
             sign roads
             contact roads reached
             ask roads
             ---
             publish off 2026-12-04
             rederive
             at 2026-12-03 09:00
             replied",
            expect![[r#"
                12-02 09:00 publish off 2026-12-04
                12-02 09:00 rederive
                    rederived
                    runs C0 12-08 17:30
                    stops C0
                    runs C4 roads 12-08 17:30
                    stops C4 roads
                    runs C9 12-10 17:30
                12-03 09:00 replied
                    stops C9
                    citizen_replied
                    runs C4 roads 12-09 17:30, C0 12-09 17:30
                handling: roads, light none, no level
            "#]],
        );
    }

    #[test]
    fn what_has_gone_on_before_its_turn_is_derived_all_the_same() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 10:00
             ask water
             publish off 2026-11-27
             at 2026-11-25 10:00
             replied
             extend water 5
             decide extension yes
             ---
             rederive
             publish off 2026-12-01
             rederive",
            expect![[r#"
                11-25 10:00 rederive
                    rederived
                    runs C0 12-16 17:30, C4 water 12-09 17:30
                11-25 10:00 publish off 2026-12-01
                11-25 10:00 rederive
                    rederived
                    runs C0 12-17 17:30, C4 water 12-10 17:30
                handling: water, light none, no level
            "#]],
        );
    }

    #[test]
    fn levels_of_what_is_late_keep_their_days_when_one_is_off() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 09:00
             ---
             publish off 2026-12-01
             rederive
             tick to 2026-12-03 18:00
             publish work 2026-12-05
             rederive
             tick to 2026-12-06 00:00",
            expect![[r#"
                12-01 09:00 publish off 2026-12-01
                12-01 09:00 rederive
                    rederived
                    runs C0 12-08 17:30, C4 water 11-30 17:30, C7 12-02 17:30
                tick to 2026-12-03 18:00
                12-02 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-07 17:30
                    runs C11 12-07 17:30
                12-02 17:30 C7 L1: callback_desk
                12-03 18:00 publish work 2026-12-05
                12-03 18:00 rederive
                    rederived
                    runs C0 12-08 17:30, C4 water 11-30 17:30
                tick to 2026-12-06 00:00
                12-04 17:30 C4 water L3: district_leader, city_office, 2.0 points
                12-04 17:30 C11 L0: clerk
                handling: water, light red, L3, 2.0 points
            "#]],
        );
    }

    /// Found by the simulation: the seconds of a bounded limit were lost.
    #[test]
    fn a_day_off_after_the_due_time_moves_nothing() {
        check(
            "at 2026-02-22 21:06:36
             register complaint c urban.noise phone in s
             at 2026-03-02 09:32:36
             dispatch district
             ---
             publish off 2026-03-27
             rederive",
            expect![[r#"
                03-02 09:32 publish off 2026-03-27
                03-02 09:32 rederive
                    rederived
                dispatched: district, light none, no level
            "#]],
        );
    }

    #[test]
    fn a_running_ticket_keeps_the_limits_it_was_dispatched_under_until_it_is_reopened() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             publish handle 3 wd
             ---
             classify grade d
             supervisor: classify grade d
             supervisor: classify grade c
             reply water solved unread
             callback solved satisfied
             reopen
             dispatch water",
            expect![[r#"
                11-23 09:00 classify grade d
                    refused LENGTHENING_NEEDS_SUPERVISOR (due_at=2026-11-30T09:30:00Z)
                11-23 09:00 supervisor: classify grade d
                    classified complaint d urban.noise
                    runs C0 01-04 17:30, C4 water 12-14 17:30
                11-23 09:00 supervisor: classify grade c
                    classified complaint c urban.noise
                    runs C0 12-07 17:30, C4 water 11-30 17:30
                11-23 09:00 reply water solved unread
                    stops C4 water
                    replied water
                    audit_passed by rule
                    stops C0
                    runs C7 11-24 17:30
                11-23 09:00 callback solved satisfied
                    stops C7
                    callback_answered solved, satisfied
                    closed resolved
                11-23 09:00 reopen
                    reopened
                    runs C0 12-01 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-26 17:30
                dispatched: water, light none, no level
            "#]],
        );
    }
}
