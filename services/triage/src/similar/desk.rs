//! Answers: candidates while the operator types, and what is like a matter for whoever triages it.
//!
//! What the index finds is read through tickets on behalf of whoever asks: what he may not see vanishes, and so does what
//! was sealed a moment ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::access::Role;
use domain::duplicate::{self, Candidate, Earlier, Matter, Place};
use domain::id::{CallerHash, TicketNumber};
use domain::rules::Rules;
use futures::future::try_join_all;
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::link::Link;
use kit::rules::RulesCache;
use kit::wire as contract;
use proto::common::v1::Phase;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{GetTicketRequest, ListTicketsRequest, Ticket, TicketView};
use proto::vault::v1::HashCallerRequest;
use proto::vault::v1::vault_service_client::VaultServiceClient;

use super::index::{Hit, Telling};
use super::wire::{Asked, Subject};
use super::{Progress, Similar};
use crate::NAME;
use crate::limits::{CALLER_PAGE_SIZE, CALLER_PAGES_MAX, RECHECKED_MAX, SIMILAR_MAX};

/// The links of the desk.
pub(crate) struct Links {
    pub(crate) tickets: Link,
    pub(crate) vault: Link,
}

/// Answers what is alike.
pub(crate) struct Desk {
    similar: Arc<Similar>,
    links: Links,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
}

/// A candidate, as whoever asks may see it.
pub(crate) struct Found {
    pub(crate) ticket: Ticket,
    pub(crate) likeness: f64,
    pub(crate) candidate: Candidate,
    pub(crate) is_same_caller: bool,
    /// The ticket that was alike, where it has been merged into `ticket`.
    pub(crate) merged: Option<TicketNumber>,
}

/// Candidates, and how far the index has come.
pub(crate) struct Duplicates {
    pub(crate) found: Vec<Found>,
    pub(crate) progress: Progress,
}

/// A past ticket about something alike.
pub(crate) struct Like {
    pub(crate) ticket: Ticket,
    pub(crate) closeness: f64,
}

impl Desk {
    pub(crate) fn new(
        similar: Arc<Similar>,
        links: Links,
        rules: Arc<RulesCache>,
        clock: SharedClock,
        drain: Drain,
    ) -> Self {
        Self {
            similar,
            links,
            rules,
            clock,
            drain,
        }
    }

    /// The tickets that may be about the same matter, the likest first.
    pub(crate) async fn duplicates(&self, call: &Call, asked: Asked) -> Result<Duplicates, Fault> {
        let rules = self.rules.current().await?;
        let (progress, now) = (self.similar.progress(), self.clock.now());
        let (told, own, phone) = match asked.subject {
            Subject::Ticket(number) => match self.telling_of(call, number).await? {
                Some(told) => (told, Some(number), String::new()),
                None => {
                    return Ok(Duplicates {
                        found: Vec::new(),
                        progress,
                    });
                }
            },
            Subject::Text(typed) => {
                let mut told = self
                    .similar
                    .telling(&rules, &typed.words, typed.category, typed.area)?;
                told.place.position = typed.position.or(told.place.position);
                (told, None, typed.phone)
            }
        };
        let told = Arc::new(told);
        let (hits, callers) = tokio::try_join!(
            self.alike(&rules, &told, now),
            self.tickets_of_caller(call, &phone)
        )?;
        let mut found = self.of_caller(&rules, &told, &callers, now);
        let known: BTreeSet<String> = callers.iter().map(|ticket| ticket.number.clone()).collect();
        found.extend(self.shown(call, hits, &known).await?);
        found.retain(|one| contract::number(&one.ticket.number).ok() != own);
        Ok(Duplicates {
            found: best(found, asked.most),
            progress,
        })
    }

    /// What the index holds of a ticket the caller may see; none where it holds nothing, as of one that is sealed.
    async fn telling_of(&self, call: &Call, number: TicketNumber) -> Result<Option<Telling>, Fault> {
        let ticket = self.seen(call, number).await?.ok_or_else(Fault::not_found)?;
        Ok(if ticket.sealed {
            None
        } else {
            self.similar.index().telling(number)
        })
    }

