//! The ladder: which level of a clock fires when, and who is told (domain.md, section 5).

use jiff::Timestamp;

use super::{Addressee, Kind, Level, Rested, Run, Step};
use crate::id::LegId;
use crate::rules::GradeLimits;
use crate::time::{Calendar, Limit, Measure};

/// One run of a clock that starts at `from`, with its due time, its yellow light and its steps. `calendar` is that of
/// whoever it runs for.
pub fn schedule(
    calendar: &Calendar,
    limits: &GradeLimits,
    kind: Kind,
    leg: Option<LegId>,
    run: u16,
    from: Timestamp,
    limit: Limit,
) -> Run {
    let due_at = calendar.due(from, limit);
    until(calendar, limits, kind, leg, run, from, limit, due_at)
}

/// The same for a run whose due time is given: a resumed citizen clock, a next leg under the citizen cap.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one coordinate of a run; a struct would only rename them"
)]
pub(crate) fn until(
    calendar: &Calendar,
    limits: &GradeLimits,
    kind: Kind,
    leg: Option<LegId>,
    run: u16,
    from: Timestamp,
    limit: Limit,
    due_at: Timestamp,
) -> Run {
    let run = Run {
        kind,
        leg,
        run,
        limit,
        started_at: from,
        due_at,
        yellow_at: due_at,
        steps: Vec::new(),
        paused_minutes: 0,
        rested: Rested::default(),
        extended_days: 0,
        mending: None,
        origin: None,
    };
    laid_out(calendar, limits, run)
}

/// A run with the yellow light and every step of its kind, by its due time.
pub(crate) fn laid_out(calendar: &Calendar, limits: &GradeLimits, run: Run) -> Run {
    let due_at = run.due_at;
    laid_out_from(calendar, limits, run, due_at)
}

/// The same where what follows the due time counts from `late_from`.
pub(crate) fn laid_out_from(
    calendar: &Calendar,
    limits: &GradeLimits,
    mut run: Run,
    late_from: Timestamp,
) -> Run {
    run.yellow_at = yellow(calendar, limits, &run);
    run.steps = steps(calendar, limits, run.kind, run.yellow_at, late_from);
    run
}

/// When the time left is at most the greater of a share of the limit and (the lesser of a span and half the limit). What
/// it has rested is no part of the limit.
fn yellow(calendar: &Calendar, limits: &GradeLimits, run: &Run) -> Timestamp {
    let (measure, from) = (run.limit.measure(), run.started_at);
    let whole = calendar.elapsed_minutes(measure, from, run.due_at);
    let limit = whole.saturating_sub(run.paused_minutes);
    let share = limit.saturating_mul(u32::from(limits.yellow.percent)) / 100;
    let span = calendar
        .working_day_minutes()
        .saturating_mul(u32::from(limits.yellow.working_days))
        .min(limit / 2);
    let left = share.max(span);
    calendar
        .advance(measure, from, whole.saturating_sub(left))
        .min(run.due_at)
}

