//! Which earlier tickets are alike: may be about the same matter, or about something like it; and what people call
//! places, learned from the tickets that were handled there.
//!
//! Owns an index made of residents' words, so in memory only, never on a disk: after a restart it is made anew from the
//! feed, in the background, and while it is behind answers say so. Sealed tickets never enter it; one that is sealed or
//! erased leaves it with the change that tells of it. What it finds is read through tickets on behalf of whoever asks, so
//! nobody learns here of what he may not see. Start at [`Index`]; [`Similar`] keeps one, `follower` feeds it, `desk`
//! answers.

mod desk;
mod follower;
pub mod index;
mod names;
mod past;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::duplicate::{AreaNames, Place};
use domain::id::{AreaId, CategoryId, RulesVersion, TicketNumber};
use domain::rules::Rules;
use jiff::Timestamp;
use kit::fault::Fault;
use places::{Confirmed, Gazetteer, Landmarks};
use text::sketch::Pairs;

pub(crate) use self::desk::{Desk, Duplicates, Found, Like, Links};
pub(crate) use self::follower::Follower;
pub use self::index::{Hit, Index, Nearest, Telling};

use crate::given::{Reading, Texts};
use crate::limits::SIMILAR_MAX;

/// How far the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// Everything up to here is in it; none before the first change.
    pub(crate) as_of: Option<Timestamp>,
    /// It has once caught up since the process began.
    pub(crate) is_complete: bool,
}

/// The index, its progress, and what the names of places are read with.
#[derive(Default)]
pub(crate) struct Similar {
    index: RwLock<Index>,
    progress: RwLock<Progress>,
    areas: Mutex<Option<(RulesVersion, Arc<AreaNames>)>>,
    landmarks: RwLock<Landmarks>,
    gazetteer: Mutex<Option<(RulesVersion, Arc<Gazetteer>)>>,
}

impl Similar {
    /// What is told, as it is compared.
    pub(crate) fn telling(
        &self,
        rules: &Rules,
        words: &Texts,
        category: Option<CategoryId>,
        area: Option<AreaId>,
    ) -> Result<Telling, Fault> {
        let areas = self.areas(rules)?;
        Ok(Telling {
            category,
            area,
            place: Place::parse(&words.place, &areas),
            pairs: Pairs::of(&[&words.subject, &words.body]),
        })
    }

    /// What people call places, learned from matters that were handled and closed.
    pub(crate) fn landmarks(&self) -> RwLockReadGuard<'_, Landmarks> {
        self.landmarks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn landmarks_mut(&self) -> RwLockWriteGuard<'_, Landmarks> {
        self.landmarks.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A matter was handled where it was said to be: what its place is called is learned.
    fn confirm(&self, rules: &Rules, ticket: TicketNumber, place: &str, area: &AreaId) -> Result<(), Fault> {
        let gazetteer = self.gazetteer(rules)?;
        let confirmed = Confirmed {
            place,
            area,
            ticket,
            caller: None,
        };
        self.landmarks_mut().confirm(&gazetteer, &confirmed);
        Ok(())
    }

    /// Sealed, erased, or opened again: nothing of it is known any more.
    fn forget(&self, ticket: TicketNumber) {
        self.index_mut().remove(ticket);
        self.landmarks_mut().forget(ticket);
    }

    fn gazetteer(&self, rules: &Rules) -> Result<Arc<Gazetteer>, Fault> {
        let mut last = self.gazetteer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, gazetteer)) = &*last
            && version == rules.version()
        {
            return Ok(Arc::clone(gazetteer));
        }
        let gazetteer = Arc::new(Gazetteer::of_rules(rules).map_err(Fault::internal)?);
        *last = Some((rules.version().clone(), Arc::clone(&gazetteer)));
        Ok(gazetteer)
    }

    fn areas(&self, rules: &Rules) -> Result<Arc<AreaNames>, Fault> {
        let mut last = self.areas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, areas)) = &*last
            && version == rules.version()
        {
            return Ok(Arc::clone(areas));
        }
        let areas = Arc::new(AreaNames::new(&rules.areas).map_err(Fault::internal)?);
        *last = Some((rules.version().clone(), Arc::clone(&areas)));
        Ok(areas)
    }

    /// The tickets about something alike, the closest first, as far as the index has come; whoever shows them to
    /// somebody asks tickets first whether he may see them. Not the ticket `except` itself.
    pub(crate) fn nearest(&self, told: &Telling, except: Option<TicketNumber>, most: usize) -> Vec<Nearest> {
        self.index().nearest(told, except, most)
    }

    /// The tickets that the proof of a dispatch names: what is like it and open to all desks at this moment. Whoever reads
    /// the proof later is shown those he may see.
    pub(crate) fn to_be_named(
        &self,
        rules: &Rules,
        number: TicketNumber,
        reading: &Reading,
    ) -> Vec<TicketNumber> {
        let (category, area) = (reading.category.clone(), reading.area.clone());
        let Ok(told) = self.telling(rules, &reading.words, category, area) else {
            return Vec::new();
        };
        let nearest = self.nearest(&told, Some(number), SIMILAR_MAX);
        nearest.into_iter().map(|one| one.number).collect()
    }

    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn progress(&self) -> Progress {
        *self.progress.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn come_to(&self, at: Timestamp, is_complete: bool) {
        let mut progress = self.progress.write().unwrap_or_else(PoisonError::into_inner);
        progress.as_of = progress.as_of.max(Some(at));
        progress.is_complete |= is_complete;
    }

    /// Begins anew, with another history.
    fn forget_all(&self) {
        *self.index_mut() = Index::default();
        *self.landmarks_mut() = Landmarks::default();
        *self.progress.write().unwrap_or_else(PoisonError::into_inner) = Progress::default();
    }
}
