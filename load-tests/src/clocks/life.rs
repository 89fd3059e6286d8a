//! One ticket as it is made: what `domain` decides, folded as the ledger will fold it, and the commits that keep it.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow};
use domain::access::Actor;
use domain::id::{KeySlot, RequestId, TicketNumber};
use domain::refusal::Refusal;
use domain::ticket::{
    Channel, Classification, Command, Contact, Dispatch, Event, Fact, Grade, Ground, Means,
    RecordFirstContact, Recorded, Register, RequestType, Standing, Support, Ticket,
};
use domain::words::Sealed;
use jiff::Timestamp;
use storage::port::{Commit, Request, Write};

use super::city::{City, Place};

/// Base64 characters of a sealed complaint of about 200 Chinese characters.
const MATTER_CHARS: usize = 840;
/// The same of a sealed identity.
const IDENTITY_CHARS: usize = 180;

/// What a ticket is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matter {
    pub(crate) number: TicketNumber,
    /// Counted over all: names its requests and keys.
    pub(crate) nth: u64,
    pub(crate) grade: Grade,
    pub(crate) kind: RequestType,
}

/// A ticket that is being made.
pub(crate) struct Life<'c> {
    city: &'c City,
    matter: Matter,
    pub(crate) ticket: Ticket,
}

impl<'c> Life<'c> {
    /// It is registered; every second one by somebody who can be rung back.
    pub(crate) fn register(city: &'c City, matter: Matter, at: Timestamp) -> anyhow::Result<(Self, Commit)> {
        let events = registration(city, matter)
            .decide(&city.channel, &city.rules, at)
            .map_err(refused)?;
        let mut ticket = None;
        for (version, event) in (1..).zip(&events) {
            let recorded = recorded(city, matter.number, version, at, &city.channel, event);
            match &mut ticket {
                None => ticket = Ticket::register(&recorded),
                Some(ticket) => ticket.apply(&recorded),
            }
        }
        let ticket = ticket.context("a registration begins a ticket")?;
        let life = Self { city, matter, ticket };
        let commit = life.commit("register", 0, at, &city.channel, events);
        Ok((life, commit))
    }

    /// It is given to the unit the directory names.
    pub(crate) fn dispatch(&mut self, at: Timestamp) -> anyhow::Result<Commit> {
        let place = place(self.city, self.matter);
        let dispatch = Dispatch {
            lead: place.lead.clone(),
            co: Vec::new(),
            ground: Ground::Entry(place.entry.clone()),
            classify: None,
            support: Support::default(),
        };
        self.give("dispatch", &Command::Dispatch(dispatch), &self.city.triager, at)
    }

    /// The unit signs.
    pub(crate) fn sign(&mut self, at: Timestamp) -> anyhow::Result<Commit> {
        let clerk = &place(self.city, self.matter).clerk;
        self.give("sign", &Command::Sign, clerk, at)
    }

    /// The unit reaches the resident; none where nobody can be reached.
    pub(crate) fn contact(&mut self, at: Timestamp) -> anyhow::Result<Option<Commit>> {
        if !self.ticket.has_somebody_to_contact() {
            return Ok(None);
        }
        let clerk = &place(self.city, self.matter).clerk;
        let reached = RecordFirstContact {
            means: Means::Phone,
            reached: true,
        };
        let contact = Command::RecordFirstContact(reached);
        self.give("contact", &contact, clerk, at).map(Some)
    }

    /// Any command of anybody.
    pub(crate) fn give(
        &mut self,
        verb: &str,
        command: &Command,
        actor: &Actor,
        at: Timestamp,
    ) -> anyhow::Result<Commit> {
        let base = self.ticket.version;
        let events = self
            .ticket
            .decide(command, actor, &self.city.rules, at)
            .map_err(refused)?;
        for (version, event) in (base + 1..).zip(&events) {
            let recorded = recorded(self.city, self.matter.number, version, at, actor, event);
            self.ticket.apply(&recorded);
        }
        Ok(self.commit(verb, base, at, actor, events))
    }

    fn commit(&self, verb: &str, base: u32, at: Timestamp, actor: &Actor, events: Vec<Event>) -> Commit {
        let mut facts: Vec<Fact> = events.into_iter().map(Fact::from).collect();
        if let Some(first) = facts.first_mut().filter(|_| base == 0) {
            first.words = Some(sealed(self.ticket.key, MATTER_CHARS));
            let identity = self.ticket.contacts.first().and_then(|contact| contact.identity);
            first.identity = identity.map(|slot| sealed(slot, IDENTITY_CHARS));
        }
        let nth = self.matter.nth;
        let id = RequestId::parse(&format!("load-tests-{verb}-{nth}")).expect("a short name");
        Commit {
            at,
            actor: actor.clone(),
            rules: self.city.rules.version().clone(),
            request: Some(Request {
                id,
                content: format!("{nth:064x}"),
            }),
            trace: None,
            writes: vec![Write {
                number: self.matter.number,
                base,
                facts,
            }],
        }
    }
}

fn registration(city: &City, matter: Matter) -> Register {
    let Matter {
        number,
        nth,
        grade,
        kind,
    } = matter;
    let place = place(city, matter);
    let can_be_rung = nth % 2 == 0;
    let standing = if can_be_rung {
        Standing::Own
    } else {
        Standing::Anonymous
    };
    Register {
        number,
        channel: Channel::Web,
        classification: Classification {
            kind,
            grade,
            category: Some(place.category.clone()),
            area: Some(place.area.clone()),
            confidence_percent: 100,
        },
        contact: Contact {
            id: 1,
            channel: Channel::Web,
            standing,
            caller: None,
            identity: can_be_rung.then_some(KeySlot(2 * nth + 1)),
            call: None,
        },
        key: KeySlot(2 * nth),
        query_code: format!("{nth:064x}"),
        source: None,
        occurred_at: None,
        confidential: false,
        accused: None,
        kept_out: BTreeSet::new(),
        split_from: None,
    }
}

fn place(city: &City, matter: Matter) -> &Place {
    let nth = usize::try_from(matter.nth).unwrap_or(usize::MAX);
    &city.places[nth % city.places.len()]
}

fn recorded(
    city: &City,
    number: TicketNumber,
    version: u32,
    at: Timestamp,
    actor: &Actor,
    event: &Event,
) -> Recorded {
    Recorded {
        number,
        version,
        at,
        actor: actor.clone(),
        rules: city.rules.version().clone(),
        fact: Fact::from(event.clone()),
    }
}

/// Bytes that nobody can open, as long as real ones: whoever has not the key sees nothing else.
fn sealed(slot: KeySlot, chars: usize) -> Sealed {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = slot.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(ALPHABET[usize::try_from(state >> 58).unwrap_or(0)])
    });
    Sealed {
        slot,
        text: next.take(chars).collect::<String>().into_boxed_str(),
    }
}

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow!("the domain refuses: {refusal:?}")
}
