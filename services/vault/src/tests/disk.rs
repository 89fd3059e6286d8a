//! What restarts, crashes and restores leave.

use super::*;
use crate::ledger::{Destroyed, Fact, What, Whose};

#[tokio::test]
async fn words_survive_a_restart_and_a_rotation() {
    let dir = TempDir::new().unwrap();
    let house = House::open(dir.path()).await;
    let sealed = house
        .as_tickets()
        .seal_words(to_seal(1))
        .await
        .unwrap()
        .into_inner();
    let rotate = pb::RotateMasterKeyRequest {
        request_id: "r1".to_owned(),
    };
    let rotated = house
        .as_admin()
        .rotate_master_key(rotate.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(rotated.generation, 2);
    assert!(rotated.rewrapped > 0);
    assert_eq!(
        house
            .as_admin()
            .rotate_master_key(rotate.clone())
            .await
            .unwrap()
            .into_inner(),
        rotated
    );
    house.crash().await;

    let house = House::open(dir.path()).await;
    let words = open_words(&house, 1, sealed.words.unwrap()).await.unwrap();
    assert_eq!(words.words, r#"{"subject":"水管爆了"}"#);
    let again = house
        .as_tickets()
        .seal_words(to_seal(1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (again.query_code, again.caller_hash, again.content_hash),
        (sealed.query_code, sealed.caller_hash, sealed.content_hash)
    );
    assert_eq!(
        house
            .as_admin()
            .rotate_master_key(rotate)
            .await
            .unwrap()
            .into_inner(),
        rotated
    );
    house.crash().await;
}

/// Two tickets with words, a copy of the vault, and the first ticket's key destroyed as far as the ledger: what
/// DestroyKey does before it is cut short by a crash.
async fn destroyed_after_a_copy(dir: &Path, copied: &Path) -> (common::Sealed, common::Sealed) {
    let house = House::open(dir).await;
    let gone = house
        .as_tickets()
        .seal_words(to_seal(1))
        .await
        .unwrap()
        .into_inner();
    let kept = house
        .as_tickets()
        .seal_words(to_seal(2))
        .await
        .unwrap()
        .into_inner();
    backup_keys(dir, copied).unwrap();

    let destroyed = Destroyed {
        slot: KeySlot(gone.slot),
        number: number(1),
        whose: Whose::Words,
        purpose: String::new(),
    };
    let by = HolderId::parse("admin").unwrap();
    let fact = Fact {
        what: What::KeyDestroyed(destroyed),
        by,
        request: None,
    };
    let now = house.clock.now();
    house
        .vault
        .ledger
        .writing()
        .await
        .append(now, fact)
        .await
        .unwrap();
    house.crash().await;
    (gone.words.unwrap(), kept.words.unwrap())
}

async fn is_erased(house: &House, sequence: u32, sealed: &common::Sealed) -> bool {
    open_words(house, sequence, sealed.clone()).await.unwrap().erased
}

#[tokio::test]
async fn a_key_destroyed_only_in_the_ledger_is_destroyed_at_the_next_start() {
    let (dir, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (gone, kept) = destroyed_after_a_copy(dir.path(), copied.path()).await;
    let house = House::open(dir.path()).await;
    assert!(is_erased(&house, 1, &gone).await);
    assert!(!is_erased(&house, 2, &kept).await);

    let more = pb::SealWordsRequest {
        slot: Some(gone.slot),
        ..to_seal(1)
    };
    let refused = house.as_tickets().seal_words(more).await.unwrap_err();
    assert_eq!(Fault::from_status(&refused).reason(), "WORDS_ERASED");
    house.crash().await;
}

#[tokio::test]
async fn a_destroyed_key_stays_destroyed_after_an_older_key_file_is_put_back() {
    let (dir, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (gone, kept) = destroyed_after_a_copy(dir.path(), copied.path()).await;
    std::fs::remove_file(dir.path().join("keys")).unwrap();
    restore_keys(copied.path(), dir.path(), noon()).unwrap();
    let house = House::open(dir.path()).await;
    assert!(is_erased(&house, 1, &gone).await);
    assert!(!is_erased(&house, 2, &kept).await);
    house.crash().await;
}

#[tokio::test]
async fn what_only_the_tickets_journal_knows_to_be_erased_is_destroyed_again_on_request() {
    let (dir, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (gone, _) = destroyed_after_a_copy(dir.path(), copied.path()).await;
    let elsewhere = TempDir::new().unwrap();
    restore_keys(copied.path(), elsewhere.path(), noon()).unwrap();
    std::fs::copy(dir.path().join("master.key"), elsewhere.path().join("master.key")).unwrap();
    let house = House::open(elsewhere.path()).await;
    assert!(!is_erased(&house, 1, &gone).await);
    house
        .vault
        .destroy_again(vec![KeySlot(gone.slot), KeySlot(u64::MAX)])
        .await
        .unwrap();
    assert!(is_erased(&house, 1, &gone).await);
    house.crash().await;
}

#[tokio::test]
async fn a_vault_with_a_past_does_not_begin_anew_without_its_keys() {
    let dir = TempDir::new().unwrap();
    let house = House::open(dir.path()).await;
    house.vault.bootstrap_admin(|_| Ok(())).await.unwrap();
    house.crash().await;
    std::fs::remove_file(dir.path().join("keys")).unwrap();
    let (clock, drain) = (Arc::new(SteppedClock::new(noon())), Drain::new());
    let refused = Vault::open_sized(dir.path(), clock, drain, Sizes::SMALL)
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, OpenError::KeysMissing { .. }), "{refused}");
}

#[tokio::test]
async fn a_clean_end_skips_no_slot() {
    let dir = TempDir::new().unwrap();
    let mut slots = Vec::new();
    for sequence in 1..=2 {
        let house = House::open(dir.path()).await;
        let request = pb::SealWordsRequest {
            identity: None,
            ..to_seal(sequence)
        };
        slots.push(
            house
                .as_tickets()
                .seal_words(request)
                .await
                .unwrap()
                .into_inner()
                .slot,
        );
        assert!(house.rim.drain.shutdown(Duration::from_secs(10)).await.is_clean());
        house.vault.close().await;
        assert!(!house.vault.is_writable());
    }
    assert_eq!(slots, [1, 2]);
}
