//! Rulings 裁定 as precedents, and as the directory entries they propose.
//!
//! The ticket's event is the truth; the rules follow it. Publishing is idempotent by the entry's code and is made up for
//! by the same request again and at the next start.

use std::cmp::Reverse;

use domain::id::{AreaId, CategoryId, EntryId, TicketNumber};
use domain::redact;
use domain::refusal::Reason;
use domain::rules::{AreaLevel, Bundle, Conditions, Entry, Lead, Rules};
use domain::ticket::{Command, DecideEntry, Event, Ruling, Secrecy, Ticket};
use domain::words::Field;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use storage::port::{Ledger, ListKey, ROWS_MAX};

use crate::draft::proposed_entry;
use crate::limits::RULINGS_SCAN_MAX;
use crate::service::{Tickets, checked, failed};
use crate::words::Opened;

/// How the entries that rulings have made are named.
const PREFIX: &str = "ruling-";

/// An earlier ruling.
pub(crate) struct Precedent {
    pub(crate) ticket: Ticket,
    pub(crate) ruling: Ruling,
    pub(crate) reason: String,
}

/// Nearest to what.
pub(crate) enum Near {
    Ticket(TicketNumber),
    Matter(CategoryId, Option<AreaId>),
}

impl Tickets {
    /// Earlier rulings the caller may know of, the nearest first.
    pub(crate) async fn rulings(
        &self,
        call: &Call,
        near: Near,
        size: usize,
    ) -> Result<Vec<Precedent>, Fault> {
        let (category, area, own) = match near {
            Near::Matter(category, area) => (category, area, None),
            Near::Ticket(number) => {
                let ticket = self.see(call, number).await?;
                let class = ticket.classification;
                let category = class
                    .category
                    .ok_or_else(|| Fault::refused(Reason::NotClassified.into()))?;
                (category, class.area, Some(number))
            }
        };
        let rules = self.rules();
        let mut found: Vec<(Nearness, Ticket, Ruling)> = Vec::new();
        for ticket in ruled(&*self.ledger, &category).await? {
            let is_other = Some(ticket.number) != own && redact::may_see(&ticket, &call.actor, &rules);
            if let Some(ruling) = ticket.ruling.clone().filter(|_| is_other) {
                let nearness = nearness(&ticket, &ruling, &category, area.as_ref(), &rules);
                found.push((nearness, ticket, ruling));
            }
        }
        found.sort_by_key(|(nearness, ticket, _)| Reverse((*nearness, ticket.number)));
        found.truncate(size);
        let mut precedents = Vec::with_capacity(found.len());
        for (_, ticket, ruling) in found {
            let reason = self.reason_of(call, &ticket).await?;
            precedents.push(Precedent {
                ticket,
                ruling,
                reason,
            });
        }
        Ok(precedents)
    }

    /// Why the latest ruling on a ticket was made.
    async fn reason_of(&self, call: &Call, ticket: &Ticket) -> Result<String, Fault> {
        let (mut after, mut sealed) = (0, None);
        loop {
            let page = self
                .ledger
                .history(ticket.number, after, ROWS_MAX)
                .await
                .map_err(failed)?;
            let Some(last) = page.last() else { break };
            after = last.version;
            let mut ruled = page
                .into_iter()
                .filter(|recorded| matches!(recorded.fact.event, Event::Ruled { .. }));
            sealed = ruled
                .next_back()
                .and_then(|recorded| recorded.fact.words)
                .or(sealed);
        }
        let opened = self
            .safe
            .open(call, ticket.number, sealed.as_slice())
            .await?
            .pop();
        Ok(match opened {
            Some(Opened::Words(words)) => words.get(Field::Reason).to_owned(),
            Some(Opened::Erased) | None => String::new(),
        })
    }

