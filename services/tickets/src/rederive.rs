//! Other working days are known than running clocks were computed with: every open ticket is told, one command each
//! (domain.md, section 4, rule 6). Goes through the open tickets whenever rules with another calendar take force, and
//! once after a start; who has been told is passed over, so that being stopped half-way does no harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::{RequestId, RulesVersion, TicketNumber};
use domain::rules::{Rules, Under};
use domain::ticket::{Command, PhaseName, Rederive, Ticket};
use domain::words::Words;
use futures::StreamExt as _;
use kit::call::Call;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use storage::port::{ListKey, ROWS_MAX};

use crate::NAME;
use crate::draft::{Deed, Order};
use crate::limits::{REDERIVE_LOOK, REDERIVE_PASSES_MAX, REDERIVE_RETRY, REDERIVED_AT_ONCE_MAX};
use crate::service::{Tickets, failed};

/// Until the process drains.
pub(crate) async fn run(tickets: Arc<Tickets>, drain: Drain) {
    let mut told: Option<RulesVersion> = None;
    loop {
        let rules = tickets.rules();
        let mut pause = REDERIVE_LOOK;
        if told.as_ref() != Some(rules.version()) {
            match tickets.rederive_until_all_are_told(&rules, &drain).await {
                Ok(count) => {
                    if count > 0 {
                        tracing::info!(count, version = %rules.version().0, "clocks derived anew: the calendar has changed");
                    }
                    told = Some(rules.version().clone());
                }
                Err(fault) => {
                    tracing::warn!(reason = fault.reason(), %fault, "clocks were not derived anew, trying again");
                    pause = REDERIVE_RETRY;
                }
            }
        }
        tokio::select! {
            () = tickets.rederive.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = drain.draining() => return,
        }
    }
}

impl Tickets {
    /// Goes through the open tickets until nobody is left to be told: one that moves back to a phase that was gone through
    /// is met the next time. How many were told.
    async fn rederive_until_all_are_told(&self, rules: &Arc<Rules>, drain: &Drain) -> Result<usize, Fault> {
        let mut told = 0;
        for _ in 0..REDERIVE_PASSES_MAX {
            let count = self.rederive_all(rules, drain).await?;
            told += count;
            if count == 0 || drain.is_draining() {
                return Ok(told);
            }
        }
        Err(Fault::internal(
            "open tickets move faster than they are told of a calendar",
        ))
    }

    /// Tells every open ticket whose clocks rest on another calendar; how many.
    async fn rederive_all(&self, rules: &Arc<Rules>, drain: &Drain) -> Result<usize, Fault> {
        if rules.bundle().publication.is_none() {
            // The first there are: nothing rests on others.
            return Ok(0);
        }
        let (mut calendars, mut count) = (BTreeMap::new(), 0);
        for phase in PhaseName::ALL.iter().filter(|phase| **phase != PhaseName::Closed) {
            let mut after: Option<TicketNumber> = None;
            loop {
                let key = ListKey::Phase(*phase);
                let page = self.ledger.list(&key, after, ROWS_MAX).await.map_err(failed)?;
                let Some(last) = page.last() else { break };
                after = Some(last.number);
                let mut moved = Vec::new();
                for ticket in page {
                    if !self.rests_on(&ticket, rules, &mut calendars).await? {
                        moved.push(ticket);
                    }
                }
                let telling = futures::stream::iter(moved).map(|ticket| self.rederive_one(ticket, rules));
                let mut told = telling.buffer_unordered(REDERIVED_AT_ONCE_MAX);
                while let Some(told) = told.next().await {
                    count += usize::from(told?);
                }
                if drain.is_draining() {
                    return Ok(count);
                }
            }
        }
        Ok(count)
    }

    /// Whether a ticket's clocks were computed with the calendar of these rules.
    async fn rests_on(
        &self,
        ticket: &Ticket,
        rules: &Arc<Rules>,
        calendars: &mut BTreeMap<RulesVersion, bool>,
    ) -> Result<bool, Fault> {
        let Some(derived) = &ticket.derived_under else {
            return Ok(false);
        };
        if let Some(same) = calendars.get(derived) {
            return Ok(*same);
        }
        let then = self.rules_under(&Under::new(derived, None)).await?;
        let same = then.calendar() == rules.calendar();
        calendars.insert(derived.clone(), same);
        Ok(same)
    }

    /// Whether anything of it was recorded.
    async fn rederive_one(&self, ticket: Ticket, rules: &Arc<Rules>) -> Result<bool, Fault> {
        let history = self.whole_history(ticket.number).await?;
        let mut versions: BTreeMap<RulesVersion, Arc<Rules>> = BTreeMap::new();
        for recorded in &history {
            if !versions.contains_key(&recorded.rules) {
                let then = self.rules_under(&Under::new(&recorded.rules, None)).await?;
                versions.insert(recorded.rules.clone(), then);
            }
        }
        let version = |wanted: &RulesVersion| versions.get(wanted).map(AsRef::as_ref);
        let Some(rederive) = Rederive::of(&ticket, &history, version) else {
            return Ok(false);
        };
        let short = rules.version().0.get(..16).unwrap_or_default();
        let request = format!("rederive:{}:{short}", ticket.number);
        let order = Order {
            number: ticket.number,
            request: RequestId::parse(&request).map_err(Fault::internal)?,
            expected: None,
            deed: Deed::Alone(Command::Rederive(rederive)),
            words: Words::default(),
            identity: None,
            content: request.into_bytes(),
        };
        match self.execute(&Call::of_role(NAME), order).await {
            Ok(_) => Ok(true),
            // Nothing of it changes, or it has just ended.
            Err(fault) if matches!(fault.code(), Code::FailedPrecondition | Code::NotFound) => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}
