use std::collections::{BTreeMap, BTreeSet};

use tempfile::TempDir;

use super::*;
use crate::master::is_rotating;

fn open_with(dir: &Path, trip: Trip) -> Result<Keys, OpenError> {
    Keys::open(dir, Sizes::SMALL, trip)
}

fn open(dir: &TempDir) -> Keys {
    open_with(dir.path(), Trip::default()).unwrap()
}

fn opened(dir: &TempDir) -> Keys {
    let keys = open(dir);
    keys.fill().unwrap();
    keys
}

async fn take(keys: &Keys, count: usize) -> BTreeMap<u64, Arc<Key>> {
    let mut taken = BTreeMap::new();
    for _ in 0..count {
        if keys.ready_count() == 0 {
            keys.fill().unwrap();
        }
        let (slot, key) = keys.take().await.unwrap();
        assert!(
            taken.insert(slot, key).is_none(),
            "slot {slot} was handed out twice"
        );
    }
    taken
}

fn assert_opens(keys: &Keys, slot: u64, key: &Key) {
    match keys.find(slot).unwrap() {
        Found::Live(found) => assert!(*found == *key, "slot {slot} holds another key"),
        Found::Gone => panic!("slot {slot} is gone"),
    }
}

fn is_found(keys: &Keys, slot: u64) -> bool {
    matches!(keys.find(slot).unwrap(), Found::Live(_))
}

/// The bytes of a slot's wrapped key as they stand in the file.
fn wrapped_bytes(dir: &TempDir, slot: u64) -> Vec<u8> {
    let bytes = std::fs::read(dir.path().join("keys")).unwrap();
    let at = usize::try_from(place_of(slot)).unwrap();
    bytes[at + 32..at + 80].to_vec()
}

fn any_file_contains(dir: &TempDir, wanted: &[u8]) -> bool {
    std::fs::read_dir(dir.path()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    })
}

#[tokio::test]
async fn a_key_opens_again_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    let taken = take(&keys, 3).await;
    let root = keys.root().unwrap();
    keys.close().unwrap();
    drop(keys);

    let keys = open(&dir);
    assert!(*keys.root().unwrap() == *root);
    for (slot, key) in &taken {
        assert_opens(&keys, *slot, key);
    }
}

#[tokio::test]
async fn no_slot_is_handed_out_twice_however_often_the_power_fails() {
    let dir = TempDir::new().unwrap();
    let mut all = BTreeSet::new();
    for _ in 0..4 {
        let keys = opened(&dir);
        for slot in take(&keys, 70).await.into_keys() {
            assert!(all.insert(slot), "slot {slot} was handed out twice");
        }
        // Dropped without closing, as a crash does.
    }
    assert_eq!(all.len(), 280);
}

#[tokio::test]
async fn no_slot_is_handed_out_twice_when_reserving_is_cut_short_at_any_step() {
    for steps in 0..16 {
        let dir = TempDir::new().unwrap();
        let first = opened(&dir);
        let mut all: BTreeSet<u64> = take(&first, 50).await.into_keys().collect();
        drop(first);

        let keys = open_with(dir.path(), Trip::after(steps)).unwrap();
        let cut = keys.fill();
        while let Some((slot, _)) = keys.take_ready() {
            assert!(all.insert(slot), "slot {slot} was handed out twice");
        }
        drop(keys);

        let keys = opened(&dir);
        for (slot, key) in take(&keys, 40).await {
            assert!(
                all.insert(slot),
                "slot {slot} was handed out twice after {steps} steps"
            );
            assert_opens(&keys, slot, &key);
        }
        if cut.is_ok() && steps > 12 {
            return;
        }
    }
}

