//! Missed calls between the contract and the use cases.

use domain::id::HolderId;
use domain::missed_call::{Cause, Command, End, State};
use jiff::Timestamp;
use kit::fault::Fault;
use kit::page::page_size;
use kit::wire::{ClosedSet as _, missing, optional_instant, timestamp};
use proto::intake::v1 as pb;

use super::{call_id, code, phone};
use crate::calls::CallId;
use crate::limits::{FIGURE_DAYS_DEFAULT, FIGURE_DAYS_MAX, PAGE_DEFAULT, PAGE_MAX};
use crate::missed::{Item, Said, Which};
use crate::ring_back::Listed;

/// A missed call as the telephone system reports it, its number on the way to the vault.
pub(crate) struct MissedReport {
    pub(crate) id: CallId,
    pub(crate) phone: Option<String>,
    pub(crate) called: String,
    pub(crate) queue: String,
    pub(crate) danger: bool,
    pub(crate) missed_at: Option<Timestamp>,
}

/// Which missed calls, and which page of them.
pub(crate) struct ListAsked {
    pub(crate) which: Which,
    pub(crate) overdue_only: bool,
    pub(crate) size: usize,
    pub(crate) page_token: String,
    pub(crate) days: u16,
}

/// A missed call that is reported.
pub(crate) fn missed_report(request: &pb::RecordMissedCallRequest) -> Result<MissedReport, Fault> {
    Ok(MissedReport {
        id: call_id(&request.call_id)?,
        phone: phone(&request.caller_number)?,
        called: code("called_number", &request.called_number)?,
        queue: code("queue", &request.queue)?,
        danger: request.danger_heard,
        missed_at: optional_instant("miss_time", request.miss_time.as_ref())?,
    })
}

/// Which missed calls.
pub(crate) fn missed_list(request: pb::ListMissedCallsRequest) -> Result<ListAsked, Fault> {
    let which = match pb::MissedCallState::try_from(request.state) {
        Ok(pb::MissedCallState::Unspecified | pb::MissedCallState::Ringing) => Which::Ringing,
        Ok(pb::MissedCallState::SmsOwed) => Which::SmsOwed,
        Ok(pb::MissedCallState::Ended) => Which::Ended,
        Err(_) => return Err(undefined("state")),
    };
    if request.overdue_only && which != Which::Ringing {
        return Err(Fault::invalid(
            "overdue_only",
            "仅用于待回拨的来电",
            "overdue_only: only of calls to be rung back",
        ));
    }
    let days = match request.figure_days {
        0 => Some(FIGURE_DAYS_DEFAULT),
        days => u16::try_from(days)
            .ok()
            .filter(|days| usize::from(*days) <= FIGURE_DAYS_MAX),
    };
    let days = days.ok_or_else(|| {
        Fault::invalid(
            "figure_days",
            format!("最多 {FIGURE_DAYS_MAX} 天"),
            format!("figure_days: at most {FIGURE_DAYS_MAX}"),
        )
    })?;
    Ok(ListAsked {
        which,
        overdue_only: request.overdue_only,
        size: page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?,
        page_token: request.page_token,
        days,
    })
}

/// What an operator says who has rung back. A ticket is named exactly where there is one.
pub(crate) fn call_back(request: &pb::RecordCallBackRequest, by: &HolderId) -> Result<Said, Fault> {
    let number = Some(request.number.as_str())
        .filter(|text| !text.is_empty())
        .map(kit::wire::number)
        .transpose()?;
    let command = match (pb::CallBackOutcome::try_from(request.outcome), number) {
        (Ok(pb::CallBackOutcome::Unspecified), _) => return Err(missing("outcome")),
        (Ok(pb::CallBackOutcome::Ticket), None) => return Err(missing("number")),
        (Ok(pb::CallBackOutcome::Ticket), number) => Command::Reached { number },
        (Ok(pb::CallBackOutcome::NotReached | pb::CallBackOutcome::NoConcern), Some(_)) => {
            return Err(Fault::invalid(
                "number",
                "该结果不应带工单编号",
                "number: a call back with this outcome has no ticket",
            ));
        }
        (Ok(pb::CallBackOutcome::NotReached), None) => Command::NotReached,
        (Ok(pb::CallBackOutcome::NoConcern), None) => Command::Reached { number: None },
        (Err(_), _) => return Err(undefined("outcome")),
    };
    Ok(Said {
        call: call_id(&request.call_id)?,
        request: kit::call::request_id(&request.request_id)?,
        by: by.clone(),
        command,
    })
}

