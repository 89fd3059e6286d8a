//! Explanations as messages.

use domain::clock::explain::{Bound, Clause, Explanation, Line, Move, Span, Step, Verdict};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::wire::{ClosedSet as _, optional, optional_unit, timestamp};
use proto::tickets::v1 as pb;

use super::message::clock;
use crate::explain::Which;

/// Which clocks are asked for.
pub(crate) fn which(request: &pb::ExplainClockRequest) -> Result<Which, Fault> {
    let unit = optional_unit("unit", &request.unit)?;
    Ok(match optional("kind", request.kind)? {
        Some(kind) => Which::Kind { kind, unit },
        None if request.all => Which::All { unit },
        None => Which::Holders { unit },
    })
}

/// One explanation, with its picture of an instant where it is wanted.
pub(crate) fn explanation(one: &Explanation<'_>, pictured_at: Option<Timestamp>) -> pb::Explanation {
    let verdict = one.verdict();
    let (field, statute) = match &one.clause {
        Clause::Field(field) => (field.clone(), String::new()),
        Clause::Statute(clause) => (String::new(), clause.clone()),
        Clause::Given | Clause::Merged | Clause::Unknown => (String::new(), String::new()),
    };
    let bounds = match &verdict {
        Verdict::Bounded(bounds) => bounds.iter().map(|bound| bound_name(*bound).to_owned()).collect(),
        Verdict::Agrees | Verdict::Differs { .. } => Vec::new(),
    };
    let computed_time = match verdict {
        Verdict::Differs { computed_at } => Some(timestamp(computed_at)),
        Verdict::Agrees | Verdict::Bounded(_) => None,
    };
    pb::Explanation {
        clock: Some(clock(&one.clock)),
        unit: one.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        rules_version: one.limits_of.0.clone(),
        profile: one.rules.profile().name.clone(),
        field,
        statute,
        cause: one.cause.to_owned(),
        steps: one.steps.iter().map(|of| step(one, of)).collect(),
        levels: levels(one),
        agrees: computed_time.is_none(),
        computed_time,
        bounds,
        full: one.full().into_iter().map(line).collect(),
        short: one.short().into_iter().map(line).collect(),
        svg: pictured_at.map_or_else(String::new, |now| one.svg_at(now)),
    }
}

fn step(one: &Explanation<'_>, step: &Step<'_>) -> pb::ExplainedStep {
    pb::ExplainedStep {
        kind: move_name(&step.what).to_owned(),
        record_time: Some(timestamp(step.at)),
        cause: step.cause.to_owned(),
        from_time: Some(timestamp(step.from)),
        to_time: Some(timestamp(step.to)),
        spans: one.spans(step).into_iter().map(span).collect(),
    }
}

fn span(span: Span) -> pb::ExplainedSpan {
    pb::ExplainedSpan {
        from_date: span.from.to_string(),
        to_date: span.to.to_string(),
        days: span.days,
        minutes: span.minutes,
        kind: span.kind.as_str().to_owned(),
        counts: span.kind.counts(),
        skipped_days: span.skipped,
    }
}

fn levels(one: &Explanation<'_>) -> Vec<pb::ExplainedLevel> {
    let fired = one.fired.iter().map(|fired| pb::ExplainedLevel {
        level: fired.level.to_wire(),
        due_time: Some(timestamp(fired.due_at)),
        fire_time: Some(timestamp(fired.at)),
        system_was_down: fired.system_was_down,
    });
    let ahead = one
        .clock
        .run
        .steps
        .iter()
        .filter(|step| one.clock.is_ahead(step.level));
    let ahead = ahead.map(|step| pb::ExplainedLevel {
        level: step.level.to_wire(),
        due_time: Some(timestamp(step.at)),
        fire_time: None,
        system_was_down: false,
    });
    fired.chain(ahead).collect()
}

fn line(line: Line) -> pb::ExplainedLine {
    pb::ExplainedLine {
        zh: line.zh,
        en: line.en,
    }
}

fn move_name(what: &Move) -> &'static str {
    match what {
        Move::Limit(_) => "limit",
        Move::Ringing(_) => "ringing",
        Move::Rested { .. } => "rested",
        Move::Extended(_) => "extended",
        Move::Stands => "stands",
        Move::Rederived => "rederived",
        Move::Bound(_) => "bound",
        Move::Unexplained => "unexplained",
    }
}

fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::CitizenCap => "citizen_cap",
        Bound::ShareOfCap => "share_of_cap",
        Bound::LeadsTime => "leads_time",
        Bound::Floor(_) => "floor",
        Bound::Merged => "merged",
        Bound::Given => "given",
        Bound::NeverEarlier => "never_earlier",
        Bound::NotLater => "not_later",
    }
}