#[tokio::test]
async fn a_clean_restart_skips_no_number() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    assert_eq!(take(&keys, 2).await.into_keys().collect::<Vec<_>>(), [1, 2]);
    keys.close().unwrap();
    assert!(matches!(keys.take().await, Err(KeysError::Stopped)));
    drop(keys);
    assert_eq!(take(&opened(&dir), 1).await.into_keys().collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn a_destroyed_key_opens_nothing_and_is_in_no_file() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    let (slot, _) = keys.take().await.unwrap();
    let (other, key) = keys.take().await.unwrap();
    let wrapped = wrapped_bytes(&dir, slot);
    assert!(any_file_contains(&dir, &wrapped));

    keys.destroy(&[slot]).unwrap();
    assert!(keys.recall(slot).is_none());
    assert!(!is_found(&keys, slot));
    assert!(!any_file_contains(&dir, &wrapped));
    keys.destroy(&[slot]).unwrap();

    drop(keys);
    let keys = open(&dir);
    assert!(!is_found(&keys, slot));
    assert!(keys.is_gone(slot).unwrap());
    assert_opens(&keys, other, &key);
}

#[tokio::test]
async fn what_was_never_handed_out_is_neither_found_nor_destroyed() {
    let keys = Keys::memory();
    keys.fill().unwrap();
    for slot in [0, 1 << 40] {
        assert!(matches!(keys.find(slot), Err(KeysError::Unknown(_))));
        assert!(matches!(keys.destroy(&[slot]), Err(KeysError::Unknown(_))));
    }
}

#[tokio::test]
async fn rotation_keeps_every_key_and_the_root_and_leaves_no_old_master_behind() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    let taken = take(&keys, 20).await;
    let gone = *taken.keys().next().unwrap();
    keys.destroy(&[gone]).unwrap();
    let root = keys.root().unwrap();
    let old_master = std::fs::read(dir.path().join("master.key")).unwrap();
    let old_wrapped = wrapped_bytes(&dir, 2);

    let rewrapped = keys.rotate(|_, _| {}).unwrap();
    assert_eq!(rewrapped, Sizes::SMALL.pool);
    assert_eq!(keys.generation(), 2);
    assert!(!any_file_contains(&dir, &old_master[..64]));
    assert!(!any_file_contains(&dir, &old_wrapped));

    drop(keys);
    let keys = opened(&dir);
    assert_eq!(keys.generation(), 2);
    assert!(*keys.root().unwrap() == *root);
    for (slot, key) in taken.iter().filter(|(slot, _)| **slot != gone) {
        assert_opens(&keys, *slot, key);
    }
    assert!(!is_found(&keys, gone));
}

#[tokio::test]
async fn rotation_cut_short_at_any_step_loses_no_key_and_is_finished_later() {
    let mut steps = 0;
    loop {
        let dir = TempDir::new().unwrap();
        let keys = opened(&dir);
        let taken = take(&keys, 5).await;
        let gone = *taken.keys().last().unwrap();
        keys.destroy(&[gone]).unwrap();
        let wrapped_first = wrapped_bytes(&dir, 1);
        let root = keys.root().unwrap();
        drop(keys);

        let cut = open_with(dir.path(), Trip::after(steps)).unwrap();
        let outcome = cut.rotate(|_, _| {});
        drop(cut);

        let keys = open(&dir);
        assert!(*keys.root().unwrap() == *root, "root after {steps} steps");
        for (slot, key) in taken.iter().filter(|(slot, _)| **slot != gone) {
            assert_opens(&keys, *slot, key);
        }
        assert!(!is_found(&keys, gone));
        if outcome.is_err() && keys.is_rotating() {
            keys.rotate(|_, _| {}).unwrap();
        }
        assert!(!is_rotating(dir.path()));
        drop(keys);

        let keys = opened(&dir);
        for (slot, key) in taken.iter().filter(|(slot, _)| **slot != gone) {
            assert_opens(&keys, *slot, key);
        }
        assert!(keys.take().await.is_ok());
        if outcome.is_ok() {
            assert_eq!(keys.generation(), 2);
            assert!(!any_file_contains(&dir, &wrapped_first));
            break;
        }
        steps += 1;
    }
    assert!(steps > 10, "only {steps} steps were cut");
}