/// The message was sent.
pub(crate) fn sms(request: &pb::RecordSmsRequest, by: &HolderId) -> Result<Said, Fault> {
    Ok(Said {
        call: call_id(&request.call_id)?,
        request: kit::call::request_id(&request.request_id)?,
        by: by.clone(),
        command: Command::SendSms,
    })
}

fn undefined(field: &'static str) -> Fault {
    Fault::invalid(
        field,
        format!("{field} 的取值未定义"),
        format!("{field}: not defined"),
    )
}

/// A missed call as it stands.
pub(crate) fn missed_call(item: &Item, now: Timestamp) -> pb::MissedCall {
    let call = &item.missed;
    let (state, end, end_time, number) = standing(call.state);
    let is_ringing = call.state == State::Ringing;
    // Of a withheld number nothing was ever due.
    let clock = (end != pb::MissedCallEnd::Withheld).then_some(&call.clock);
    let late = call.late.as_ref();
    let told = late.iter().flat_map(|late| &late.told);
    pb::MissedCall {
        call_id: item.call.0.as_str().to_owned(),
        latest_call_id: item.latest.0.as_str().to_owned(),
        called_number: item.from.called.clone(),
        queue: item.from.queue.clone(),
        cause: match call.cause {
            Cause::Unanswered => pb::MissedCallCause::Unanswered,
            Cause::CutOff => pb::MissedCallCause::CutOff,
        }
        .into(),
        danger_heard: call.danger,
        miss_time: Some(timestamp(call.clock.started_at)),
        limit: clock.map(|clock| clock.limit.to_string()).unwrap_or_default(),
        due_time: clock.map(|clock| timestamp(clock.due_at)),
        rules_version: call
            .clock
            .rules
            .as_ref()
            .map(|rules| rules.0.clone())
            .unwrap_or_default(),
        light: call.light(now).to_wire(),
        overdue: is_ringing && now > call.clock.due_at,
        calls: call.calls,
        tries: call.tries,
        last_try_time: call.recent_tries.last().copied().map(timestamp),
        late_time: late.map(|late| timestamp(late.at)),
        system_was_down: late.is_some_and(|late| late.system_was_down),
        told: told.map(|one| one.as_str().to_owned()).collect(),
        state: state.into(),
        end: end.into(),
        end_time,
        number,
        in_time: call.is_in_time().unwrap_or_default(),
    }
}

fn standing(
    state: State,
) -> (
    pb::MissedCallState,
    pb::MissedCallEnd,
    Option<prost_types::Timestamp>,
    String,
) {
    match state {
        State::Ringing => (
            pb::MissedCallState::Ringing,
            pb::MissedCallEnd::Unspecified,
            None,
            String::new(),
        ),
        State::SmsOwed { .. } => (
            pb::MissedCallState::SmsOwed,
            pb::MissedCallEnd::Unspecified,
            None,
            String::new(),
        ),
        State::Ended { end, at } => {
            let (how, number) = match end {
                End::Returned { number } => (pb::MissedCallEnd::Returned, number),
                End::CalledAgain => (pb::MissedCallEnd::CalledAgain, None),
                End::SmsSent => (pb::MissedCallEnd::SmsSent, None),
                End::Withheld => (pb::MissedCallEnd::Withheld, None),
            };
            let number = number.map(|number| number.to_string()).unwrap_or_default();
            (pb::MissedCallState::Ended, how, Some(timestamp(at)), number)
        }
    }
}

