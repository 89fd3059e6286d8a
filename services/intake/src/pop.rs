//! The screen pop: what the caller has raised before, as the operator may see it.

use std::collections::VecDeque;

use domain::id::CallerHash;
use futures::future::try_join_all;
use kit::call::Call;
use kit::fault::{Code, Fault};
use kit::link::Link;
use proto::common::v1::Phase;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{GetTicketRequest, ListTicketsRequest, Ticket, TicketView};

use crate::NAME;
use crate::limits::{POP_PAGE_SIZE, POP_PAGES_MAX, POP_TICKETS_MAX};

/// A caller's tickets.
#[derive(Debug, Default)]
pub(crate) struct Pop {
    /// The latest, latest first, with their words.
    pub(crate) tickets: Vec<Ticket>,
    /// How many of all of them are open.
    pub(crate) open_count: u32,
}

/// Reads what a caller has raised, on behalf of the operator who has him on the line. Lists come in the order of
/// registration, so the latest stand on the last page; only theirs are opened.
pub(crate) async fn read(tickets: &Link, call: &Call, caller: &CallerHash) -> Result<Pop, Fault> {
    let mut client = TicketServiceClient::new(tickets.on_behalf_of(NAME, call));
    let mut latest = VecDeque::with_capacity(POP_TICKETS_MAX);
    let mut pop = Pop::default();
    let mut page_token = String::new();
    for _ in 0..POP_PAGES_MAX {
        let request = ListTicketsRequest {
            caller_hash: caller.as_str().to_owned(),
            page_size: POP_PAGE_SIZE,
            page_token,
            ..ListTicketsRequest::default()
        };
        let page = client.list_tickets(request).await?.into_inner();
        for ticket in page.tickets {
            pop.open_count += u32::from(ticket.phase() != Phase::Closed);
            if latest.len() == POP_TICKETS_MAX {
                latest.pop_front();
            }
            latest.push_back(ticket.number);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let opened = latest
        .into_iter()
        .rev()
        .map(|number| opened(client.clone(), number));
    pop.tickets = try_join_all(opened).await?.into_iter().flatten().collect();
    Ok(pop)
}

/// One ticket with its words; none when it has just been sealed away from this operator.
async fn opened(
    mut client: TicketServiceClient<kit::link::Line>,
    number: String,
) -> Result<Option<Ticket>, Fault> {
    let request = GetTicketRequest {
        number,
        view: TicketView::Full.into(),
    };
    match client.get_ticket(request).await.map_err(Fault::from) {
        Ok(answer) => Ok(answer.into_inner().ticket),
        Err(fault) if fault.code() == Code::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}
