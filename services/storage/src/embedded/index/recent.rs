//! Changes that the engine does not have yet, in front of it for every reader.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sled::IVec;

/// Keys and their new values; none where a key was removed.
pub(super) type Changes = BTreeMap<IVec, Option<IVec>>;

type Pair = (IVec, IVec);

/// The latest changes, bounded in number and bytes.
pub(super) struct Recent {
    held: RwLock<Held>,
    keys_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct Held {
    fresh: Changes,
    /// What came in since it was last empty, what has replaced each other included.
    fresh_bytes: usize,
    /// On their way to the engine; older than the fresh ones.
    settling: Changes,
}

impl Recent {
    /// None yet. So many keys or bytes are enough for the engine.
    pub(super) fn new(keys_max: usize, bytes_max: usize) -> Recent {
        Recent {
            held: RwLock::default(),
            keys_max,
            bytes_max,
        }
    }

    /// Takes changes, at once for every reader. False when so many are fresh that they should go to the engine.
    pub(super) fn take(&self, changes: Changes) -> bool {
        let size =
            |(key, value): (&IVec, &Option<IVec>)| key.len() + value.as_ref().map_or(0, |value| value.len());
        let mut held = self.write();
        held.fresh_bytes += changes.iter().map(size).sum::<usize>();
        held.fresh.extend(changes);
        held.fresh.len() < self.keys_max && held.fresh_bytes < self.bytes_max
    }

    /// What has become of a key; none when nothing has.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<IVec>> {
        let held = self.read();
        held.fresh.get(key).or_else(|| held.settling.get(key)).cloned()
    }

    /// The changes of a range.
    pub(super) fn range(&self, from: &[u8], to: &[u8]) -> Changes {
        let range = (Bound::Included(from), Bound::Excluded(to));
        let held = self.read();
        let both = [&held.settling, &held.fresh];
        let found = both
            .into_iter()
            .flat_map(|changes| changes.range::<[u8], _>(range));
        found.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// All that is fresh sets out for the engine, as this batch. The one before must have arrived.
    pub(super) fn begin(&self) -> sled::Batch {
        let mut held = self.write();
        let fresh = std::mem::take(&mut held.fresh);
        (held.settling, held.fresh_bytes) = (fresh, 0);
        let mut batch = sled::Batch::default();
        for (key, value) in &held.settling {
            match value {
                Some(value) => batch.insert(key.clone(), value.clone()),
                None => batch.remove(key.clone()),
            }
        }
        batch
    }

    /// It has arrived.
    pub(super) fn end(&self) {
        let settled = std::mem::take(&mut self.write().settling);
        drop(settled);
    }

    #[cfg(test)]
    pub(super) fn settling_count(&self) -> usize {
        self.read().settling.len()
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stored pairs with changes over them, in order.
pub(super) fn over(
    stored: impl Iterator<Item = sled::Result<Pair>>,
    changes: Changes,
) -> impl Iterator<Item = sled::Result<Pair>> {
    let mut stored = stored.peekable();
    let mut changes = changes.into_iter().peekable();
    std::iter::from_fn(move || {
        loop {
            let is_changed = match (stored.peek(), changes.peek()) {
                (Some(Err(_)), _) | (Some(_), None) => return stored.next(),
                (Some(Ok((key, _))), Some((changed, _))) if key < changed => return stored.next(),
                (Some(Ok((key, _))), Some((changed, _))) => key == changed,
                (None, _) => false,
            };
            if is_changed {
                stored.next();
            }
            if let (key, Some(value)) = changes.next()? {
                return Some(Ok((key, value)));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(changes: &[(&str, Option<&str>)]) -> Changes {
        let owned = changes
            .iter()
            .map(|(key, value)| (IVec::from(*key), value.map(IVec::from)));
        owned.collect()
    }

    fn read(stored: &[&str], recent: Changes) -> Vec<(String, String)> {
        let stored = stored.iter().map(|key| Ok((IVec::from(*key), IVec::from("old"))));
        let text = |bytes: IVec| String::from_utf8(bytes.to_vec()).unwrap();
        over(stored, recent)
            .map(|pair| pair.unwrap())
            .map(|(key, value)| (text(key), text(value)))
            .collect()
    }

    #[test]
    fn changes_stand_over_what_is_stored() {
        let recent = changes(&[
            ("a", None),
            ("b", Some("new")),
            ("d", Some("new")),
            ("f", None),
            ("g", Some("new")),
        ]);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            read(&["b", "c", "f"], recent),
            [
                pair("b", "new"),
                pair("c", "old"),
                pair("d", "new"),
                pair("g", "new")
            ]
        );
        assert_eq!(read(&["a", "b"], changes(&[("a", None), ("b", None)])), []);
        assert_eq!(read(&["a"], changes(&[])), [pair("a", "old")]);
    }

    #[test]
    fn a_range_holds_its_changes_and_what_is_removed_is_known() {
        let recent = Recent::new(4, 99);
        assert!(recent.take(changes(&[("a", Some("1")), ("b", Some("2")), ("c", Some("3"))])));
        assert!(recent.take(changes(&[("b", None)])));
        assert_eq!(recent.get(b"b"), Some(None));
        assert_eq!(recent.get(b"z"), None);
        assert_eq!(recent.range(b"b", b"c"), changes(&[("b", None)]));
    }

    #[test]
    fn what_is_settling_stands_behind_what_is_fresh_until_it_has_arrived() {
        let recent = Recent::new(9, 99);
        recent.take(changes(&[("a", Some("1")), ("b", Some("1"))]));
        let _batch = recent.begin();
        recent.take(changes(&[("b", Some("2"))]));
        assert_eq!(
            recent.range(b"a", b"c"),
            changes(&[("a", Some("1")), ("b", Some("2"))])
        );
        recent.end();
        assert_eq!(recent.range(b"a", b"c"), changes(&[("b", Some("2"))]));
        assert_eq!(recent.get(b"a"), None);
    }
}