#[tokio::test]
async fn keys_made_while_rotating_survive_it() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    keys.begin_rotation().unwrap();
    let mut taken = take(&keys, 200).await;
    keys.rotate(|_, _| {}).unwrap();
    taken.append(&mut take(&keys, 100).await);
    drop(keys);
    let keys = open(&dir);
    for (slot, key) in &taken {
        assert_opens(&keys, *slot, key);
    }
}

#[tokio::test]
async fn a_copy_put_back_opens_what_it_held_and_hands_out_nothing_anew() {
    let dir = TempDir::new().unwrap();
    let (copied, restored) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let keys = opened(&dir);
    let before = take(&keys, 5).await;
    copy(dir.path(), copied.path()).unwrap();
    keys.fill().unwrap();
    let after = take(&keys, 40).await;
    assert!(matches!(
        copy(dir.path(), copied.path()),
        Err(OpenError::NotEmpty { .. })
    ));

    restore(copied.path(), restored.path()).unwrap();
    assert!(matches!(
        open_with(restored.path(), Trip::default()),
        Err(OpenError::MasterMissing { .. })
    ));
    std::fs::copy(dir.path().join("master.key"), restored.path().join("master.key")).unwrap();
    let keys = opened(&restored);
    for (slot, key) in before.iter().chain(&after) {
        assert_opens(&keys, *slot, key);
    }
    let (slot, _) = keys.take().await.unwrap();
    assert!(slot > *after.keys().last().unwrap());
    assert!(matches!(
        restore(copied.path(), restored.path()),
        Err(OpenError::NotEmpty { .. })
    ));
}

#[test]
fn a_copy_is_refused_while_the_master_key_is_being_changed() {
    let (dir, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let keys = opened(&dir);
    keys.begin_rotation().unwrap();
    assert!(matches!(
        copy(dir.path(), copied.path()),
        Err(OpenError::Rotating)
    ));
}

#[test]
fn an_older_key_file_goes_on_beyond_what_the_ledger_knows() {
    let dir = TempDir::new().unwrap();
    let keys = opened(&dir);
    keys.skip_beyond(5_000_000).unwrap();
    assert!(keys.reserved() > 5_000_000);
    keys.skip_beyond(1).unwrap();
    drop(keys);
    let keys = open(&dir);
    assert!(!is_found(&keys, 5_000_000));
    keys.destroy(&[5_000_000]).unwrap();
}

#[test]
fn a_master_key_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    let path = dir.path().join("master.key");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = open_with(dir.path(), Trip::default()).err().unwrap();
    assert!(matches!(refused, OpenError::Permissions { mode: 0o640, .. }));
    assert!(refused.to_string().contains("chmod 600"));
}

#[test]
fn a_missing_malformed_or_foreign_master_key_is_told_apart() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    let path = dir.path().join("master.key");
    let kept = std::fs::read(&path).unwrap();

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        open_with(dir.path(), Trip::default()),
        Err(OpenError::MasterMissing { .. })
    ));
    assert!(!path.exists(), "no new master key may be made over existing keys");

    let other = TempDir::new().unwrap();
    drop(open(&other));
    std::fs::copy(other.path().join("master.key"), &path).unwrap();
    let keys = open(&dir);
    assert!(matches!(keys.root(), Err(OpenError::MasterForeign { .. })));
    drop(keys);

    std::fs::write(&path, "not hex").unwrap();
    assert!(matches!(
        open_with(dir.path(), Trip::default()),
        Err(OpenError::MasterMalformed { .. })
    ));

    std::fs::write(&path, kept).unwrap();
    assert!(open(&dir).root().is_ok());
}

#[test]
fn a_damaged_head_is_told_and_one_good_copy_is_enough() {
    let dir = TempDir::new().unwrap();
    drop(opened(&dir));
    let path = dir.path().join("keys");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    drop(opened(&dir));
    let mut bytes = std::fs::read(&path).unwrap();
    for at in COPIES_AT {
        bytes[usize::try_from(at).unwrap() + 20] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        open_with(dir.path(), Trip::default()),
        Err(OpenError::Damaged { .. })
    ));
}
