//! Codes that many tickets share, kept once.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

/// A code's place among the names; none where there is no code, or no room for one more.
pub(super) struct Name<T>(Option<u16>, PhantomData<T>);

impl<T> Clone for Name<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Name<T> {}

/// The codes known, in the order they came. A taxonomy has hundreds, a city's areas are thousands.
pub(super) struct Names<T> {
    known: Vec<T>,
    by_name: HashMap<T, u16>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            by_name: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    pub(super) fn name(&mut self, code: Option<T>) -> Name<T> {
        let Some(code) = code else {
            return Name(None, PhantomData);
        };
        if let Some(place) = self.by_name.get(&code) {
            return Name(Some(*place), PhantomData);
        }
        let place = u16::try_from(self.known.len()).ok();
        if let Some(place) = place {
            self.known.push(code.clone());
            self.by_name.insert(code, place);
        }
        Name(place, PhantomData)
    }

    pub(super) fn get(&self, name: Name<T>) -> Option<&T> {
        self.known.get(usize::from(name.0?))
    }
}
