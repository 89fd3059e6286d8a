//! Deeds that write several tickets in one commit: splitting, merging, un-merging, a contact added to a merged ticket.
//! Each ticket is decided on as it stands; where one has moved, all are decided anew.

use std::sync::Arc;

use domain::id::{RequestId, TicketNumber};
use domain::redact;
use domain::refusal::Reason;
use domain::rules::Rules;
use domain::ticket::{
    Classification, Command, Contact, Event, Fact, Join, LetGo, MergeInto, Register, Rejoin, Secrecy, Split,
    SplitFrom, Standing, TakeIn, Ticket,
};
use domain::words::Sealed;
use jiff::Timestamp;
use kit::call::Call;
use kit::fault::Fault;
use storage::port::{Answered, FACTS_MAX, Write};

use crate::draft::{Deed, Order, Part};
use crate::service::{Tickets, facts, failed};
use crate::words::{SealedWords, code_hash};

/// The fact by which a refusal names an incident.
const INCIDENT: &str = "incident";

/// An order whose words are sealed: it can be decided as often as needed.
pub(crate) struct Prepared {
    pub(crate) deed: Ready,
    pub(crate) request: RequestId,
    pub(crate) expected: Option<u32>,
    pub(crate) sealed: SealedWords,
}

/// A deed with all that only the rim knows.
pub(crate) enum Ready {
    Alone(Command),
    Split(Vec<ReadyPart>),
    Merge(TicketNumber),
    Unmerge,
    Rejoin,
}

/// A part with its number and its sealed words.
pub(crate) struct ReadyPart {
    number: TicketNumber,
    part: Part,
    sealed: SealedWords,
}

impl Tickets {
    /// What only the rim can add to an order, once.
    pub(crate) async fn prepare(
        &self,
        call: &Call,
        ticket: &Ticket,
        order: &Order,
    ) -> Result<Prepared, Fault> {
        let sealed = self.seal_order(call, ticket, order).await?;
        let deed = match &order.deed {
            Deed::Alone(command) => {
                let mut command = command.clone();
                self.complete(&mut command, &sealed);
                self.check_entry(ticket, &mut command)?;
                Ready::Alone(command)
            }
            Deed::Split(parts) => Ready::Split(self.seal_parts(call, ticket, parts).await?),
            Deed::Merge(incident) => Ready::Merge(*incident),
            Deed::Unmerge => Ready::Unmerge,
            Deed::Rejoin => Ready::Rejoin,
        };
        let (request, expected) = (order.request.clone(), order.expected);
        Ok(Prepared {
            deed,
            request,
            expected,
            sealed,
        })
    }

    /// What an order means for every ticket it touches, as they stand; the one it is about first. A refusal names no
    /// incident that the caller may not know of.
    pub(crate) async fn decide(
        &self,
        call: &Call,
        rules: &Arc<Rules>,
        ticket: &Ticket,
        order: &Prepared,
        now: Timestamp,
    ) -> Result<Vec<Write>, Fault> {
        let deciding = Deciding {
            tickets: self,
            call,
            rules,
            now,
            sealed: &order.sealed,
        };
        match self.writes(&deciding, ticket, &order.deed).await {
            Err(fault) => Err(self.naming_what_is_seen(call, fault).await?),
            writes => writes,
        }
    }

    async fn writes(
        &self,
        deciding: &Deciding<'_>,
        ticket: &Ticket,
        deed: &Ready,
    ) -> Result<Vec<Write>, Fault> {
        match deed {
            Ready::Alone(command) => {
                let mut writes = vec![deciding.first(ticket, command).await?];
                writes.extend(self.joined(deciding, ticket, command).await?);
                Ok(writes)
            }
            Ready::Split(parts) => deciding.split(ticket, parts).await,
            Ready::Merge(incident) => self.merge(deciding, ticket, *incident).await,
            Ready::Unmerge => self.unmerge(deciding, ticket).await,
            Ready::Rejoin => self.rejoin(deciding, ticket).await,
        }
    }

    async fn naming_what_is_seen(&self, call: &Call, fault: Fault) -> Result<Fault, Fault> {
        let Some(incident) = fault.fact(INCIDENT) else {
            return Ok(fault);
        };
        let incident = TicketNumber::parse(incident).map_err(Fault::internal)?;
        let hidden = self.hidden_from(call, vec![incident]).await?;
        Ok(if hidden.is_empty() {
            fault
        } else {
            fault.without(INCIDENT)
        })
    }

    async fn merge(
        &self,
        deciding: &Deciding<'_>,
        child: &Ticket,
        incident: TicketNumber,
    ) -> Result<Vec<Write>, Fault> {
        if incident == child.number {
            return Err(Fault::refused(Reason::NotMergeable.into()));
        }
        let incident = self.see(deciding.call, incident).await?;
        let into = Command::MergeInto(MergeInto {
            incident: Box::new(incident.clone()),
        });
        let take_in = Command::TakeIn(TakeIn {
            child: Box::new(child.clone()),
        });
        Ok(vec![
            deciding.first(child, &into).await?,
            deciding.other(&incident, &take_in).await?,
        ])
    }

