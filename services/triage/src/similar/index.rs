//! What is held of each ticket, and how what is alike among a million is found.
//!
//! In memory only: it is made of residents' words. Two ways in: every sketch is looked at for what tells the same
//! (milliseconds for a million, whatever the words are), and a ticket's rarest pairs of characters lead to what is about
//! the same ([`Past`]). Both only find; the counted pairs decide.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem::size_of;

use domain::duplicate::{self, Candidate, Earlier, Matter, Place};
use domain::id::{AreaId, CategoryId, TicketNumber};
use domain::rules::Rules;
use jiff::Timestamp;
use text::sketch::{Half, Pairs, Sketch};

use super::names::{Name, Names};
use super::past::Past;
use crate::limits::{ALIKE_LOOKED_AT, CLOSENESS_MIN, TICKETS_MAX};

/// A matter as it is compared. Its words are not in it, but what they are made of is.
#[derive(Debug, Clone)]
pub struct Telling {
    /// What it is about, where known.
    pub category: Option<CategoryId>,
    /// Where, where known.
    pub area: Option<AreaId>,
    /// The place as it was said.
    pub place: Place,
    /// What the words are made of.
    pub pairs: Pairs,
}

impl Telling {
    fn matter(&self) -> Matter<'_> {
        Matter {
            category: self.category.as_ref(),
            area: self.area.as_ref(),
            place: &self.place,
        }
    }
}

/// An earlier ticket that may be about the same matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Which.
    pub number: TicketNumber,
    /// How alike the texts are, 0 to 1.
    pub likeness: f64,
    /// Why, and whether it must be answered.
    pub candidate: Candidate,
}

/// An earlier ticket about something alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Which.
    pub number: TicketNumber,
    /// How close, 0 to 1: rare pairs of characters count more, another kind of matter less.
    pub closeness: f64,
}

/// One ticket.
struct Entry {
    number: TicketNumber,
    registered_at: Timestamp,
    category: Name<CategoryId>,
    area: Name<AreaId>,
    place: Place,
    pairs: Pairs,
}

/// The tickets that may be compared with, at most so many of the latest.
pub struct Index {
    room: usize,
    by_number: BTreeMap<TicketNumber, u32>,
    /// Beside the entries, so that looking at all of them is one walk through memory. Cleared where a slot is free.
    halves: Vec<Half>,
    /// The whole of each, looked at where the half is near.
    sketches: Vec<Sketch>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    categories: Names<CategoryId>,
    areas: Names<AreaId>,
    past: Past,
}

impl Default for Index {
    fn default() -> Self {
        Self::with_room(TICKETS_MAX)
    }
}

impl Index {
    /// An empty one that will hold at most `room` tickets.
    pub fn with_room(room: usize) -> Self {
        Self {
            room,
            by_number: BTreeMap::new(),
            halves: Vec::new(),
            sketches: Vec::new(),
            entries: Vec::new(),
            free: Vec::new(),
            categories: Names::default(),
            areas: Names::default(),
            past: Past::default(),
        }
    }

    /// Takes a ticket in, in the place of what was held of it. Where there is no room the earliest leaves.
    pub fn insert(&mut self, number: TicketNumber, registered_at: Timestamp, telling: Telling) {
        self.remove(number);
        if self.by_number.len() >= self.room
            && let Some(earliest) = self.by_number.keys().next().copied()
        {
            if number < earliest {
                return;
            }
            self.remove(earliest);
        }
        let Telling {
            category,
            area,
            place,
            pairs,
        } = telling;
        let sketch = pairs.sketch();
        let entry = Entry {
            number,
            registered_at,
            category: self.categories.name(category),
            area: self.areas.name(area),
            place,
            pairs,
        };
        let slot = self.slot();
        self.past.insert(slot, &entry.pairs);
        self.halves[slot as usize] = sketch.first_half();
        self.sketches[slot as usize] = sketch;
        self.entries[slot as usize] = Some(entry);
        self.by_number.insert(number, slot);
    }

    fn slot(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        let slot = u32::try_from(self.entries.len()).expect("fewer tickets than fit four bytes");
        self.halves.push(Half::default());
        self.sketches.push(Sketch::default());
        self.entries.push(None);
        slot
    }

    /// Forgets a ticket at once.
    pub fn remove(&mut self, number: TicketNumber) {
        let Some(slot) = self.by_number.remove(&number) else {
            return;
        };
        self.halves[slot as usize] = Half::default();
        self.sketches[slot as usize] = Sketch::default();
        if let Some(entry) = self.entries[slot as usize].take() {
            self.past.remove(slot, &entry.pairs);
        }
        self.free.push(slot);
    }

    /// What a ticket is about and where has been said anew.
    pub fn classify(&mut self, number: TicketNumber, category: Option<CategoryId>, area: Option<AreaId>) {
        let (category, area) = (self.categories.name(category), self.areas.name(area));
        if let Some(slot) = self.by_number.get(&number)
            && let Some(entry) = &mut self.entries[*slot as usize]
        {
            entry.category = category;
            entry.area = area;
        }
    }

    /// How many tickets are held.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }

    /// Whether a ticket is held.
    pub fn has(&self, number: TicketNumber) -> bool {
        self.by_number.contains_key(&number)
    }

