//! Questions: one ticket, lists, history, what is due. The caller's scope is applied to every row.

use std::collections::{BTreeMap, BTreeSet};

use domain::clock::{Kind, Light, light_of};
use domain::id::{AreaId, CallerHash, CategoryId, TicketNumber, UnitId};
use domain::redact;
use domain::ticket::{PhaseName, Recorded, RequestType, Secrecy, Ticket};
use domain::words::{Field, Sealed, Words};
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use serde::{Deserialize, Serialize};
use storage::port::ListKey;

use crate::limits::SCAN_MAX;
use crate::service::{Tickets, failed};
use crate::words::Opened;

/// Which tickets. Every filter that is set must fit.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Filter {
    pub(crate) unit: Option<UnitId>,
    pub(crate) phase: Option<PhaseName>,
    pub(crate) light: Option<Light>,
    pub(crate) kind: Option<RequestType>,
    pub(crate) area: Option<AreaId>,
    pub(crate) category: Option<CategoryId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) caller: Option<CallerHash>,
    pub(crate) open_order: bool,
    pub(crate) deadline_callback: bool,
}

/// A ticket with the words its reader may see.
pub(crate) struct Shown {
    pub(crate) ticket: Ticket,
    pub(crate) words: Words,
    pub(crate) erased: bool,
}

/// A fact with its words.
pub(crate) struct ShownFact {
    pub(crate) recorded: Recorded,
    pub(crate) words: Words,
}