    async fn unmerge(&self, deciding: &Deciding<'_>, child: &Ticket) -> Result<Vec<Write>, Fault> {
        let left = deciding.first(child, &Command::Unmerge).await?;
        let incident = self.incident_of(child).await?;
        let let_go = Command::LetGo(LetGo { child: child.number });
        Ok(vec![left, deciding.other(&incident, &let_go).await?])
    }

    /// An answer that the ticket must not have un-merges it instead: then the incident lets go of it in the same commit.
    async fn rejoin(&self, deciding: &Deciding<'_>, child: &Ticket) -> Result<Vec<Write>, Fault> {
        let incident = self.incident_of(child).await?;
        let told = Command::Rejoin(Rejoin {
            incident: Box::new(incident.clone()),
        });
        let mut writes = vec![deciding.first(child, &told).await?];
        let leaves = |fact: &Fact| matches!(fact.event, Event::Unmerged { .. });
        if writes.iter().flat_map(|write| &write.facts).any(leaves) {
            let let_go = Command::LetGo(LetGo { child: child.number });
            writes.push(deciding.other(&incident, &let_go).await?);
        }
        Ok(writes)
    }

    /// The incident a ticket is merged into. The caller need not see it: he is told nothing of it.
    async fn incident_of(&self, child: &Ticket) -> Result<Ticket, Fault> {
        let merged = child.merged.as_ref();
        let merged = merged.ok_or_else(|| Fault::refused(Reason::NotMerged.into()))?;
        let incident = self.ledger.load(merged.into).await.map_err(failed)?;
        incident.ok_or_else(|| Fault::data_loss("an incident that does not exist"))
    }

