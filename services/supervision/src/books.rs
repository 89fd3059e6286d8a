//! The book of open promises, the open supervision orders and what waits for the city office, as tickets shows them to
//! the caller.

use std::sync::Arc;

use domain::clock::Kind;
use domain::id::UnitId;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{ListTicketsRequest, ListTicketsResponse};

use crate::NAME;
use crate::open_tickets::Place;
use crate::service::{Page, Proposal, Supervision, Visible, bound_to, goes_on};

/// Which proposals.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct ProposalQuery {
    pub(crate) unit: Option<UnitId>,
    pub(crate) overdue_only: bool,
}

/// L4 or L5 as it waits for the city office.
#[derive(Debug, Clone)]
pub(crate) struct OpenProposal {
    pub(crate) ticket: Visible,
    pub(crate) proposal: Proposal,
    pub(crate) due_at: Timestamp,
    pub(crate) overdue: bool,
}

impl Supervision {
    /// A page of tickets, as the caller may see them.
    pub(crate) async fn page_of(
        &self,
        call: &Call,
        request: ListTicketsRequest,
    ) -> Result<ListTicketsResponse, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        Ok(tickets.list_tickets(request).await?.into_inner())
    }

    /// L4 and L5 that wait for the city office, the soonest due first; and the token of the next page.
    pub(crate) async fn list_proposals(
        &self,
        call: &Call,
        query: &ProposalQuery,
        page: &Page,
    ) -> Result<(Vec<OpenProposal>, String), Fault> {
        let rules = self.rules.current().await?;
        let scope = self.scope(call, query.unit.as_ref(), None, &rules)?;
        let bound = bound_to(&("proposals", &call.actor.holder, query))?;
        let after: Option<Place> = self.tokens.open_page(&bound, &page.token)?;
        let places = self.projection.state().open.with_clock(Kind::Proposal, after);

        let now = self.clock.now();
        let row = |_: &Place, ticket: &Visible| {
            let proposal = ticket.proposal.clone()?;
            let clock = ticket.clocks.iter().find(|clock| clock.kind == Kind::Proposal)?;
            let overdue = now > clock.due_at;
            let is_asked_for = scope.holds(proposal.unit.clone().map(Arc::new).as_ref(), &rules)
                && (overdue || !query.overdue_only);
            is_asked_for.then(|| OpenProposal {
                due_at: clock.due_at,
                overdue,
                proposal,
                ticket: ticket.clone(),
            })
        };
        let (rows, used) = self
            .fill(call, &places, |(.., number)| *number, row, page.size)
            .await?;
        let goes_on = goes_on(used, places.len(), rows.len() == page.size);
        let next = match used.checked_sub(1).and_then(|last| places.get(last)) {
            Some(last) if goes_on => self.tokens.seal(&bound, last),
            Some(_) | None => String::new(),
        };
        Ok((rows, next))
    }
}