/// A page.
pub(crate) fn listed(list: &Listed, next_page_token: String) -> pb::ListMissedCallsResponse {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let counts = &list.counts;
    pb::ListMissedCallsResponse {
        missed_calls: list
            .items
            .iter()
            .map(|item| missed_call(item, list.as_of))
            .collect(),
        next_page_token,
        as_of_time: Some(timestamp(list.as_of)),
        ringing_count: count(list.open.ringing),
        overdue_count: count(list.open.overdue),
        sms_owed_count: count(list.open.sms_owed),
        figures: Some(pb::MissedCallFigures {
            missed: counts.missed,
            repeated: counts.repeated,
            withheld: counts.withheld,
            tried_in_time: counts.tried_in_time,
            returned_in_time: counts.returned_in_time,
            returned_late: counts.returned_late,
            called_again: counts.called_again,
            sms: counts.sms,
            late: counts.late,
            system_was_down: counts.system_was_down,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fault: &Fault) -> Vec<&str> {
        fault.fields().collect()
    }

    #[test]
    fn a_call_back_names_a_ticket_exactly_where_there_is_one() {
        let by = HolderId::parse("op-7").unwrap();
        let said = |outcome: pb::CallBackOutcome, number: &str| {
            let request = pb::RecordCallBackRequest {
                call_id: "c-1".to_owned(),
                request_id: "r-1".to_owned(),
                outcome: outcome.into(),
                number: number.to_owned(),
            };
            call_back(&request, &by).map(|said| said.command)
        };
        let number = "20261121-0000018";
        assert!(matches!(
            said(pb::CallBackOutcome::Ticket, number).unwrap(),
            Command::Reached { number: Some(_) }
        ));
        assert_eq!(
            said(pb::CallBackOutcome::NoConcern, "").unwrap(),
            Command::Reached { number: None }
        );
        assert_eq!(
            said(pb::CallBackOutcome::NotReached, "").unwrap(),
            Command::NotReached
        );
        for (outcome, text, field) in [
            (pb::CallBackOutcome::Ticket, "", "number"),
            (pb::CallBackOutcome::NotReached, number, "number"),
            (pb::CallBackOutcome::Unspecified, "", "outcome"),
        ] {
            assert_eq!(fields(&said(outcome, text).unwrap_err()), [field]);
        }
    }

    #[test]
    fn a_list_is_asked_for_within_its_limits() {
        let refused = |request: pb::ListMissedCallsRequest| {
            let fault = missed_list(request).err().unwrap();
            fields(&fault).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let asked = pb::ListMissedCallsRequest::default();
        assert_eq!(missed_list(asked.clone()).unwrap().days, FIGURE_DAYS_DEFAULT);
        let long = pb::ListMissedCallsRequest {
            figure_days: 401,
            ..asked.clone()
        };
        assert_eq!(refused(long), ["figure_days"]);
        let strange = pb::ListMissedCallsRequest {
            state: 99,
            ..asked.clone()
        };
        assert_eq!(refused(strange), ["state"]);
        let overdue = pb::ListMissedCallsRequest {
            state: pb::MissedCallState::Ended.into(),
            overdue_only: true,
            ..asked
        };
        assert_eq!(refused(overdue), ["overdue_only"]);
    }

    #[test]
    fn a_strange_number_of_a_missed_call_is_refused_unrepeated() {
        let request = pb::RecordMissedCallRequest {
            call_id: "c-1".to_owned(),
            caller_number: "sip:lin@example".to_owned(),
            ..pb::RecordMissedCallRequest::default()
        };
        let fault = missed_report(&request).err().unwrap();
        assert_eq!(fields(&fault), ["caller_number"]);
        assert!(!fault.zh().contains("lin") && !fault.en().contains("lin"));
    }
}