fn steps(
    calendar: &Calendar,
    limits: &GradeLimits,
    kind: Kind,
    yellow_at: Timestamp,
    due_at: Timestamp,
) -> Vec<Step> {
    let ladder = &limits.ladder;
    let step = |level: Level, at: Timestamp| Step { level, at };
    let after = |from: Timestamp, limit: Limit| calendar.due(from, limit);
    let (l0, l1) = (
        step(Level::L0, yellow_at),
        step(Level::L1, after(due_at, ladder.l1)),
    );
    let climbs = || {
        let l2_at = after(due_at, ladder.l2);
        let call = ladder.call.map(|limit| step(Level::Call, after(due_at, limit)));
        let proposed = (kind == Kind::Handle).then_some([
            ladder.l4.map(|limit| step(Level::L4, after(l2_at, limit))),
            ladder.l5.map(|limit| step(Level::L5, after(due_at, limit))),
        ]);
        let l3 = step(Level::L3, after(due_at, ladder.l3));
        let above = call.into_iter().chain(proposed.into_iter().flatten().flatten());
        [l0, l1, step(Level::L2, l2_at), l3]
            .into_iter()
            .chain(above)
            .collect()
    };
    match kind {
        Kind::Handle => climbs(),
        Kind::Sign | Kind::FirstContact | Kind::Stage if ladder.every_clock => climbs(),
        Kind::Sign | Kind::FirstContact | Kind::Stage => vec![l0, l1],
        // The hotline's own steps: whoever holds the step is told once it is late.
        Kind::Triage
        | Kind::Decision
        | Kind::Proposal
        | Kind::Audit
        | Kind::Callback
        | Kind::Citizen
        | Kind::CallBack => {
            vec![step(Level::L1, due_at)]
        }
        // A missed check breaks a promise; an order nobody answers is the unit head's to explain.
        Kind::Promise => vec![l0, step(Level::L3, due_at)],
        Kind::Order => vec![l0, step(Level::L2, due_at)],
        // The end of a window is a step too: the ticket closes, or the unit goes on without the answer.
        Kind::Rating | Kind::Waiting => vec![step(Level::L0, due_at)],
    }
}

/// In which time a level follows the due time.
pub(crate) fn measure_of(limits: &GradeLimits, level: Level) -> Measure {
    let ladder = &limits.ladder;
    let limit = match level {
        Level::L0 | Level::L1 => Some(ladder.l1),
        Level::L2 => Some(ladder.l2),
        Level::L3 => Some(ladder.l3),
        Level::Call => ladder.call,
        Level::L4 => ladder.l4,
        Level::L5 => ladder.l5,
    };
    limit.map_or(Measure::Natural, Limit::measure)
}

/// Who is told when a level of a clock fires.
pub fn addressees(kind: Kind, level: Level) -> Vec<Addressee> {
    match kind {
        // A matter without a unit has nobody above it but the supervisors.
        Kind::Triage => vec![Addressee::TriageDesk, Addressee::SupervisorDesk],
        Kind::Audit => vec![Addressee::AuditDesk],
        Kind::Callback => vec![Addressee::CallbackDesk],
        Kind::CallBack => vec![Addressee::TriageDesk, Addressee::SupervisorDesk],
        Kind::Citizen => vec![Addressee::SupervisorDesk],
        // Whoever decides: the ticket knows who.
        Kind::Decision | Kind::Rating => Vec::new(),
        Kind::Proposal => vec![Addressee::CityOffice],
        Kind::Waiting => vec![Addressee::Clerk],
        Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage | Kind::Promise | Kind::Order => {
            match level {
                Level::L0 => vec![Addressee::Clerk],
                Level::L1 => vec![Addressee::Clerk, Addressee::UnitLeader, Addressee::District],
                Level::L2 => vec![Addressee::UnitHead],
                Level::L3 => vec![Addressee::DistrictLeader, Addressee::CityOffice],
                Level::Call => vec![Addressee::DutyLeader],
                // Proposed: who decides.
                Level::L4 | Level::L5 => vec![Addressee::CityOffice],
            }
        }
    }
}

