//! Values that are the same a thousand times over, kept once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Shared values. Holds what the rules name (units, lists of addressees), so it stays as small as they are.
#[derive(Debug)]
pub(crate) struct Pool<T>(HashSet<Arc<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Eq + Hash + Clone> Pool<T> {
    /// The shared value that equals this one.
    pub(crate) fn share(&mut self, value: &T) -> Arc<T> {
        if let Some(shared) = self.0.get(value) {
            return Arc::clone(shared);
        }
        let shared = Arc::new(value.clone());
        self.0.insert(Arc::clone(&shared));
        shared
    }
}
