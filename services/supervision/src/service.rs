//! Use cases: what is due, what has fired, who has seen it. Every row is shown only after tickets has shown its ticket
//! to the caller.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::clock::Level;
use domain::id::{TicketNumber, UnitId};
use domain::rules::{Rules, UnitClass};
use domain::ticket::{Cause, PhaseName};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use kit::auth::Bearers;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::link::Link;
use kit::page::Tokens;
use kit::rules::RulesCache;
use proto::tickets::v1::ConfirmClockRequest;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::sync::Semaphore;

use crate::acknowledgements::Acknowledgements;
use crate::due_loop::{Standing, State, Status};
use crate::limits::{ASKED_AT_ONCE_MAX, LOOK_AHEAD, SCAN_MAX, WATCHERS_MAX};
use crate::notices::Outbox;
use crate::open_tickets::{Rank, Running};
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

/// A ticket as the caller was shown it.
#[derive(Debug, Clone)]
pub(crate) struct Visible {
    pub(crate) number: TicketNumber,
    pub(crate) phase: PhaseName,
    pub(crate) rank: Rank,
    pub(crate) step_holder: String,
    pub(crate) lead_unit: String,
    pub(crate) clocks: Vec<Running>,
    pub(crate) proposal: Option<Proposal>,
}

/// L4 or L5 as it waits for the city office.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) level: Level,
    pub(crate) cause: Cause,
    pub(crate) unit: Option<UnitId>,
    pub(crate) at: Timestamp,
}

/// What is late, who was told, who has seen it.
pub struct Supervision {
    pub(crate) tickets: Link,
    pub(crate) rules: Arc<RulesCache>,
    pub(crate) clock: SharedClock,
    pub(crate) drain: Drain,
    pub(crate) bearers: Bearers,
    pub(crate) started_at: Timestamp,
    pub(crate) tokens: Tokens,
    pub(crate) projection: Arc<Projection>,
    pub(crate) acknowledgements: Arc<Acknowledgements>,
    /// A place for each who watches escalations.
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) status: Status,
    /// None where notices are not configured.
    pub(crate) outbox: Option<Arc<Outbox>>,
    wake: Arc<Wake>,
}

impl Supervision {
    pub(crate) fn new(
        deps: Deps,
        projection: Arc<Projection>,
        acknowledgements: Arc<Acknowledgements>,
        (status, wake): (Status, Arc<Wake>),
        outbox: Option<Arc<Outbox>>,
    ) -> Self {
        let Deps {
            tickets,
            rules,
            clock,
            drain,
            bearers,
            started_at,
            token_key,
            ..
        } = deps;
        Self {
            tickets,
            rules,
            clock,
            drain,
            bearers,
            started_at,
            tokens: Tokens::new(token_key),
            projection,
            acknowledgements,
            watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
            status,
            outbox,
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

    /// The units an actor asks for, as far as he reaches.
    pub(crate) fn scope(
        &self,
        call: &Call,
        unit: Option<&UnitId>,
        district: Option<&UnitId>,
        rules: &Rules,
    ) -> Result<Scope, Fault> {
        let is_district = |id: &UnitId| {
            let unit = rules.units.get(id);
            unit.is_some_and(|unit| unit.class == UnitClass::District)
        };
        if district.is_some_and(|district| !is_district(district)) {
            return Err(Fault::invalid(
                "district",
                "没有这个区县",
                "district: no unit of the class district",
            ));
        }
        Ok(Scope::of(&call.actor, unit, rules).within(district, rules))
    }

    /// Fills a page from candidates in their order, with those whose ticket the caller may see. Answers the rows and how
    /// many candidates are used up.
    pub(crate) async fn fill<T, R>(
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

    /// Those of some tickets that the caller may see, as tickets shows them to him.
    pub(crate) async fn see(
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

/// Whether a page names a next one. A full page always does, though the next may be empty: were it only where candidates
/// are left, the token would tell a caller of rows he may not see.
pub(crate) fn goes_on(used: usize, candidates: usize, is_full: bool) -> bool {
    is_full || used < candidates
}

/// What a token is good for.
pub(crate) fn bound_to(query: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
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