    /// Looking at a million sketches takes milliseconds: on a thread made for that.
    async fn alike(
        &self,
        rules: &Arc<Rules>,
        told: &Arc<Telling>,
        now: Timestamp,
    ) -> Result<Vec<Hit>, Fault> {
        let (similar, rules, told) = (Arc::clone(&self.similar), Arc::clone(rules), Arc::clone(told));
        let work = move || similar.index().duplicates(&rules, &told, now, RECHECKED_MAX);
        Ok(self.drain.block("look for duplicates", work).await)
    }

    /// The open tickets of whoever rings from a number, as the operator may see them.
    async fn tickets_of_caller(&self, call: &Call, phone: &str) -> Result<Vec<Ticket>, Fault> {
        let Some(caller) = self.caller_hash(phone).await? else {
            return Ok(Vec::new());
        };
        let mut client = TicketServiceClient::new(self.links.tickets.on_behalf_of(NAME, call));
        let mut tickets = Vec::new();
        let mut page_token = String::new();
        for _ in 0..CALLER_PAGES_MAX {
            let request = ListTicketsRequest {
                caller_hash: caller.as_str().to_owned(),
                page_size: CALLER_PAGE_SIZE,
                page_token,
                ..ListTicketsRequest::default()
            };
            let page = client.list_tickets(request).await?.into_inner();
            tickets.extend(page.tickets.into_iter().filter(|ticket| !ticket.sealed));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        Ok(tickets)
    }

    async fn caller_hash(&self, phone: &str) -> Result<Option<CallerHash>, Fault> {
        if phone.is_empty() {
            return Ok(None);
        }
        let request = HashCallerRequest {
            phone: phone.to_owned(),
        };
        let mut vault = VaultServiceClient::new(self.links.vault.as_role(NAME));
        let answer = vault.hash_caller(request).await?.into_inner();
        contract::optional_caller_hash("caller_number", &answer.caller_hash)
    }

    /// The caller's own open tickets of the category.
    fn of_caller(&self, rules: &Rules, told: &Telling, callers: &[Ticket], now: Timestamp) -> Vec<Found> {
        let nowhere = Place::default();
        let index = self.similar.index();
        let judged = |ticket: &Ticket| {
            let number = contract::number(&ticket.number).ok()?;
            let category = contract::optional_category("category", &ticket.category).ok()?;
            let likeness = index.likeness(number, &told.pairs).unwrap_or(0.0);
            let earlier = Earlier {
                registered_at: now,
                is_open: ticket.phase() != Phase::Closed,
                is_same_caller: true,
                // Likeness is the index's to judge: here the caller alone counts.
                likeness: 0.0,
            };
            let new = Matter {
                category: told.category.as_ref(),
                area: None,
                place: &nowhere,
            };
            let old = Matter {
                category: category.as_ref(),
                ..new
            };
            let candidate = duplicate::judge(rules, new, old, earlier, now)?;
            Some(Found {
                ticket: ticket.clone(),
                likeness,
                candidate,
                is_same_caller: true,
                merged: None,
            })
        };
        callers.iter().filter_map(judged).collect()
    }

    /// What was found, as the caller may see it; of a merged ticket its incident.
    async fn shown(
        &self,
        call: &Call,
        hits: Vec<Hit>,
        callers: &BTreeSet<String>,
    ) -> Result<Vec<Found>, Fault> {
        let shown = hits.into_iter().map(async |hit| {
            let Some(ticket) = self.seen(call, hit.number).await?.filter(|ticket| !ticket.sealed) else {
                return Ok(None);
            };
            let is_same_caller = callers.contains(&ticket.number);
            let (ticket, merged) = match self.incident_of(call, &ticket).await? {
                Some(incident) => (incident, Some(hit.number)),
                None => (ticket, None),
            };
            Ok::<_, Fault>(Some(Found {
                ticket,
                likeness: hit.likeness,
                candidate: hit.candidate,
                is_same_caller,
                merged,
            }))
        });
        Ok(try_join_all(shown).await?.into_iter().flatten().collect())
    }

    async fn incident_of(&self, call: &Call, ticket: &Ticket) -> Result<Option<Ticket>, Fault> {
        if ticket.merged_into.is_empty() {
            return Ok(None);
        }
        let number = contract::number(&ticket.merged_into)?;
        let incident = self.seen(call, number).await?;
        Ok(incident.filter(|incident| !incident.sealed))
    }

    /// A ticket without its words; none where the caller may not see it.
    async fn seen(&self, call: &Call, number: TicketNumber) -> Result<Option<Ticket>, Fault> {
        let request = GetTicketRequest {
            number: number.to_string(),
            view: TicketView::Basic.into(),
        };
        let mut client = TicketServiceClient::new(self.links.tickets.on_behalf_of(NAME, call));
        match client.get_ticket(request).await.map_err(Fault::from) {
            Ok(answer) => Ok(answer.into_inner().ticket),
            Err(fault) if fault.code() == Code::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Past tickets about something alike, the closest first, as the caller may see them; none for those who bring
    /// matters in and look at nothing. What cannot be found out just now is left out.
    pub(crate) async fn like(&self, call: &Call, subject: Option<Subject>) -> Vec<Like> {
        let looks = !matches!(call.actor.role, Role::Citizen | Role::Channel | Role::System);
        let Some(subject) = subject.filter(|_| looks) else {
            return Vec::new();
        };
        self.closest(call, subject).await.unwrap_or_else(|fault| {
            tracing::debug!(reason = fault.reason(), "past tickets are not shown");
            Vec::new()
        })
    }

    /// The ticket that tells the very same already, so alike that the operator must answer, as far as the caller may see it.
    /// A help at best: where looking fails there is none.
    pub(crate) async fn told_before(&self, call: &Call, subject: Option<Subject>) -> Option<Found> {
        let looks = !matches!(call.actor.role, Role::Citizen | Role::Channel | Role::System);
        let subject = subject.filter(|_| looks)?;
        let asked = Asked { subject, most: 1 };
        let answer = self.duplicates(call, asked).await.inspect_err(|fault| {
            tracing::debug!(reason = fault.reason(), "what was told before is not shown");
        });
        let found = answer.ok()?.found.into_iter().next()?;
        found.candidate.must_answer.then_some(found)
    }

    async fn closest(&self, call: &Call, subject: Subject) -> Result<Vec<Like>, Fault> {
        let rules = self.rules.current().await?;
        let (told, own) = match subject {
            Subject::Ticket(number) => match self.telling_of(call, number).await? {
                Some(told) => (told, Some(number)),
                None => return Ok(Vec::new()),
            },
            Subject::Text(typed) => {
                let told = self
                    .similar
                    .telling(&rules, &typed.words, typed.category, typed.area)?;
                (told, None)
            }
        };
        let similar = Arc::clone(&self.similar);
        // Some may be out of the caller's sight.
        let work = move || similar.nearest(&told, own, 2 * SIMILAR_MAX);
        let nearest = self.drain.block("look for past tickets", work).await;
        let read = nearest.into_iter().map(async |one| {
            let ticket = self.seen(call, one.number).await?;
            let ticket = ticket.filter(|ticket| !ticket.sealed);
            let closeness = one.closeness;
            Ok::<_, Fault>(ticket.map(|ticket| Like { ticket, closeness }))
        });
        let like = try_join_all(read).await?;
        Ok(like.into_iter().flatten().take(SIMILAR_MAX).collect())
    }
}

/// The likest first; of what leads to one ticket the likest, and whose caller is the same.
fn best(found: Vec<Found>, most: usize) -> Vec<Found> {
    let mut by_number: BTreeMap<String, Found> = BTreeMap::new();
    for one in found {
        match by_number.entry(one.ticket.number.clone()) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(one);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let known = place.get_mut();
                let is_same_caller = known.is_same_caller || one.is_same_caller;
                let rank = |found: &Found| matches!(found.candidate.ground, duplicate::Ground::Alike(_));
                if (rank(&one), one.likeness) > (rank(known), known.likeness) {
                    *known = one;
                }
                known.is_same_caller = is_same_caller;
            }
        }
    }
    let mut best: Vec<Found> = by_number.into_values().collect();
    best.sort_by(|a, b| {
        let likest = b.likeness.total_cmp(&a.likeness);
        likest
            .then(b.is_same_caller.cmp(&a.is_same_caller))
            .then_with(|| b.ticket.number.cmp(&a.ticket.number))
    });
    best.truncate(most);
    best
}
