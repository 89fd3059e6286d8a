//! Use cases: what is due, what has fired, who has seen it. Every row is shown only after tickets has shown its ticket
//! to the caller.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::clock::{Kind, Level, Light};
use domain::id::{RequestId, TicketNumber, UnitId};
use domain::ticket::PhaseName;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use kit::call::Call;
use kit::clock::SharedClock;
use kit::fault::{Code, Fault};
use kit::link::Link;
use kit::page::Tokens;
use kit::rules::RulesCache;
use proto::tickets::v1::ConfirmClockRequest;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::acknowledgements::{Acknowledged, Acknowledgements};
use crate::due_loop::{Standing, State, Status};
use crate::escalations::{self, Escalation, EscalationId};
use crate::limits::{ASKED_AT_ONCE_MAX, LOOK_AHEAD, PASSED_OVER_MAX, SCAN_MAX};
use crate::open_tickets::{self, Asked, Running};
use crate::projection::Projection;
use crate::scope::Scope;
use crate::wake::Wake;
use crate::{Deps, NAME, wire};

/// A page that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) size: usize,
    pub(crate) token: String,
}

/// Which due tickets.
#[derive(Debug, Clone, Default)]
pub(crate) struct DueQuery {
    pub(crate) unit: Option<UnitId>,
    pub(crate) overdue_only: bool,
}

/// Which escalations.
#[derive(Debug, Clone, Default)]
pub(crate) struct EscalationQuery {
    pub(crate) unit: Option<UnitId>,
    pub(crate) level: Option<Level>,
    pub(crate) open_only: bool,
}

/// A ticket as the caller was shown it.
#[derive(Debug, Clone)]
pub(crate) struct Visible {
    pub(crate) number: TicketNumber,
    pub(crate) phase: PhaseName,
    pub(crate) level: Option<Level>,
    pub(crate) step_holder: String,
    pub(crate) lead_unit: String,
    pub(crate) clocks: Vec<Running>,
}

/// A ticket near or past due.
#[derive(Debug, Clone)]
pub(crate) struct DueTicket {
    pub(crate) ticket: Visible,
    pub(crate) clock: Kind,
    pub(crate) due_at: Timestamp,
    pub(crate) light: Light,
}

/// A page of them.
#[derive(Debug)]
pub(crate) struct DueList {
    pub(crate) rows: Vec<DueTicket>,
    pub(crate) next: String,
    pub(crate) as_of: Option<Timestamp>,
}

/// An escalation and who has seen it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) escalation: Escalation,
    pub(crate) acknowledged: Option<Acknowledged>,
}

/// What is late, who was told, who has seen it.
pub struct Supervision {
    pub(crate) tickets: Link,
    rules: Arc<RulesCache>,
    pub(crate) clock: SharedClock,
    tokens: Tokens,
    projection: Arc<Projection>,
    acknowledgements: Arc<Acknowledgements>,
    pub(crate) status: Status,
    wake: Arc<Wake>,
}

impl Supervision {
    pub(crate) fn new(
        deps: Deps,
        projection: Arc<Projection>,
        acknowledgements: Arc<Acknowledgements>,
        (status, wake): (Status, Arc<Wake>),
    ) -> Self {
        let Deps {
            tickets,
            rules,
            clock,
            token_key,
            ..
        } = deps;
        Self {
            tickets,
            rules,
            clock,
            tokens: Tokens::new(token_key),
            projection,
            acknowledgements,
            status,
            wake,
        }
    }

    /// How the due loop stands, with the clock of tickets as it is now.
    pub(crate) async fn due_loop(&self) -> (Standing, SignedDuration) {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets.list_due_clocks(wire::first_due_clock()).await;
        let (mut standing, lag) = self.status.now();
        match answer {
            Ok(answer) => standing.heard(answer.into_inner().clock),
            Err(_) => standing.state = State::CutOff,
        }
        (standing, lag)
    }