    /// An entry is accepted only where rules with it would hold. Of a sealed ticket its code gives no number away.
    pub(crate) fn check_entry(&self, ticket: &Ticket, command: &mut Command) -> Result<(), Fault> {
        let Command::DecideEntry(DecideEntry { entry: Some(code) }) = command else {
            return Ok(());
        };
        *code = code_of(ticket)?;
        if ticket.classification.category.is_none() {
            return Err(Fault::refused(Reason::NotClassified.into()));
        }
        match self.proposed(ticket, self.clock.now())? {
            Some(bundle) => checked(bundle).map(drop),
            None => Ok(()),
        }
    }

    /// Publishes what a ticket's accepted ruling adds to the directory, unless that is there already.
    pub(crate) async fn catch_up(&self, call: &Call, ticket: Option<&Ticket>) -> Result<(), Fault> {
        let Some(ticket) = ticket.filter(|ticket| is_accepted(ticket)) else {
            return Ok(());
        };
        let _one = self.publishing.lock().await;
        let now = self.clock.now();
        let Some(bundle) = self.proposed(ticket, now)? else {
            return Ok(());
        };
        let next = match self.in_force.next() {
            Some(next) => {
                let mut waiting = next.rules.bundle().clone();
                if let Some(entry) = entry_of(ticket, &next.rules, now)?.filter(|entry| fits(entry, &waiting))
                {
                    add(&mut waiting, entry, ticket)?;
                }
                Some(waiting)
            }
            None => None,
        };
        self.replace(call, bundle, next, now).await?;
        Ok(())
    }