    /// The tickets that may be about the same matter as what is told at `now`, the likest first, at most `most`.
    pub fn duplicates(&self, rules: &Rules, told: &Telling, now: Timestamp, most: usize) -> Vec<Hit> {
        if told.pairs.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<Hit> = self
            .found_by_sketch(rules, &told.pairs)
            .into_iter()
            .filter_map(|slot| self.judged(rules, told, self.entries[slot as usize].as_ref()?, now))
            .collect();
        hits.sort_by(|a, b| (b.likeness.total_cmp(&a.likeness)).then(b.number.cmp(&a.number)));
        hits.truncate(most);
        hits
    }

    /// The slots whose sketches lie as near as those of texts that are alike; where half the city says the same, the
    /// nearest of them.
    fn found_by_sketch(&self, rules: &Rules, pairs: &Pairs) -> Vec<u32> {
        let alike = f64::from(rules.profile().duplicates.alike_percent) / 100.0;
        let (sketch, planes_max) = (pairs.sketch(), Sketch::planes_max(alike));
        let (half, half_max) = (sketch.first_half(), Half::planes_max(alike));
        // Two walks, not one: what the first leaves is scattered, and its lines of memory come faster when asked for at once.
        let is_near = |(_, own): &(u32, &Half)| half.planes_between(own) <= half_max;
        let near: Vec<u32> = (0..)
            .zip(&self.halves)
            .filter(is_near)
            .map(|(slot, _)| slot)
            .collect();
        let planes = near
            .into_iter()
            .map(|slot| (sketch.planes_between(&self.sketches[slot as usize]), slot));
        let mut found: Vec<(u32, u32)> = planes.filter(|(planes, _)| *planes <= planes_max).collect();
        if found.len() > ALIKE_LOOKED_AT {
            found.select_nth_unstable_by_key(ALIKE_LOOKED_AT, |(planes, slot)| (*planes, Reverse(*slot)));
            found.truncate(ALIKE_LOOKED_AT);
        }
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    fn judged(&self, rules: &Rules, told: &Telling, entry: &Entry, now: Timestamp) -> Option<Hit> {
        let earlier = Earlier {
            registered_at: entry.registered_at,
            is_open: false,
            is_same_caller: false,
            likeness: told.pairs.likeness(&entry.pairs),
        };
        let matter = Matter {
            category: self.categories.get(entry.category),
            area: self.areas.get(entry.area),
            place: &entry.place,
        };
        let candidate = duplicate::judge(rules, told.matter(), matter, earlier, now)?;
        Some(Hit {
            number: entry.number,
            likeness: earlier.likeness,
            candidate,
        })
    }

    /// How alike a ticket's text is to what is told; none where the ticket is not held.
    pub fn likeness(&self, number: TicketNumber, told: &Pairs) -> Option<f64> {
        let slot = self.by_number.get(&number)?;
        let entry = self.entries[*slot as usize].as_ref()?;
        Some(told.likeness(&entry.pairs))
    }

    /// What is held of a ticket, to look for others like it.
    pub fn telling(&self, number: TicketNumber) -> Option<Telling> {
        let slot = self.by_number.get(&number)?;
        let entry = self.entries[*slot as usize].as_ref()?;
        Some(Telling {
            category: self.categories.get(entry.category).cloned(),
            area: self.areas.get(entry.area).cloned(),
            place: entry.place.clone(),
            pairs: entry.pairs.clone(),
        })
    }

    /// The tickets about something alike, the closest first, at most `most`; not `except`.
    pub fn nearest(&self, told: &Telling, except: Option<TicketNumber>, most: usize) -> Vec<Nearest> {
        /// What a ticket of another kind, or in another area, counts of one that is not.
        const OTHER_KIND: f64 = 0.8;
        const OTHER_AREA: f64 = 0.95;
        let weight = |pair| self.past.weight(pair, self.len());
        let mut nearest: Vec<Nearest> = Vec::new();
        for slot in self.past.about(&told.pairs, self.len()) {
            let Some(entry) = &self.entries[slot as usize] else {
                continue;
            };
            if Some(entry.number) == except {
                continue;
            }
            let likeness = told.pairs.weighted_likeness(&entry.pairs, weight);
            let category = self.categories.get(entry.category);
            let is_of_a_kind = duplicate::are_of_a_kind(told.category.as_ref(), category);
            let kind = if is_of_a_kind { 1.0 } else { OTHER_KIND };
            let area = self.areas.get(entry.area);
            let area = if area == told.area.as_ref() {
                1.0
            } else {
                OTHER_AREA
            };
            nearest.push(Nearest {
                number: entry.number,
                closeness: likeness * kind * area,
            });
        }
        nearest.retain(|one| one.closeness >= CLOSENESS_MIN);
        nearest.sort_by(|a, b| (b.closeness.total_cmp(&a.closeness)).then(b.number.cmp(&a.number)));
        nearest.truncate(most);
        nearest
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let pairs = |entry: &Entry| entry.pairs.len() * size_of::<u32>();
        let held: usize = self.entries.iter().flatten().map(pairs).sum();
        let row = size_of::<Half>()
            + size_of::<Sketch>()
            + size_of::<Option<Entry>>()
            + 2 * size_of::<(TicketNumber, u32)>();
        held + self.entries.len() * row + self.past.bytes()
    }
}
