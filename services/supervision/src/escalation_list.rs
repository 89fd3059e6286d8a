//! What has fired: the list, row by row as tickets shows it, and who has seen it.

use domain::clock::Level;
use domain::id::{RequestId, UnitId};
use domain::rules::Rules;
use domain::ticket::Cause;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use serde::{Deserialize, Serialize};

use crate::acknowledgements::{Acknowledged, Side};
use crate::escalations::{self, Escalation, EscalationId};
use crate::limits::{PASSED_OVER_MAX, SCAN_MAX};
use crate::scope::Scope;
use crate::service::{Page, Supervision, Visible, bound_to, goes_on};
use crate::{NAME, wire};

/// Which escalations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EscalationQuery {
    pub(crate) unit: Option<UnitId>,
    pub(crate) district: Option<UnitId>,
    pub(crate) level: Option<Level>,
    pub(crate) cause: Option<Cause>,
    pub(crate) told: Option<String>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) open_only: bool,
}

/// An escalation and who has seen it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) escalation: Escalation,
    pub(crate) acknowledged: Option<Acknowledged>,
}

/// Which escalation somebody has seen, under which name, and what is done.
#[derive(Debug)]
pub(crate) struct Acknowledging {
    pub(crate) id: EscalationId,
    pub(crate) request: RequestId,
    /// In words; empty when nothing is said.
    pub(crate) note: String,
}

impl EscalationQuery {
    /// Whether an escalation is asked for and within reach.
    pub(crate) fn takes(&self, one: &Escalation, scope: &Scope, rules: &Rules) -> bool {
        let is_told = |told: &String| one.told.iter().any(|name| name == told);
        self.level.is_none_or(|level| one.level >= level)
            && self.cause.is_none_or(|cause| one.cause == Some(cause))
            && self.told.as_ref().is_none_or(is_told)
            && self.since.is_none_or(|since| one.fired_at >= since)
            && self.until.is_none_or(|until| one.fired_at < until)
            && scope.holds(one.unit.as_ref(), rules)
    }
}

impl Supervision {
    /// Levels that have fired, latest first, and the token of the next page.
    pub(crate) async fn list_escalations(
        &self,
        call: &Call,
        query: &EscalationQuery,
        page: &Page,
    ) -> Result<(Vec<Shown>, String), Fault> {
        let rules = self.rules.current().await?;
        let scope = self.scope(call, query.unit.as_ref(), query.district.as_ref(), &rules)?;
        let bound = bound_to(&("escalations", &call.actor.holder, query))?;
        let before: Option<escalations::Place> = self.tokens.open_page(&bound, &page.token)?;

        let before = before
            .into_iter()
            .chain(query.until.map(escalations::first_at))
            .min();
        let side = Side::of(call.actor.role);
        let fits = |one: &Escalation| {
            query.takes(one, &scope, &rules)
                && !(query.open_only && self.acknowledgements.of(&one.id(), side).is_some())
        };
        let candidates = candidates(
            self.projection.state().escalations.between(query.since, before),
            fits,
        );
        let row = |one: &Escalation, _: &Visible| Some(self.shown(one.clone(), call));
        let (rows, used) = self
            .fill(call, &candidates.rows, |one| one.number, row, page.size)
            .await?;
        let goes_on = goes_on(used, candidates.rows.len(), rows.len() == page.size);
        let next = match used.checked_sub(1).and_then(|last| candidates.rows.get(last)) {
            Some(last) if goes_on => Some(last.place()),
            Some(_) | None => candidates.more_after,
        };
        Ok((
            rows,
            next.map(|place| self.tokens.seal(&bound, &place))
                .unwrap_or_default(),
        ))
    }

    /// Somebody has seen it and acts. What he may not see does not exist. What he says of it is a note of the ticket's, under
    /// its key: no words are kept here.
    pub(crate) async fn acknowledge(
        &self,
        call: &Call,
        acknowledging: &Acknowledging,
    ) -> Result<Shown, Fault> {
        let Acknowledging { id, request, note } = acknowledging;
        let rules = self.rules.current().await?;
        let found = self.projection.state().escalations.get(id).cloned();
        let escalation = found.ok_or_else(Fault::not_found)?;
        if !Scope::of(&call.actor, None, &rules).holds(escalation.unit.as_ref(), &rules) {
            return Err(Fault::not_found());
        }
        if !self
            .see(call, [escalation.number])
            .await?
            .contains_key(&escalation.number)
        {
            return Err(Fault::not_found());
        }
        let holder = &call.actor.holder;
        self.acknowledgements.refuse_reused(id, holder, request)?;
        if !note.is_empty() {
            self.note(call, &escalation, request, note).await?;
        }
        let now = self.clock.now();
        let acknowledged = self
            .acknowledgements
            .keep(
                id,
                (holder, Side::of(call.actor.role)),
                request,
                !note.is_empty(),
                now,
            )
            .await?;
        Ok(Shown {
            escalation,
            acknowledged: Some(acknowledged),
        })
    }

    /// Notes with the ticket what somebody does about an escalation. The same request notes it once.
    async fn note(
        &self,
        call: &Call,
        escalation: &Escalation,
        request: &RequestId,
        note: &str,
    ) -> Result<(), Fault> {
        let named = RequestId::parse(&format!("ack:{}", request.as_str())).map_err(|_| {
            Fault::invalid(
                "request_id",
                "附说明时，请求编号至多 124 个字符",
                "request_id: at most 124 characters with a note",
            )
        })?;
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        let request = wire::annotate(escalation.number, named.as_str().to_owned(), note.to_owned());
        tickets.annotate(request).await?;
        Ok(())
    }

    /// With who has seen it: of the caller's own side, else of the other.
    pub(crate) fn shown(&self, escalation: Escalation, call: &Call) -> Shown {
        let side = Side::of(call.actor.role);
        let acknowledged = self.acknowledgements.of_any(&escalation.id(), side);
        Shown {
            escalation,
            acknowledged,
        }
    }
}

/// Escalations that may fill a page.
#[derive(Debug)]
struct Candidates {
    rows: Vec<Escalation>,
    /// Where to go on when they are used up; none at the end.
    more_after: Option<escalations::Place>,
}

/// Takes what fits, looking at a bounded number.
fn candidates<'a>(
    latest_first: impl Iterator<Item = &'a Escalation>,
    fits: impl Fn(&Escalation) -> bool,
) -> Candidates {
    let mut candidates = Candidates {
        rows: Vec::new(),
        more_after: None,
    };
    for (count, one) in latest_first.enumerate() {
        if count == PASSED_OVER_MAX || candidates.rows.len() == SCAN_MAX {
            return candidates;
        }
        if fits(one) {
            candidates.rows.push(one.clone());
        }
        candidates.more_after = Some(one.place());
    }
    candidates.more_after = None;
    candidates
}
