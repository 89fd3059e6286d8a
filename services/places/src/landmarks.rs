//! What people call places, learned from confirmed tickets: once three of them agree that `丰泽庄3号门对面奶茶店` is in
//! 珠池街道, the next one who says so is understood. In memory only: of a phrase a hash is kept, never the words.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};

use domain::id::{AreaId, TicketNumber};
use domain::rules::AreaLevel;

use crate::gazetteer::Gazetteer;
use crate::limits::{AGREEING_MIN, AGREEING_PERCENT, CONFIRMATIONS_MAX, TICKETS_MAX};
use crate::phrase::phrases;

/// A ticket whose area a person has confirmed.
#[derive(Debug, Clone, Copy)]
pub struct Confirmed<'a> {
    /// 事发地点, in the resident's words.
    pub place: &'a str,
    /// Where it was handled.
    pub area: &'a AreaId,
    /// Which ticket says so.
    pub ticket: TicketNumber,
    /// Something that is the same for the same caller, where there is one: a caller counts once.
    pub caller: Option<u64>,
}

/// A phrase that names a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Learned {
    /// As it stands in the text that was asked about.
    pub(crate) phrase: String,
    pub(crate) area: AreaId,
    /// How many tickets it rests on.
    pub(crate) tickets: usize,
}

/// Phrases and the confirmed tickets behind each. Of bounded size: the oldest tickets are forgotten.
#[derive(Debug, Default)]
pub struct Landmarks {
    phrases: HashMap<u64, Vec<Confirmation>>,
    /// What each ticket confirmed.
    tickets: HashMap<TicketNumber, Vec<u64>>,
    /// In the order of their confirmation; those forgotten meanwhile are passed over.
    order: VecDeque<TicketNumber>,
}

#[derive(Debug, Clone)]
struct Confirmation {
    ticket: TicketNumber,
    caller: Option<u64>,
    area: AreaId,
}

impl Landmarks {
    /// Learns from a confirmed ticket. The same ticket again replaces what it said: a correction.
    pub fn confirm(&mut self, gazetteer: &Gazetteer, confirmed: &Confirmed<'_>) {
        self.forget(confirmed.ticket);
        let keys: Vec<u64> = phrases(gazetteer, confirmed.place)
            .iter()
            .map(|phrase| key(phrase))
            .collect();
        if keys.is_empty() {
            return;
        }
        for key in &keys {
            let confirmations = self.phrases.entry(*key).or_default();
            if confirmations.len() >= CONFIRMATIONS_MAX {
                confirmations.remove(0);
            }
            confirmations.push(Confirmation {
                ticket: confirmed.ticket,
                caller: confirmed.caller,
                area: confirmed.area.clone(),
            });
        }
        self.tickets.insert(confirmed.ticket, keys);
        self.order.push_back(confirmed.ticket);
        self.make_room();
    }

    /// Forgets what a ticket said: it was erased, sealed, or its area turned out wrong.
    pub fn forget(&mut self, ticket: TicketNumber) {
        for key in self.tickets.remove(&ticket).unwrap_or_default() {
            let Some(confirmations) = self.phrases.get_mut(&key) else {
                continue;
            };
            confirmations.retain(|one| one.ticket != ticket);
            if confirmations.is_empty() {
                self.phrases.remove(&key);
            }
        }
    }

    /// How many tickets are remembered.
    pub fn tickets(&self) -> usize {
        self.tickets.len()
    }

    /// The area the longest phrase of a place stands for, if enough tickets agree about it.
    pub(crate) fn find(&self, gazetteer: &Gazetteer, place: &str) -> Option<Learned> {
        if self.phrases.is_empty() {
            return None;
        }
        phrases(gazetteer, place).into_iter().find_map(|phrase| {
            let confirmations = self.phrases.get(&key(&phrase))?;
            let (area, tickets) = agreed(gazetteer, confirmations)?;
            Some(Learned {
                phrase,
                area,
                tickets,
            })
        })
    }

    fn make_room(&mut self) {
        while self.tickets.len() > TICKETS_MAX {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            self.forget(oldest);
        }
        // A ticket confirmed again and again stands in the order as often.
        if self.order.len() > 2 * TICKETS_MAX {
            let (tickets, mut seen) = (&self.tickets, std::collections::HashSet::new());
            let order = std::mem::take(&mut self.order);
            let newest_first = order.into_iter().rev();
            let mut kept: VecDeque<TicketNumber> = newest_first
                .filter(|ticket| tickets.contains_key(ticket) && seen.insert(*ticket))
                .collect();
            kept.make_contiguous().reverse();
            self.order = kept;
        }
    }
}

/// The area that nine of ten tickets name, and how many that are; the district where the streets differ.
fn agreed(gazetteer: &Gazetteer, confirmations: &[Confirmation]) -> Option<(AreaId, usize)> {
    let mut callers = Vec::new();
    let is_new = |one: &&Confirmation| match one.caller {
        None => true,
        Some(caller) if callers.contains(&caller) => false,
        Some(caller) => {
            callers.push(caller);
            true
        }
    };
    // The latest of a caller counts.
    let voices: Vec<&Confirmation> = confirmations.iter().rev().filter(is_new).collect();
    let district = |area: &AreaId| {
        let tree = gazetteer.tree();
        let row = tree.at_level(tree.row(area)?, AreaLevel::District)?;
        Some(tree.id(row).clone())
    };
    let known = |area: &AreaId| gazetteer.tree().row(area).map(|_| area.clone());
    majority(&voices, known).or_else(|| majority(&voices, district))
}

fn majority(voices: &[&Confirmation], of: impl Fn(&AreaId) -> Option<AreaId>) -> Option<(AreaId, usize)> {
    let mut counts: Vec<(AreaId, usize)> = Vec::new();
    for voice in voices {
        let Some(area) = of(&voice.area) else { continue };
        match counts.iter_mut().find(|(one, _)| *one == area) {
            Some((_, count)) => *count += 1,
            None => counts.push((area, 1)),
        }
    }
    let (area, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let is_agreed = count >= AGREEING_MIN && count * 100 >= voices.len() * AGREEING_PERCENT;
    is_agreed.then_some((area, count))
}

/// The same within one run of the program, which is all that memory needs.
fn key(phrase: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    phrase.hash(&mut hasher);
    hasher.finish()
}
