//! The book of open promises and the open supervision orders, as tickets shows them to the caller.

use kit::call::Call;
use kit::fault::Fault;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{ListTicketsRequest, ListTicketsResponse};

use crate::NAME;
use crate::service::Supervision;

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
}
