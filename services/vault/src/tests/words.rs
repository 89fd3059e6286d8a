//! Closing and opening words, codes and links.

use super::*;

#[tokio::test]
async fn words_come_back_as_they_were_sealed() {
    let house = House::in_memory();
    let sealed = house
        .as_tickets()
        .seal_words(to_seal(1))
        .await
        .unwrap()
        .into_inner();
    let words = sealed.words.clone().unwrap();
    assert_eq!(words.slot, sealed.slot);
    assert_ne!(
        sealed.identity.as_ref().unwrap().slot,
        sealed.slot,
        "an identity has a key of its own"
    );
    assert_eq!(
        (
            sealed.caller_hash.len(),
            sealed.query_code.len(),
            sealed.content_hash.len()
        ),
        (32, 10, 64)
    );
    assert!(!words.text.contains("水管"));

    assert_eq!(
        open_words(&house, 1, words.clone()).await.unwrap().words,
        r#"{"subject":"水管爆了"}"#
    );
    assert_eq!(open_words(&house, 2, words).await.unwrap_err(), Code::DataLoss);
    assert_eq!(
        open_words(&house, 1, sealed.identity.unwrap()).await.unwrap_err(),
        Code::DataLoss
    );
}

#[tokio::test]
async fn a_slot_is_taken_only_for_words_and_a_ticket_keeps_its_own() {
    let house = House::in_memory();
    let first = house
        .as_tickets()
        .seal_words(to_seal(1))
        .await
        .unwrap()
        .into_inner();

    let code = pb::SealWordsRequest {
        words: String::new(),
        identity: None,
        ..to_seal(1)
    };
    let code = house.as_tickets().seal_words(code).await.unwrap().into_inner();
    assert_eq!((code.slot, &code.words, &code.identity), (0, &None, &None));
    assert_eq!(code.query_code, first.query_code);

    let more = pb::SealWordsRequest {
        slot: Some(first.slot),
        identity: None,
        ..to_seal(1)
    };
    let more = house.as_tickets().seal_words(more).await.unwrap().into_inner();
    assert_eq!(more.slot, first.slot);
}

#[tokio::test]
async fn an_identity_goes_over_to_a_ticket_split_off_under_a_key_of_its_own() {
    let house = House::in_memory();
    let seal = async |request| house.as_tickets().seal_words(request).await.unwrap().into_inner();
    let first = seal(to_seal(1)).await;
    let part = |known_number: u32| pb::SealWordsRequest {
        identity: None,
        known_identity: first.identity.clone(),
        known_number: number(known_number).to_string(),
        ..to_seal(2)
    };
    let sealed = seal(part(1)).await;
    let (identity, before) = (sealed.identity.unwrap(), first.identity.clone().unwrap());
    assert_ne!(identity.slot, before.slot);
    assert_eq!(sealed.caller_hash, first.caller_hash);
    let open = async |sequence, sealed: common::Sealed| {
        let sealed = crate::wire::sealed(sealed);
        house.vault.open_identity(number(sequence), &sealed).await
    };
    let shown = open(2, identity.clone()).await.unwrap().unwrap();
    assert_eq!(shown, open(1, before.clone()).await.unwrap().unwrap());
    assert!(open(1, identity).await.is_err(), "bound to the new ticket");

    let of_another = house.as_tickets().seal_words(part(3)).await.unwrap_err();
    assert_eq!(of_another.code(), Code::DataLoss);

    // Nothing is left of a person who was erased.
    house.vault.keys.destroy(&[before.slot]).unwrap();
    assert_eq!(seal(part(1)).await.identity, None);
}

#[tokio::test]
async fn only_the_hotlines_own_roles_reach_the_keys() {
    let house = House::in_memory();
    for role in Desk::ALL.into_iter().filter(|role| *role != Desk::System) {
        let mut vault = VaultServiceClient::new(house.link.as_caller(&Call::by(actor("somebody", role))));
        assert_eq!(
            vault.seal_words(to_seal(1)).await.unwrap_err().code(),
            Code::PermissionDenied
        );
        let open = pb::OpenWordsRequest::default();
        assert_eq!(
            vault.open_words(open).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let house = House::in_memory();
    let long = pb::SealWordsRequest {
        words: "x".repeat(300 << 10),
        ..to_seal(1)
    };
    assert_eq!(
        house.as_tickets().seal_words(long).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let sealed = vec![common::Sealed::default(); 201];
    let many = pb::OpenWordsRequest {
        number: number(1).to_string(),
        sealed,
    };
    assert_eq!(
        house.as_tickets().open_words(many).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let short = pb::UnlockRequest {
        number: number(1).to_string(),
        contact: 1,
        purpose: "看".to_owned(),
        request_id: "u1".to_owned(),
    };
    let clerk = Call::by(actor("clerk", Desk::UnitClerk));
    let refused = VaultServiceClient::new(house.link.as_caller(&clerk))
        .unlock(short)
        .await
        .unwrap_err();
    assert_eq!(
        Fault::from_status(&refused).fields().collect::<Vec<_>>(),
        ["purpose"]
    );
}

#[tokio::test]
async fn a_rating_link_is_good_for_its_answer() {
    let house = House::in_memory();
    let mut vault = VaultServiceClient::new(house.link.as_role("feedback"));
    let made = pb::MakeRatingLinkRequest {
        number: number(7).to_string(),
        answer: 2,
    };
    let link = vault.make_rating_link(made).await.unwrap().into_inner();
    let read = pb::ReadRatingLinkRequest {
        rating_link: link.rating_link,
    };
    let read = vault.read_rating_link(read).await.unwrap().into_inner();
    assert_eq!((read.number, read.answer), (number(7).to_string(), 2));
    let forged = pb::ReadRatingLinkRequest {
        rating_link: "0".repeat(32),
    };
    assert_eq!(
        vault.read_rating_link(forged).await.unwrap().into_inner().number,
        ""
    );
}

#[tokio::test]
async fn many_words_at_once_get_a_slot_each() {
    let house = House::in_memory();
    let line = house.as_tickets();
    let seals = (1..=300).map(|sequence| {
        let mut vault = line.clone();
        async move { vault.seal_words(to_seal(sequence)).await.unwrap().into_inner() }
    });
    let mut slots: Vec<u64> = Vec::new();
    for sealed in futures::future::join_all(seals).await {
        slots.extend([sealed.slot, sealed.identity.unwrap().slot]);
    }
    let count = slots.len();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!((count, slots.len()), (600, 600));
}
