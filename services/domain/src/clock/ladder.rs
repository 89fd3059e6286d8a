//! The ladder: which level of a clock fires when, and who is told (domain.md, section 5).

use jiff::Timestamp;

use super::{Addressee, Kind, Level, Run, Step};
use crate::id::LegId;
use crate::rules::{GradeLimits, Rules};
use crate::ticket::Grade;
use crate::time::Limit;

/// One run of a clock that starts at `from`, with its due time, its yellow light and its steps.
pub fn schedule(
    rules: &Rules,
    grade: Grade,
    kind: Kind,
    leg: Option<LegId>,
    run: u16,
    from: Timestamp,
    limit: Limit,
) -> Run {
    let due_at = rules.calendar().due(from, limit);
    until(rules, grade, kind, leg, run, from, limit, due_at)
}

/// The same for a run whose due time is given: a resumed citizen clock, a next leg under the citizen cap.
#[expect(clippy::too_many_arguments, reason = "each is one coordinate of a run; a struct would only rename them")]
pub(crate) fn until(
    rules: &Rules,
    grade: Grade,
    kind: Kind,
    leg: Option<LegId>,
    run: u16,
    from: Timestamp,
    limit: Limit,
    due_at: Timestamp,
) -> Run {
    let limits = rules.profile().grade(grade);
    let yellow_at = yellow(rules, limits, limit, from, due_at);
    let steps = steps(rules, limits, kind, yellow_at, due_at);
    Run { kind, leg, run, limit, started_at: from, due_at, yellow_at, steps, paused_minutes: 0, mending: None }
}

/// When the time left is at most the greater of a share of the limit and (the lesser of a span and half the limit).
fn yellow(rules: &Rules, limits: &GradeLimits, limit: Limit, from: Timestamp, due_at: Timestamp) -> Timestamp {
    let calendar = rules.calendar();
    let measure = limit.measure();
    let whole = calendar.elapsed_minutes(measure, from, due_at);
    let share = whole.saturating_mul(u32::from(limits.yellow.percent)) / 100;
    let span = calendar.working_day_minutes().saturating_mul(u32::from(limits.yellow.working_days)).min(whole / 2);
    let left = share.max(span);
    calendar.advance(measure, from, whole.saturating_sub(left)).min(due_at)
}

fn steps(rules: &Rules, limits: &GradeLimits, kind: Kind, yellow_at: Timestamp, due_at: Timestamp) -> Vec<Step> {
    let after = |limit: Limit| rules.calendar().due(due_at, limit);
    let ladder = &limits.ladder;
    let l0 = Step { level: Level::L0, at: yellow_at };
    let l1 = Step { level: Level::L1, at: after(ladder.l1) };
    let all = || vec![l0, l1, Step { level: Level::L2, at: after(ladder.l2) }, Step { level: Level::L3, at: after(ladder.l3) }];
    match kind {
        Kind::Handle => all(),
        Kind::Sign | Kind::FirstContact | Kind::Stage if ladder.every_clock => all(),
        Kind::Sign | Kind::FirstContact | Kind::Stage => vec![l0, l1],
        // The hotline's own steps: whoever holds the step is told once it is late.
        Kind::Triage | Kind::Audit | Kind::Callback | Kind::Citizen | Kind::CallBack => {
            vec![Step { level: Level::L1, at: due_at }]
        }
        // The end of the rating window is a step too: the ticket closes.
        Kind::Rating => vec![Step { level: Level::L0, at: due_at }],
    }
}

/// Who is told when a level of a clock fires.
pub fn addressees(kind: Kind, level: Level) -> Vec<Addressee> {
    match kind {
        Kind::Triage => vec![Addressee::TriageDesk],
        Kind::Audit => vec![Addressee::AuditDesk],
        Kind::Callback => vec![Addressee::CallbackDesk],
        Kind::CallBack => vec![Addressee::TriageDesk, Addressee::SupervisorDesk],
        Kind::Citizen => vec![Addressee::SupervisorDesk],
        Kind::Rating => Vec::new(),
        Kind::Sign | Kind::FirstContact | Kind::Handle | Kind::Stage => match level {
            Level::L0 => vec![Addressee::Clerk],
            Level::L1 => vec![Addressee::Clerk, Addressee::UnitLeader, Addressee::District],
            Level::L2 => vec![Addressee::UnitHead],
            Level::L3 => vec![Addressee::DistrictLeader, Addressee::CityOffice],
        },
    }
}