/// Who is told once the city office has decided on L4 or L5.
pub fn decided(level: Level) -> Vec<Addressee> {
    match level {
        Level::L5 => vec![
            Addressee::UnitHead,
            Addressee::DistrictLeader,
            Addressee::DisciplineInspection,
        ],
        Level::L0 | Level::L1 | Level::L2 | Level::L3 | Level::Call | Level::L4 => {
            vec![Addressee::UnitHead, Addressee::DistrictLeader]
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_yellow_light_leaves_its_share_of_the_limit_whatever_has_rested() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             at 2026-11-24 09:00
             suspend water funds check 2026-12-18 until 2027-01-20
             decide suspension yes
             at 2026-12-18 09:00
             resume water
             supervisor: classify category market.refund
             supervisor: classify category urban.noise
             ---
             tick to 2026-12-24 18:00",
            expect![[r#"
                tick to 2026-12-24 18:00
                12-23 16:12 C4 water L0: clerk
                12-24 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-25 17:30
                handling: water, light red, L1, 0.5 points
            "#]],
        );
    }

    #[test]
    fn an_ordinary_matter_nobody_touches_climbs_over_the_holiday() {
        check(
            "at 2026-09-28 16:00
             register complaint c urban.noise phone
             dispatch water
             tick to 2026-10-20 00:00",
            expect![[r#"
                09-28 16:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 10-16 17:30, C1 09-28 18:00
                09-28 16:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 09-29 17:30, C3 water 09-29 17:30, C4 water 10-10 17:30
                tick to 2026-10-20 00:00
                09-29 11:15 C2 water L0: clerk
                09-29 11:15 C3 water L0: clerk
                09-29 17:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                09-29 17:30 C3 water L1: clerk, unit_leader, district, 0.5 points
                10-09 17:12 C4 water L0: clerk
                10-10 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 10-12 17:30
                10-12 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 10-15 17:30
                    runs C11 10-15 17:30
                10-12 17:30 C7 L1: callback_desk
                10-14 17:30 C4 water L3: district_leader, city_office, 2.0 points
                10-14 17:30 C11 L0: clerk
                10-15 17:30 C11 L2: unit_head, 1.0 points
                10-16 17:30 C0 L1: supervisor_desk, clerk
                10-19 17:30 C4 water L4: city_office
                    level_proposed L4 for overdue about water
                    runs C5P 10-22 17:30
                dispatched: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn grade_a_climbs_in_natural_minutes_at_night() {
        check(
            "at 2026-10-01 02:00
             register help a utilities.water phone
             operator: dispatch water
             tick to 2026-10-01 05:30",
            expect![[r#"
                10-01 02:00 register help a utilities.water phone
                    registered help a utilities.water
                    runs C0 10-01 06:00, C1 10-01 02:05
                10-01 02:00 operator: dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 10-01 02:15, C3 water 10-01 02:30, C4 water 10-13 17:30, C4S water 10-01 04:00
                tick to 2026-10-01 05:30
                10-01 02:12 C2 water L0: clerk
                10-01 02:15 C2 water L1: clerk, unit_leader, district, 0.5 points
                10-01 02:23 C3 water L0: clerk
                10-01 02:30 C2 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 10-10 17:30
                    runs C11 10-10 17:30
                10-01 02:30 C3 water L1: clerk, unit_leader, district, 0.5 points
                10-01 02:45 C2 water L3: district_leader, city_office, 2.0 points
                10-01 02:45 C3 water L2: unit_head, 1.0 points
                10-01 03:00 C3 water L3: district_leader, city_office, 2.0 points
                10-01 03:15 C2 water CALL: duty_leader
                10-01 03:30 C3 water CALL: duty_leader
                10-01 03:30 C4S water L0: clerk
                10-01 04:00 C4S water L1: clerk, unit_leader, district, 0.5 points
                10-01 04:15 C4S water L2: unit_head, 1.0 points
                10-01 04:30 C4S water L3: district_leader, city_office, 2.0 points
                10-01 05:00 C4S water CALL: duty_leader
                dispatched: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn grade_b_climbs_four_times_as_slowly() {
        check(
            "at 2026-10-01 02:00
             register help b utilities.water phone
             operator: dispatch water
             tick to 2026-10-01 07:00",
            expect![[r#"
                10-01 02:00 register help b utilities.water phone
                    registered help b utilities.water
                    runs C0 10-03 02:00, C1 10-01 02:15
                10-01 02:00 operator: dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 10-01 02:30, C3 water 10-01 04:00, C4 water 10-13 17:30, C4S water 10-02 02:00
                tick to 2026-10-01 07:00
                10-01 02:23 C2 water L0: clerk
                10-01 02:30 C2 water L1: clerk, unit_leader, district, 0.5 points
                10-01 03:30 C2 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 10-10 17:30
                    runs C11 10-10 17:30
                10-01 03:30 C3 water L0: clerk
                10-01 04:00 C3 water L1: clerk, unit_leader, district, 0.5 points
                10-01 04:30 C2 water L3: district_leader, city_office, 2.0 points
                10-01 05:00 C3 water L2: unit_head, 1.0 points
                10-01 06:00 C3 water L3: district_leader, city_office, 2.0 points
                10-01 06:30 C2 water CALL: duty_leader
                dispatched: water, light red, L3, 2.0 points
            "#]],
        );
    }

    #[test]
    fn after_an_outage_everything_fires_in_due_order_at_no_charge() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             at 2026-12-10 09:00
             catch up",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                12-10 09:00 catch up
                12-10 09:00 C2 water L0, system was down: clerk
                12-10 09:00 C3 water L0, system was down: clerk
                12-10 09:00 C2 water L1, system was down: clerk, unit_leader, district
                12-10 09:00 C3 water L1, system was down: clerk, unit_leader, district
                12-10 09:00 C4 water L0, system was down: clerk
                12-10 09:00 C4 water L1, system was down: clerk, unit_leader, district
                    runs C7 12-11 17:30
                12-10 09:00 C4 water L2, system was down: unit_head
                    order_issued 1 to water by 12-15 17:30
                    runs C11 12-15 17:30
                12-10 09:00 C4 water L3, system was down: district_leader, city_office
                12-10 09:00 C0 L1, system was down: supervisor_desk, clerk
                12-10 09:00 C4 water L4, system was down: city_office
                    level_proposed L4 for overdue about water
                    runs C5P 12-15 17:30
                dispatched: water, light red, L3
            "#]],
        );
    }

    #[test]
    fn what_the_hotline_itself_is_late_with_charges_no_unit() {
        check(
            "register complaint c urban.noise phone
             tick to 2026-12-08 09:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                tick to 2026-12-08 09:00
                11-23 11:00 C1 L1: triage_desk, supervisor_desk
                12-07 17:30 C0 L1: supervisor_desk, triage_desk
                accepted: triage desk, light red, no level
            "#]],
        );
    }

    #[test]
    fn a_pause_cancels_what_would_follow_and_erases_nothing() {
        check(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             contact water reached
             tick to 2026-12-01 18:00
             reply water solved
             tick to 2026-12-20 00:00",
            expect![[r#"
                11-23 09:00 register complaint c urban.noise phone
                    registered complaint c urban.noise
                    runs C0 12-07 17:30, C1 11-23 11:00
                11-23 09:00 dispatch water
                    stops C1
                    dispatched water
                    runs C2 water 11-24 17:30, C3 water 11-24 17:30, C4 water 11-30 17:30
                11-23 09:00 sign water
                    stops C2 water
                    signed water
                11-23 09:00 contact water reached
                    stops C3 water
                    contact_tried water, made
                tick to 2026-12-01 18:00
                11-27 16:12 C4 water L0: clerk
                11-30 17:30 C4 water L1: clerk, unit_leader, district, 0.5 points
                    runs C7 12-01 17:30
                12-01 17:30 C4 water L2: unit_head, 1.0 points
                    order_issued 1 to water by 12-04 17:30
                    runs C11 12-04 17:30
                12-01 17:30 C7 L1: callback_desk
                12-01 18:00 reply water solved
                    stops C4 water
                    replied water
                    stops C7
                    runs C6 12-02 17:30
                tick to 2026-12-20 00:00
                12-02 17:30 C6 L1: audit_desk
                12-03 17:30 C11 L0: clerk
                12-04 17:30 C11 L2: unit_head, 1.0 points
                12-07 17:30 C0 L1: supervisor_desk, audit_desk
                reply_review: audit desk, light red, L2, 1.0 points
            "#]],
        );
    }
}