    /// The rules in force with the entry that a ticket's ruling proposes; none where it is in them or proposes none.
    fn proposed(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<Bundle>, Fault> {
        let rules = self.rules();
        let Some(entry) = entry_of(ticket, &rules, now)? else {
            return Ok(None);
        };
        let mut bundle = rules.bundle().clone();
        Ok(add(&mut bundle, entry, ticket)?.then_some(bundle))
    }
}

/// Puts the entry of a ticket's ruling before all others, since of entries equally near the first wins. False where it
/// is there already, under whatever code.
fn add(bundle: &mut Bundle, entry: Entry, ticket: &Ticket) -> Result<bool, Fault> {
    let codes = [proposed_entry(ticket.number)?, blank_code(ticket)?];
    let is_there = bundle.directory.iter().any(|one| codes.contains(&one.id));
    if !is_there {
        bundle.directory.insert(0, entry);
    }
    Ok(!is_there)
}

/// A bundle of the city's files with the entries that rulings added to the one before. An entry of the same code in
/// the files stands; so a city takes one back.
pub(crate) fn carried_over(mut bundle: Bundle, before: &Bundle) -> Bundle {
    let is_new = |entry: &&Entry| !bundle.directory.iter().any(|one| one.id == entry.id);
    let ruled = before
        .directory
        .iter()
        .filter(|entry| entry.id.as_str().starts_with(PREFIX));
    let kept: Vec<Entry> = ruled
        .filter(is_new)
        .filter(|entry| fits(entry, &bundle))
        .cloned()
        .collect();
    bundle.directory.splice(0..0, kept);
    bundle
}

/// Whether what an entry names is still there.
fn fits(entry: &Entry, bundle: &Bundle) -> bool {
    let unit = match &entry.lead {
        Lead::Unit(lead) => bundle.units.iter().any(|unit| unit.id == *lead),
        Lead::District | Lead::Street => true,
    };
    let category = bundle.categories.iter().any(|one| one.id == entry.category);
    let area = entry
        .area
        .as_ref()
        .is_none_or(|area| bundle.areas.iter().any(|one| one.id == *area));
    unit && category && area
}

/// Rules with the entries of accepted rulings that are not in them; none when all are.
pub(crate) async fn missing(ledger: &dyn Ledger, rules: &Rules) -> Result<Option<Bundle>, Fault> {
    let mut bundle = rules.bundle().clone();
    let mut is_new = false;
    let tops = rules.categories.iter().filter(|one| one.id.parent().is_none());
    for top in tops {
        let tickets = ruled(ledger, &top.id).await?;
        for ticket in tickets.iter().filter(|ticket| is_accepted(ticket)) {
            let entry = entry_of(ticket, rules, ticket.updated_at)?;
            if let Some(entry) = entry.filter(|entry| fits(entry, &bundle)) {
                is_new |= add(&mut bundle, entry, ticket)?;
            }
        }
    }
    Ok(is_new.then_some(bundle))
}

fn is_accepted(ticket: &Ticket) -> bool {
    let ruling = ticket.ruling.as_ref();
    ruling.is_some_and(|ruling| ruling.accepted == Some(true))
}

/// What a ticket's ruling proposes; none where it proposes nothing or the matter is of no known category.
fn entry_of(ticket: &Ticket, rules: &Rules, at: Timestamp) -> Result<Option<Entry>, Fault> {
    let Some(ruling) = ticket.ruling.as_ref().filter(|ruling| ruling.proposes) else {
        return Ok(None);
    };
    let Some(category) = ticket.classification.category.clone() else {
        return Ok(None);
    };
    let basis = match ticket.secrecy {
        Secrecy::Open => format!("裁定 {}", ticket.number),
        Secrecy::Sealed { .. } => "裁定（密件）".to_owned(),
    };
    Ok(Some(Entry {
        id: code_of(ticket)?,
        category,
        area: ticket.classification.area.clone(),
        when: Conditions::default(),
        lead: Lead::Unit(ruling.unit.clone()),
        co: Vec::new(),
        basis,
        from: rules.calendar().local(at).date(),
        until: None,
    }))
}

/// The directory is everybody's to read: of a sealed ticket it shows no number.
fn code_of(ticket: &Ticket) -> Result<EntryId, Fault> {
    match ticket.secrecy {
        Secrecy::Open => proposed_entry(ticket.number),
        Secrecy::Sealed { .. } => blank_code(ticket),
    }
}

/// A code that tells nobody which ticket it is of.
fn blank_code(ticket: &Ticket) -> Result<EntryId, Fault> {
    let part = ticket.query_code.get(..16).unwrap_or_default();
    EntryId::parse(&format!("{PREFIX}{part}")).map_err(Fault::internal)
}

/// Every ticket with a ruling whose category has the same top.
async fn ruled(ledger: &dyn Ledger, category: &CategoryId) -> Result<Vec<Ticket>, Fault> {
    let (key, mut tickets, mut after) = (ListKey::ruled_like(category), Vec::new(), None);
    while tickets.len() < RULINGS_SCAN_MAX {
        let page = ledger.list(&key, after, ROWS_MAX).await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = Some(last.number);
        tickets.extend(page);
    }
    Ok(tickets)
}

/// How near an earlier ruling is to a matter; the greater the nearer.
type Nearness = (u8, u8, Timestamp);

fn nearness(
    ticket: &Ticket,
    ruling: &Ruling,
    category: &CategoryId,
    area: Option<&AreaId>,
    rules: &Rules,
) -> Nearness {
    let class = &ticket.classification;
    let is_sibling = |other: &CategoryId| other.parent().is_some() && other.parent() == category.parent();
    let by_category = match &class.category {
        Some(other) if other == category => 2,
        Some(other) if is_sibling(other) => 1,
        Some(_) | None => 0,
    };
    let district = |area: &AreaId| district_of(area, rules);
    let by_area = match (&class.area, area) {
        (Some(other), Some(area)) if other == area => 2,
        (Some(other), Some(area)) if district(other).is_some() && district(other) == district(area) => 1,
        _ => 0,
    };
    (by_category, by_area, ruling.at)
}

fn district_of(area: &AreaId, rules: &Rules) -> Option<AreaId> {
    let mut line = rules.areas.line(area);
    line.find(|one| one.level == AreaLevel::District)
        .map(|one| one.id.clone())
}
