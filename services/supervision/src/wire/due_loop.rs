//! How the due loop stands.

use jiff::SignedDuration;
use kit::wire::timestamp;
use proto::supervision::v1 as pb;
use proto::tickets::v1 as tickets;

use crate::due_loop::{Standing, State};

/// The loop.
pub(crate) fn due_loop(standing: &Standing, lag: SignedDuration) -> pb::DueLoop {
    let state = match standing.state {
        State::Running => pb::DueLoopState::Running,
        State::Halted => pb::DueLoopState::Halted,
        State::CutOff => pb::DueLoopState::CutOff,
    };
    // What was to come when it last asked, and has come meanwhile, is due.
    let (oldest, next) = match (standing.oldest, standing.next) {
        (None, Some(next)) if lag > SignedDuration::ZERO => (Some(next), None),
        both => both,
    };
    pb::DueLoop {
        state: state.into(),
        clock: standing.clock,
        lag_ms: u64::try_from(lag.as_millis()).unwrap_or(0),
        oldest_due_time: oldest.map(timestamp),
        next_due_time: next.map(timestamp),
        last_pass_time: standing.last_pass_at.map(timestamp),
        fired_count: standing.fired,
        down_count: standing.down,
        stuck_count: u32::try_from(standing.stuck).unwrap_or(u32::MAX),
        up_time: standing.up_since.map(timestamp),
    }
}

/// Tells tickets who stands for its clock.
pub(crate) fn confirmation(request: pb::ConfirmClockRequest) -> tickets::ConfirmClockRequest {
    tickets::ConfirmClockRequest {
        request_id: request.request_id,
        reason: request.reason,
        doubt_time: request.doubt_time,
    }
}