    /// Somebody stands for the clock of tickets, and the loop goes on.
    pub(crate) async fn confirm_clock(
        &self,
        call: &Call,
        confirmation: ConfirmClockRequest,
    ) -> Result<(Standing, SignedDuration), Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        tickets.confirm_clock(confirmation).await?;
        self.wake.stir();
        Ok(self.due_loop().await)
    }

    /// Tickets near or past due, the most overdue first.
    pub(crate) async fn list_due(
        &self,
        call: &Call,
        query: &DueQuery,
        page: &Page,
    ) -> Result<DueList, Fault> {
        let rules = self.rules.current().await?;
        let scope = Scope::of(&call.actor, query.unit.as_ref(), &rules);
        let now = self.clock.now();
        let asked = Asked {
            scope: &scope,
            rules: &rules,
            overdue_only: query.overdue_only,
            now,
        };
        let bound = bound_to(&("due", &call.actor.holder, &query.unit, query.overdue_only))?;
        let after: Option<open_tickets::Place> = self.tokens.open_page(&bound, &page.token)?;

        let (places, as_of) = {
            let state = self.projection.state();
            (state.open.due(&asked, after), state.as_of)
        };
        let (rows, used) = self
            .fill(
                call,
                &places,
                |(_, number)| *number,
                |_, ticket| due_row(ticket, &asked),
                page.size,
            )
            .await?;
        let goes_on = goes_on(used, places.len(), rows.len() == page.size);
        let next = match used.checked_sub(1).and_then(|last| places.get(last)) {
            Some(last) if goes_on => self.tokens.seal(&bound, last),
            Some(_) | None => String::new(),
        };
        Ok(DueList { rows, next, as_of })
    }

    /// Levels that have fired, latest first, and the token of the next page.
    pub(crate) async fn list_escalations(
        &self,
        call: &Call,
        query: &EscalationQuery,
        page: &Page,
    ) -> Result<(Vec<Shown>, String), Fault> {
        let rules = self.rules.current().await?;
        let scope = Scope::of(&call.actor, query.unit.as_ref(), &rules);
        let bound = bound_to(&(
            "escalations",
            &call.actor.holder,
            &query.unit,
            query.level,
            query.open_only,
        ))?;
        let before: Option<escalations::Place> = self.tokens.open_page(&bound, &page.token)?;

        let fits = |one: &Escalation| {
            query.level.is_none_or(|level| one.level >= level)
                && scope.holds(one.unit.as_ref(), &rules)
                && !(query.open_only && self.acknowledgements.of(&one.id()).is_some())
        };
        let candidates = candidates(self.projection.state().escalations.before(before), fits);
        let row = |one: &Escalation, _: &Visible| Some(self.shown(one.clone()));
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

    /// Fills a page from candidates in their order, with those whose ticket the caller may see. Answers the rows and how
    /// many candidates are used up.
    async fn fill<T, R>(
        &self,
        call: &Call,
        candidates: &[T],
        number: impl Fn(&T) -> TicketNumber,
        row: impl Fn(&T, &Visible) -> Option<R>,
        size: usize,
    ) -> Result<(Vec<R>, usize), Fault> {
        let (mut rows, mut used) = (Vec::with_capacity(size), 0);
        for ahead in candidates[..candidates.len().min(SCAN_MAX)].chunks(LOOK_AHEAD) {
            let visible = self.see(call, ahead.iter().map(&number)).await?;
            for one in ahead {
                if rows.len() == size {
                    return Ok((rows, used));
                }
                used += 1;
                rows.extend(visible.get(&number(one)).and_then(|ticket| row(one, ticket)));
            }
        }
        Ok((rows, used))
    }

    /// Somebody has seen it and acts. What he may not see does not exist.
    pub(crate) async fn acknowledge(
        &self,
        call: &Call,
        id: &EscalationId,
        request: &RequestId,
    ) -> Result<Shown, Fault> {
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
        let now = self.clock.now();
        let acknowledged = self
            .acknowledgements
            .keep(id, &call.actor.holder, request, now)
            .await?;
        Ok(Shown {
            escalation,
            acknowledged: Some(acknowledged),
        })
    }

    fn shown(&self, escalation: Escalation) -> Shown {
        let acknowledged = self.acknowledgements.of(&escalation.id());
        Shown {
            escalation,
            acknowledged,
        }
    }

    /// Those of some tickets that the caller may see, as tickets shows them to him.
    async fn see(
        &self,
        call: &Call,
        numbers: impl IntoIterator<Item = TicketNumber>,
    ) -> Result<HashMap<TicketNumber, Visible>, Fault> {
        let numbers: BTreeSet<TicketNumber> = numbers.into_iter().collect();
        let look = |number: TicketNumber| {
            let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
            async move {
                match tickets
                    .get_ticket(wire::get_ticket(number))
                    .await
                    .map_err(Fault::from)
                {
                    Ok(answer) => wire::visible(answer.into_inner()).map(|ticket| Some((number, ticket))),
                    Err(fault) if fault.code() == Code::NotFound => Ok(None),
                    Err(fault) => Err(fault),
                }
            }
        };
        let seen: Vec<_> = futures::stream::iter(numbers)
            .map(look)
            .buffer_unordered(ASKED_AT_ONCE_MAX)
            .try_collect()
            .await?;
        Ok(seen.into_iter().flatten().collect())
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

/// The row of a ticket as it now stands; none when nothing of it presses any more.
fn due_row(ticket: &Visible, asked: &Asked<'_>) -> Option<DueTicket> {
    let clock = asked.pressing(&ticket.clocks)?;
    let light = if asked.now > clock.due_at {
        Light::Red
    } else {
        Light::Yellow
    };
    Some(DueTicket {
        clock: clock.kind,
        due_at: clock.due_at,
        light,
        ticket: ticket.clone(),
    })
}

/// Whether a page names a next one. A full page always does, though the next may be empty: were it only where candidates
/// are left, the token would tell a caller of rows he may not see.
fn goes_on(used: usize, candidates: usize, is_full: bool) -> bool {
    is_full || used < candidates
}

fn bound_to(query: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(query).map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_goes_on_whether_or_not_anything_is_left_that_may_not_be_seen() {
        assert_eq!(goes_on(2, 2, true), goes_on(2, 3, true));
        assert!(!goes_on(2, 2, false), "everything was looked at");
        assert!(goes_on(2_000, 2_001, false), "a short page before the end");
    }
}
