//! Audits of the clocks as messages.

use domain::clock::audit::{Difference, Value};
use kit::wire::{ClosedSet as _, timestamp};
use proto::tickets::v1 as pb;

use crate::audit::{Audited, Told};

/// What a caller is told.
pub(crate) fn told(told: &Told) -> pb::GetClockAuditResponse {
    let last = told.last.as_ref().map(|last| pb::ClockAudit {
        found: told.found.iter().map(difference).collect(),
        ..audited(last)
    });
    pb::GetClockAuditResponse {
        last,
        under_way: told.under_way.as_ref().map(audited),
        next_time: told.next_at.map(timestamp),
    }
}

fn audited(one: &Audited) -> pb::ClockAudit {
    pb::ClockAudit {
        start_time: Some(timestamp(one.begun_at)),
        end_time: one.ended_at.map(timestamp),
        tickets: one.sum.tickets,
        runs: one.sum.runs,
        levels: one.sum.levels,
        differences: one.sum.found,
        unreadable: one.sum.unreadable,
        excused: one.sum.excused,
        decided_otherwise: one.sum.decided_otherwise,
        found: Vec::new(),
    }
}

fn difference(one: &Difference) -> pb::ClockDifference {
    pb::ClockDifference {
        number: one.number.to_string(),
        version: one.version,
        record_time: Some(timestamp(one.at)),
        clock: one.clock.map_or(0, |id| id.kind.to_wire()),
        leg: one.clock.and_then(|id| id.leg).map_or(0, |leg| leg.0.into()),
        run: one.clock.map_or(0, |id| id.run.into()),
        what: one.what.as_str().to_owned(),
        level: one.what.level().map_or(0, |level| level.to_wire()),
        recorded: value(one.recorded),
        computed: value(one.computed),
    }
}

fn value(value: Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::At(at) => at.to_string(),
        Value::Points(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
        Value::Limit(limit) => limit.to_string(),
        Value::Minutes(minutes) => format!("{minutes} min"),
    }
}