    /// What a command on a merged ticket means for its incident. The caller need not see that: he is told nothing of it,
    /// and no contact may be lost (invariant 9).
    async fn joined(
        &self,
        deciding: &Deciding<'_>,
        child: &Ticket,
        command: &Command,
    ) -> Result<Option<Write>, Fault> {
        if child.merged_into().is_none() {
            return Ok(None);
        }
        let Some(consequence) = on_the_incident(child.number, command) else {
            return Ok(None);
        };
        let incident = self.incident_of(child).await?;
        match deciding.other(&incident, &consequence).await {
            Ok(write) => Ok(Some(write)),
            // Of a unit kept out of the incident: the contact itself is none the worse for it.
            Err(fault)
                if matches!(consequence, Command::Join(_)) && fault.reason() == Reason::Recused.as_str() =>
            {
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Each part gets a number, a key for its words, and the first contact's identity under a key of its own.
    async fn seal_parts(
        &self,
        call: &Call,
        ticket: &Ticket,
        parts: &[Part],
    ) -> Result<Vec<ReadyPart>, Fault> {
        let identity = self.first_identity(ticket).await?;
        let mut ready = Vec::with_capacity(parts.len());
        for part in parts {
            let number = self.next_number(self.clock.now()).await?;
            let known = identity.clone().map(|sealed| (ticket.number, sealed));
            let sealed = self.safe.seal_part(call, number, &part.words, known).await?;
            let part = part.clone();
            ready.push(ReadyPart { number, part, sealed });
        }
        Ok(ready)
    }

    /// The identity of the first contact, as sealed; none where nobody gave one or it is erased.
    async fn first_identity(&self, ticket: &Ticket) -> Result<Option<Sealed>, Fault> {
        let Some(slot) = ticket.contacts.first().and_then(|contact| contact.identity) else {
            return Ok(None);
        };
        let first = self.ledger.history(ticket.number, 0, 1).await.map_err(failed)?;
        let identity = first.into_iter().find_map(|recorded| recorded.fact.identity);
        Ok(identity.filter(|sealed| sealed.slot == slot))
    }

    /// The tickets a request wrote when it was answered before, as they now stand, as far as the caller may see them.
    pub(crate) async fn written_with(
        &self,
        call: &Call,
        ticket: Ticket,
        answered: &Answered,
    ) -> Result<Vec<Ticket>, Fault> {
        let from = answered
            .version
            .saturating_sub(u32::try_from(FACTS_MAX).unwrap_or(u32::MAX));
        let history = self
            .ledger
            .history(answered.number, from, FACTS_MAX)
            .await
            .map_err(failed)?;
        let parts = history
            .into_iter()
            .rev()
            .find(|recorded| recorded.version <= answered.version);
        let into = match parts.map(|recorded| recorded.fact.event) {
            Some(Event::SplitOff { into }) => into,
            _ => Vec::new(),
        };
        let mut written = vec![ticket];
        for number in into {
            let part = self.ledger.load(number).await.map_err(failed)?;
            written.extend(part.filter(|part| redact::may_see(part, &call.actor, &self.rules())));
        }
        Ok(written)
    }

    /// The query codes of parts, in their order.
    pub(crate) async fn codes_of(&self, call: &Call, parts: &[Ticket]) -> Result<Vec<String>, Fault> {
        let mut codes = Vec::with_capacity(parts.len());
        for part in parts {
            codes.push(self.safe.query_code(call, part.number).await?);
        }
        Ok(codes)
    }

    /// A commit was lost to another. A part's number that is taken is not handed out again.
    pub(crate) fn lost_to(&self, deed: &Ready, number: TicketNumber) {
        if let Ready::Split(parts) = deed
            && parts.iter().any(|part| part.number == number)
        {
            self.taken(number);
        }
    }
}

/// Who contacts us about a merged ticket stands behind its incident, too; what is sealed or keeps a unit out leaves it.
fn on_the_incident(child: TicketNumber, command: &Command) -> Option<Command> {
    if let Command::AddContact(add) = command {
        let caller = add.caller.clone();
        return Some(Command::Join(Join { child, caller }));
    }
    let leaves = matches!(command, Command::Seal(_) | Command::Recuse(_));
    leaves.then_some(Command::LetGo(LetGo { child }))
}

/// What decisions of one commit share.
struct Deciding<'a> {
    tickets: &'a Tickets,
    call: &'a Call,
    /// Those in force; each ticket may keep its own.
    rules: &'a Arc<Rules>,
    now: Timestamp,
    sealed: &'a SealedWords,
}

impl Deciding<'_> {
    /// The ticket an order is about: its words go with it.
    async fn first(&self, ticket: &Ticket, command: &Command) -> Result<Write, Fault> {
        let events = self.events(ticket, command).await?;
        let (words, identity) = (self.sealed.words.clone(), self.sealed.identity.clone());
        Ok(Write {
            number: ticket.number,
            base: ticket.version,
            facts: facts(events, words, identity),
        })
    }

    /// A ticket that is written with it.
    async fn other(&self, ticket: &Ticket, command: &Command) -> Result<Write, Fault> {
        Ok(Write {
            number: ticket.number,
            base: ticket.version,
            facts: facts(self.events(ticket, command).await?, None, None),
        })
    }

    async fn events(&self, ticket: &Ticket, command: &Command) -> Result<Vec<Event>, Fault> {
        let rules = self.tickets.rules_for(self.rules, ticket, command).await?;
        Ok(ticket.decide(command, &self.call.actor, &rules, self.now)?)
    }

    async fn split(&self, ticket: &Ticket, parts: &[ReadyPart]) -> Result<Vec<Write>, Fault> {
        let into = parts.iter().map(|part| part.number).collect();
        let mut writes = vec![self.first(ticket, &Command::Split(Split { into })).await?];
        for part in parts {
            let events = part
                .registered(ticket)
                .decide(&self.call.actor, self.rules, self.now)?;
            let (words, identity) = (part.sealed.words.clone(), part.identity_of(ticket).cloned());
            writes.push(Write {
                number: part.number,
                base: 0,
                facts: facts(events, words, identity),
            });
        }
        Ok(writes)
    }
}

impl ReadyPart {
    /// The identity of the ticket it comes from, while that has one: it may have been erased since it was sealed anew.
    fn identity_of(&self, from: &Ticket) -> Option<&Sealed> {
        let kept = from.contacts.first().and_then(|contact| contact.identity);
        self.sealed.identity.as_ref().filter(|_| kept.is_some())
    }

    /// The part as it is registered: from the same person, by the same way, as secret as what it comes from.
    fn registered(&self, from: &Ticket) -> Register {
        let first = from.contacts.first();
        let identity = self.identity_of(from).map(|identity| identity.slot);
        let own = first.map_or(Standing::Anonymous, |contact| contact.standing);
        let inherited = match &from.secrecy {
            Secrecy::Sealed { accused } => accused.clone(),
            Secrecy::Open => None,
        };
        Register {
            number: self.number,
            channel: from.channel,
            classification: Classification {
                kind: self.part.kind,
                grade: self.part.grade.unwrap_or(from.classification.grade),
                category: self.part.category.clone(),
                area: self
                    .part
                    .area
                    .clone()
                    .or_else(|| from.classification.area.clone()),
                confidence_percent: 100,
            },
            contact: Contact {
                id: 1,
                channel: from.channel,
                standing: identity.map_or(Standing::Anonymous, |_| own),
                caller: first.and_then(|contact| contact.caller.clone()),
                identity,
                call: first.and_then(|contact| contact.call.clone()),
            },
            key: self.sealed.slot,
            query_code: code_hash(&self.sealed.query_code),
            source: None,
            occurred_at: None,
            confidential: from.secrecy != Secrecy::Open,
            accused: self.part.accused.clone().or(inherited),
            kept_out: from.kept_out.clone(),
            split_from: Some(SplitFrom {
                number: from.number,
                registered_at: from.registered_at,
            }),
        }
    }
}
