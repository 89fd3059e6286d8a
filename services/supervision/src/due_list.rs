//! What is near and past due: the list, row by row as tickets shows it, and its figures.

use domain::clock::{Kind, Level, Light};
use domain::id::UnitId;
use domain::rules::Rules;
use domain::ticket::Grade;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};

use crate::open_tickets::{self, Asked, Order, Summary};
use crate::scope::Scope;
use crate::service::{Page, Supervision, Visible, bound_to, goes_on};

/// Which due tickets.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DueQuery {
    pub(crate) unit: Option<UnitId>,
    pub(crate) district: Option<UnitId>,
    pub(crate) level: Option<Level>,
    pub(crate) grade: Option<Grade>,
    pub(crate) clock: Option<Kind>,
    pub(crate) overdue_only: bool,
    pub(crate) order: Order,
}

/// A ticket near or past due.
#[derive(Debug, Clone)]
pub(crate) struct DueTicket {
    pub(crate) ticket: Visible,
    pub(crate) clock: Kind,
    pub(crate) clock_unit: String,
    pub(crate) due_at: Timestamp,
    pub(crate) light: Light,
    pub(crate) used_percent: u32,
}

/// A page of them.
#[derive(Debug)]
pub(crate) struct DueList {
    pub(crate) rows: Vec<DueTicket>,
    pub(crate) next: String,
    pub(crate) as_of: Option<Timestamp>,
}

/// Where a list goes on: pages of one list are cut at one instant, or risk would move rows between them.
#[derive(Serialize, Deserialize)]
struct GoesOn {
    at: Timestamp,
    after: open_tickets::Place,
}

impl DueQuery {
    fn asked<'a>(&self, scope: &'a Scope, rules: &'a Rules, now: Timestamp) -> Asked<'a> {
        Asked {
            scope,
            rules,
            overdue_only: self.overdue_only,
            level: self.level,
            grade: self.grade,
            clock: self.clock,
            order: self.order,
            now,
        }
    }
}

impl Supervision {
    /// Tickets near or past due, in the order asked for.
    pub(crate) async fn list_due(
        &self,
        call: &Call,
        query: &DueQuery,
        page: &Page,
    ) -> Result<DueList, Fault> {
        let rules = self.rules.current().await?;
        let scope = self.scope(call, query.unit.as_ref(), query.district.as_ref(), &rules)?;
        let bound = bound_to(&("due", &call.actor.holder, query))?;
        let from: Option<GoesOn> = self.tokens.open_page(&bound, &page.token)?;
        let now = from.as_ref().map_or_else(|| self.clock.now(), |from| from.at);
        let asked = query.asked(&scope, &rules, now);

        let (places, as_of) = {
            let state = self.projection.state();
            (state.open.due(&asked, from.map(|from| from.after)), state.as_of)
        };
        let row = |_: &open_tickets::Place, ticket: &Visible| due_row(ticket, &asked);
        let (rows, used) = self
            .fill(call, &places, |(.., number)| *number, row, page.size)
            .await?;
        let goes_on = goes_on(used, places.len(), rows.len() == page.size);
        let next = match used.checked_sub(1).and_then(|last| places.get(last)) {
            Some(after) if goes_on => self.tokens.seal(
                &bound,
                &GoesOn {
                    at: now,
                    after: *after,
                },
            ),
            Some(_) | None => String::new(),
        };
        Ok(DueList { rows, next, as_of })
    }

    /// How many are near and past due, of the tickets the caller may see.
    pub(crate) async fn due_summary(
        &self,
        call: &Call,
        query: &DueQuery,
    ) -> Result<(Summary, Option<Timestamp>), Fault> {
        let rules = self.rules.current().await?;
        let scope = self.scope(call, query.unit.as_ref(), query.district.as_ref(), &rules)?;
        let asked = query.asked(&scope, &rules, self.clock.now());
        let state = self.projection.state();
        Ok((state.open.summary(&asked, &call.actor), state.as_of))
    }
}

/// The row of a ticket as it now stands; none when nothing of it presses any more.
fn due_row(ticket: &Visible, asked: &Asked<'_>) -> Option<DueTicket> {
    let clock = asked.pressing(ticket.rank, &ticket.clocks)?;
    let light = if asked.now > clock.due_at {
        Light::Red
    } else {
        Light::Yellow
    };
    Some(DueTicket {
        clock: clock.kind,
        clock_unit: clock
            .unit
            .as_ref()
            .map(|unit| unit.to_string())
            .unwrap_or_default(),
        due_at: clock.due_at,
        light,
        used_percent: u32::try_from(clock.used(asked.now).max(0) / 10_000).unwrap_or(u32::MAX),
        ticket: ticket.clone(),
    })
}