impl ShownFact {
    pub(crate) fn without_words(recorded: Recorded) -> Self {
        Self {
            recorded,
            words: Words::new(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct After(TicketNumber);

#[derive(Serialize, Deserialize)]
struct AfterVersion(u32);

impl Tickets {
    /// One ticket; with its words where they are wanted and may be read.
    pub(crate) async fn show(
        &self,
        call: &Call,
        number: TicketNumber,
        with_words: bool,
    ) -> Result<Shown, Fault> {
        let ticket = self.see(call, number).await?;
        self.shown(call, ticket, with_words).await
    }

    pub(crate) async fn shown(&self, call: &Call, ticket: Ticket, with_words: bool) -> Result<Shown, Fault> {
        if !with_words || !redact::may_read_words(&ticket, &call.actor, &self.rules()) {
            return Ok(Shown {
                ticket,
                words: Words::new(),
                erased: false,
            });
        }
        let first = self.ledger.history(ticket.number, 0, 1).await.map_err(failed)?;
        let sealed: Vec<Sealed> = first
            .into_iter()
            .filter_map(|recorded| recorded.fact.words)
            .collect();
        let opened = self.safe.open(call, ticket.number, &sealed).await?.pop();
        Ok(match opened {
            Some(Opened::Words(words)) => Shown {
                ticket,
                words,
                erased: false,
            },
            Some(Opened::Erased) => Shown {
                ticket,
                words: Words::new(),
                erased: true,
            },
            None => Shown {
                ticket,
                words: Words::new(),
                erased: false,
            },
        })
    }

    /// Which of some tickets the caller may not know of.
    pub(crate) async fn hidden_from(
        &self,
        call: &Call,
        others: Vec<TicketNumber>,
    ) -> Result<BTreeSet<TicketNumber>, Fault> {
        let mut hidden = BTreeSet::new();
        if call.is_system() {
            return Ok(hidden);
        }
        let rules = self.rules();
        for number in others {
            let other = self.ledger.load(number).await.map_err(failed)?;
            if !other.is_some_and(|other| redact::may_see(&other, &call.actor, &rules)) {
                hidden.insert(number);
            }
        }
        Ok(hidden)
    }

    /// Which of the tickets that proofs call similar the caller is told of: open ones he may see. A unit is told of none,
    /// and nobody across a seal.
    pub(crate) async fn similar_shown(
        &self,
        call: &Call,
        of: &Ticket,
        similar: &[TicketNumber],
    ) -> Result<BTreeSet<TicketNumber>, Fault> {
        let mut shown = BTreeSet::new();
        if call.actor.role.is_of_a_unit() || call.actor.unit.is_some() || of.secrecy != Secrecy::Open {
            return Ok(shown);
        }
        let rules = self.rules();
        for number in similar {
            let like = self.ledger.load(*number).await.map_err(failed)?;
            let is_shown = |like: &Ticket| {
                like.secrecy == Secrecy::Open && !like.erased && redact::may_see(like, &call.actor, &rules)
            };
            if like.as_ref().is_some_and(is_shown) {
                shown.insert(*number);
            }
        }
        Ok(shown)
    }

    /// A page of tickets in the order of numbers, and the token of the next.
    pub(crate) async fn list(
        &self,
        call: &Call,
        filter: &Filter,
        size: usize,
        token: &str,
    ) -> Result<(Vec<Ticket>, String), Fault> {
        let query = serde_json::to_vec(&("list", &call.actor.holder, filter)).map_err(Fault::internal)?;
        let mut after = match token {
            "" => filter.from.and_then(|from| self.before_day_of(from)),
            token => Some(self.tokens.open::<After>(&query, token)?.0),
        };
        let keys = self.keys_of(call, filter);
        let (mut tickets, mut scanned) = (Vec::new(), 0);
        let now = self.clock.now();
        loop {
            let rows = self.merged(&keys, after, size).await?;
            let is_end = rows.len() < size;
            for ticket in rows {
                scanned += 1;
                after = Some(ticket.number);
                if filter.until.is_some_and(|until| ticket.registered_at >= until) {
                    return Ok((tickets, String::new()));
                }
                if redact::may_see(&ticket, &call.actor, &self.rules()) && self.fits(filter, &ticket, now) {
                    tickets.push(ticket);
                }
                if tickets.len() == size {
                    break;
                }
            }
            if tickets.len() == size || scanned >= SCAN_MAX {
                let token = after
                    .map(|number| self.tokens.seal(&query, &After(number)))
                    .unwrap_or_default();
                return Ok((tickets, token));
            }
            if is_end {
                return Ok((tickets, String::new()));
            }
        }
    }

    /// The lists a filter is answered from. A unit's own reading goes over itself and the units below it.
    fn keys_of(&self, call: &Call, filter: &Filter) -> Vec<ListKey> {
        let key = |unit: &UnitId| match filter.phase {
            Some(phase) => ListKey::UnitPhase(unit.clone(), phase),
            None => ListKey::Unit(unit.clone()),
        };
        if let Some(caller) = &filter.caller {
            return vec![ListKey::Caller(caller.clone())];
        }
        if let Some(unit) = &filter.unit {
            return vec![key(unit)];
        }
        if let Some(own) = &call.actor.unit
            && call.actor.role.is_of_a_unit()
        {
            let rules = self.rules();
            let below = rules
                .units
                .iter()
                .filter(|unit| rules.units.is_within(&unit.id, own));
            return below.map(|unit| key(&unit.id)).collect();
        }
        if filter.open_order {
            return vec![ListKey::OpenOrder];
        }
        if filter.deadline_callback {
            return vec![ListKey::DeadlineCallback];
        }
        match filter.phase {
            Some(phase) => vec![ListKey::Phase(phase)],
            None => vec![ListKey::All],
        }
    }

    /// Several lists as one, in the order of numbers, each ticket once.
    async fn merged(
        &self,
        keys: &[ListKey],
        after: Option<TicketNumber>,
        size: usize,
    ) -> Result<Vec<Ticket>, Fault> {
        if let [key] = keys {
            return self.ledger.list(key, after, size).await.map_err(failed);
        }
        let mut rows = BTreeMap::new();
        for key in keys {
            for ticket in self.ledger.list(key, after, size).await.map_err(failed)? {
                rows.insert(ticket.number, ticket);
            }
        }
        Ok(rows.into_values().take(size).collect())
    }

    fn fits(&self, filter: &Filter, ticket: &Ticket, now: Timestamp) -> bool {
        let rules = self.rules();
        let class = &ticket.classification;
        let area_fits = |wanted: &AreaId| {
            class
                .area
                .as_ref()
                .is_some_and(|area| rules.areas.is_within(area, wanted))
        };
        let category_fits =
            |wanted: &CategoryId| class.category.as_ref().is_some_and(|id| id.is_within(wanted));
        filter.phase.is_none_or(|phase| ticket.phase.name() == phase)
            && filter.light.is_none_or(|light| light_of(ticket, now) == light)
            && filter.kind.is_none_or(|kind| class.kind == kind)
            && filter.area.as_ref().is_none_or(area_fits)
            && filter.category.as_ref().is_none_or(category_fits)
            && filter.from.is_none_or(|from| ticket.registered_at >= from)
            && (!filter.open_order || ticket.open_order().is_some())
            && (!filter.deadline_callback || is_deadline_callback_due(ticket))
    }

    /// The highest number that can precede every number of the local day of `from`.
    fn before_day_of(&self, from: Timestamp) -> Option<TicketNumber> {
        let day = self.rules().calendar().local(from).date();
        TicketNumber::new(day.yesterday().ok()?, domain::id::SEQUENCE_MAX).ok()
    }

    /// A page of a ticket's history, and the token of the next.
    pub(crate) async fn events(
        &self,
        call: &Call,
        number: TicketNumber,
        with_words: bool,
        size: usize,
        token: &str,
    ) -> Result<(Vec<ShownFact>, String), Fault> {
        let ticket = self.see(call, number).await?;
        let query = serde_json::to_vec(&("events", &call.actor.holder, number)).map_err(Fault::internal)?;
        let after = if token.is_empty() {
            0
        } else {
            self.tokens.open::<AfterVersion>(&query, token)?.0
        };
        let recorded = self.ledger.history(number, after, size).await.map_err(failed)?;
        let last = recorded.last().map_or(after, |recorded| recorded.version);
        let next = if recorded.len() == size && last < ticket.version {
            self.tokens.seal(&query, &AfterVersion(last))
        } else {
            String::new()
        };
        let with_words = with_words && redact::may_read_words(&ticket, &call.actor, &self.rules());
        let shown = self.with_words(call, number, recorded, |_| with_words).await?;
        Ok((shown, next))
    }

    /// Facts with the words of those that are wanted; the caller must be one who may read them.
    pub(crate) async fn with_words(
        &self,
        call: &Call,
        number: TicketNumber,
        recorded: Vec<Recorded>,
        wanted: impl Fn(&Recorded) -> bool,
    ) -> Result<Vec<ShownFact>, Fault> {
        let sealed = |recorded: &Recorded| recorded.fact.words.clone().filter(|_| wanted(recorded));
        let closed: Vec<Sealed> = recorded.iter().filter_map(sealed).collect();
        let mut opened = self.safe.open(call, number, &closed).await?.into_iter();
        let shown = recorded.into_iter().map(|recorded| {
            let words = match sealed(&recorded).and_then(|_| opened.next()) {
                Some(Opened::Words(words)) => words,
                Some(Opened::Erased) | None => Words::new(),
            };
            ShownFact { recorded, words }
        });
        Ok(shown.collect())
    }

    /// A contact's identity as stored, and whether the caller may ask for it to be opened; of contact 0 the words the
    /// ticket began with.
    pub(crate) async fn sealed_contact(
        &self,
        call: &Call,
        number: TicketNumber,
        contact: u16,
    ) -> Result<(Option<Sealed>, bool), Fault> {
        let ticket = self.see(call, number).await?;
        if contact == 0 {
            let first = self.ledger.history(number, 0, 1).await.map_err(failed)?;
            return Ok((first.into_iter().find_map(|recorded| recorded.fact.words), false));
        }
        let contact = ticket
            .contacts
            .iter()
            .find(|one| one.id == contact)
            .ok_or_else(Fault::not_found)?;
        let may_unlock = redact::may_unlock(&ticket, &call.actor, &self.rules());
        let Some(slot) = contact.identity else {
            return Ok((None, may_unlock));
        };
        let mut after = 0;
        loop {
            let page = self
                .ledger
                .history(number, after, SCAN_MAX)
                .await
                .map_err(failed)?;
            let Some(last) = page.last() else {
                return Ok((None, may_unlock));
            };
            after = last.version;
            let identities = page.into_iter().filter_map(|recorded| recorded.fact.identity);
            if let Some(sealed) = identities.into_iter().find(|sealed| sealed.slot == slot) {
                return Ok((Some(sealed), may_unlock));
            }
        }
    }
}

/// Whether the resident is to be rung although nobody has answered him, 到期回访: C4 has passed without a reply.
pub(crate) fn is_deadline_callback_due(ticket: &Ticket) -> bool {
    ticket.runs(Kind::Callback) && ticket.phase.name() != PhaseName::CallbackDue
}

/// The tickets one is tied to: its incident, what it was split from, and with `children` what is merged into it.
pub(crate) fn tied_to(ticket: &Ticket, children: bool) -> Vec<TicketNumber> {
    let children = ticket.incident.children.keys().filter(move |_| children);
    let merged = ticket.merged.as_ref().map(|merged| merged.into);
    let tied = merged
        .into_iter()
        .chain(ticket.split_from)
        .chain(children.copied());
    tied.collect()
}

/// What the resident said, as a ticket shows it.
pub(crate) fn subject_of(words: &Words) -> (&str, &str, &str) {
    (
        words.get(Field::Subject),
        words.get(Field::Body),
        words.get(Field::Place),
    )
}
