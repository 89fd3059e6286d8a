//! What stands beside the phase, as messages: decisions, rulings, promises, orders, exclusions.

use domain::id::{LegId, UnitId};
use domain::ticket::{Act, Asked, Decision, Exclusion, ExclusionState, Order, Promise, Proposal, Ruling};
use jiff::Timestamp;
use kit::wire::{ClosedSet as _, timestamp};
use proto::tickets::v1 as pb;

use super::message::holder;

pub(super) fn ruling(ruling: &Ruling) -> pb::Ruling {
    pb::Ruling {
        unit: ruling.unit.to_string(),
        rule_time: Some(timestamp(ruling.at)),
        ruled_by: ruling.by.to_string(),
        proposes_entry: ruling.proposes,
        entry_accepted: ruling.accepted,
    }
}

pub(super) fn decision(decision: &Decision) -> pb::PendingDecision {
    let message = pb::PendingDecision {
        leg: decision.leg.0.into(),
        decider: holder(&decision.asked.decider()),
        ask_time: Some(timestamp(decision.at)),
        asked_by: decision.by.to_string(),
        ..pb::PendingDecision::default()
    };
    match &decision.asked {
        Asked::Return {
            reason, suggested, ..
        } => pb::PendingDecision {
            what: "return".to_owned(),
            return_reason: reason.to_wire(),
            suggested_unit: suggested.as_ref().map(ToString::to_string).unwrap_or_default(),
            ..message
        },
        Asked::Extension { days, .. } => pb::PendingDecision {
            what: "extension".to_owned(),
            working_days: (*days).into(),
            ..message
        },
        Asked::Suspension {
            ground,
            owner,
            check_at,
            until,
        } => {
            let asked = Promise {
                ground: *ground,
                owner: owner.clone(),
                check_at: *check_at,
                until: *until,
            };
            pb::PendingDecision {
                what: "suspension".to_owned(),
                promise: Some(promise(&asked, None)),
                ..message
            }
        }
        Asked::Termination { ground } => pb::PendingDecision {
            what: "termination".to_owned(),
            termination_ground: ground.to_wire(),
            ..message
        },
    }
}

pub(super) fn promise(promise: &Promise, since: Option<Timestamp>) -> pb::Promise {
    pb::Promise {
        ground: promise.ground.to_wire(),
        owner: promise.owner.to_string(),
        check_time: Some(timestamp(promise.check_at)),
        until_time: Some(timestamp(promise.until)),
        since_time: since.map(timestamp),
    }
}

pub(super) fn order(order: &Order) -> pb::Order {
    pb::Order {
        order: order.order.into(),
        unit: order.unit.to_string(),
        issue_time: Some(timestamp(order.issued_at)),
        due_time: Some(timestamp(order.due_at)),
        answer_time: order.answered_at.map(timestamp),
        leg: order.leg.map_or(0, |leg| leg.0.into()),
    }
}

pub(super) fn proposal(proposal: &Proposal) -> pb::Proposal {
    pb::Proposal {
        level: proposal.level.to_wire(),
        cause: proposal.cause.to_wire(),
        unit: proposal
            .unit
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        propose_time: Some(timestamp(proposal.at)),
    }
}

pub(super) fn exclusion(exclusion: &Exclusion) -> pb::Exclusion {
    let state = match exclusion.state {
        ExclusionState::Asked => "asked",
        ExclusionState::Reviewed { .. } => "reviewed",
        ExclusionState::Granted => "granted",
        ExclusionState::Refused => "refused",
    };
    pb::Exclusion {
        ground: exclusion.ground.to_wire(),
        state: state.to_owned(),
    }
}

pub(super) fn opinion((unit, said): (&UnitId, &Option<bool>)) -> pb::Opinion {
    pb::Opinion {
        unit: unit.to_string(),
        takes_it: *said,
    }
}

pub(super) fn endorsement((leg, act): &(LegId, Act)) -> pb::Endorsement {
    pb::Endorsement {
        leg: leg.0.into(),
        act: act.to_wire(),
    }
}
