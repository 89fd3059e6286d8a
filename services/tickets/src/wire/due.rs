//! What is due, and the clock it is due by.

use jiff::Timestamp;
use kit::clock::{Look, Why};
use kit::fault::Fault;
use kit::wire::{ClosedSet as _, optional_instant, timestamp};
use proto::common::v1 as common;
use proto::tickets::v1 as pb;

use crate::due::{Due, DuePage};
use crate::limits::CLOCK_REASON_CHARS_MAX;

/// A page of what is due.
pub(crate) fn due_page(page: DuePage) -> pb::ListDueClocksResponse {
    pb::ListDueClocksResponse {
        due: page.due.iter().map(due).collect(),
        next_time: page.next.map(timestamp),
        now_time: Some(timestamp(page.clock.now)),
        next_page_token: page.token,
        clock: Some(machine_clock(&page.clock)),
        up_time: Some(timestamp(page.up_since)),
    }
}

/// A level to fire.
fn due(due: &Due) -> pb::DueClock {
    pb::DueClock {
        number: due.number.to_string(),
        clock: due.clock.kind.to_wire(),
        leg: due.clock.leg.map_or(0, |leg| leg.0).into(),
        run: due.clock.run.into(),
        level: due.level.to_wire(),
        fire_time: Some(timestamp(due.at)),
    }
}

/// What a look at the clock has shown.
pub(crate) fn machine_clock(look: &Look) -> common::MachineClock {
    let doubt = look.doubt.map(|doubt| match doubt.why {
        Why::Leapt => common::ClockDoubt::Leapt,
        Why::BehindLedger => common::ClockDoubt::BehindLedger,
        Why::AheadOfLedger => common::ClockDoubt::AheadOfLedger,
    });
    common::MachineClock {
        now_time: Some(timestamp(look.now)),
        wall_time: Some(timestamp(look.wall)),
        expected_time: Some(timestamp(look.expected)),
        doubt: doubt.unwrap_or_default().into(),
        doubt_time: look.doubt.map(|doubt| timestamp(doubt.since)),
    }
}

/// How somebody knows that the clock is right, and which doubt he has looked at.
pub(crate) fn confirmation(request: &pb::ConfirmClockRequest) -> Result<(&str, Option<Timestamp>), Fault> {
    kit::call::request_id(&request.request_id)?;
    let reason = request.reason.trim();
    if reason.is_empty() {
        return Err(Fault::invalid(
            "reason",
            "请说明如何核对了时间",
            "say how the clock was checked",
        ));
    }
    if reason.chars().count() > CLOCK_REASON_CHARS_MAX {
        return Err(Fault::invalid(
            "reason",
            format!("最多 {CLOCK_REASON_CHARS_MAX} 个字"),
            format!("at most {CLOCK_REASON_CHARS_MAX} characters"),
        ));
    }
    let seen = optional_instant("doubt_time", request.doubt_time.as_ref())?;
    Ok((reason, seen))
}
