//! Tokens, from making to ending.

use super::*;

#[tokio::test]
async fn a_token_lives_until_it_ends_or_is_revoked() {
    let house = House::in_memory();
    let secret = house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().unwrap();
    assert!(house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().is_none());
    assert_eq!(house.admits(&secret).await.unwrap().role, Desk::Administrator);

    let mut request = new_token("water-clerk-1", Desk::UnitClerk, "t1");
    request.unit = "water".to_owned();
    request.ttl_seconds = 3_600;
    let made = house.as_admin().create_token(request).await.unwrap().into_inner();
    let clerk = house.admits(&made.token).await.unwrap();
    assert_eq!(clerk.unit, Some(UnitId::parse("water").unwrap()));
    assert_eq!(
        house.admits("hl_forged").await.unwrap_err(),
        Code::Unauthenticated
    );

    house.clock.step(SignedDuration::from_secs(3_599));
    assert!(house.admits(&made.token).await.is_ok());
    house.clock.step(SignedDuration::from_secs(1));
    assert_eq!(
        house.admits(&made.token).await.unwrap_err(),
        Code::Unauthenticated
    );

    let operator = house
        .as_admin()
        .create_token(new_token("op-1", Desk::Operator, "t2"))
        .await
        .unwrap()
        .into_inner();
    assert!(house.admits(&operator.token).await.is_ok());
    let revoke = pb::RevokeTokenRequest {
        token_id: operator.token_id,
        request_id: "t3".to_owned(),
    };
    house.as_admin().revoke_token(revoke.clone()).await.unwrap();
    assert_eq!(
        house.admits(&operator.token).await.unwrap_err(),
        Code::Unauthenticated,
        "at once in this process"
    );
    house.as_admin().revoke_token(revoke).await.unwrap();
    let unknown = pb::RevokeTokenRequest {
        token_id: "none".to_owned(),
        request_id: "t4".to_owned(),
    };
    assert_eq!(
        house.as_admin().revoke_token(unknown).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_bearer_is_carried_from_process_to_process_beside_the_role() {
    let house = House::in_memory();
    let secret = house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().unwrap();
    let seen = Arc::default();
    let link = whoami(&house, &seen);
    list_as(link.as_caller(&Call::by_citizen()), Some(&secret)).await;
    let first = seen.lock().unwrap().take().unwrap();
    assert_eq!((first.actor.holder.as_str(), first.via), ("admin", None));

    list_as(link.on_behalf_of("tickets", &first), None).await;
    let second = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        (second.actor.holder.as_str(), second.via),
        ("admin", Some("tickets"))
    );

    list_as(link.on_behalf_of("vault", &second), None).await;
    let third = seen.lock().unwrap().take().unwrap();
    assert_eq!((third.actor.holder.as_str(), third.via), ("admin", Some("vault")));

    let refused = list_as(link.as_caller(&Call::by_citizen()), Some("hl_forged")).await;
    assert_eq!(
        tonic::Status::from_header_map(refused.headers()).unwrap().code(),
        Code::Unauthenticated
    );
    assert!(seen.lock().unwrap().is_none());
}

#[tokio::test]
async fn introspection_does_not_tell_an_ended_token_from_none() {
    let house = House::in_memory();
    let made = house
        .as_admin()
        .create_token(new_token("op-1", Desk::Operator, "t1"))
        .await
        .unwrap()
        .into_inner();
    house.clock.step(SignedDuration::from_hours(24 * 366));
    let mut vault = VaultServiceClient::new(house.link.as_role("intake"));
    let mut answers = Vec::new();
    for bearer in [made.token.as_str(), "hl_never_made"] {
        let token_hash = TokenHash::of(bearer).to_hex();
        answers.push(
            vault
                .introspect_token(pb::IntrospectTokenRequest { token_hash })
                .await
                .unwrap()
                .into_inner(),
        );
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].token, None);
}

#[tokio::test]
async fn the_same_request_makes_one_token_and_another_content_is_refused() {
    let house = House::in_memory();
    let request = new_token("op-1", Desk::Operator, "t1");
    let made = house
        .as_admin()
        .create_token(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        house
            .as_admin()
            .create_token(request.clone())
            .await
            .unwrap()
            .into_inner(),
        made
    );
    let other = pb::CreateTokenRequest {
        holder: "op-2".to_owned(),
        ..request.clone()
    };
    assert_eq!(
        house.as_admin().create_token(other).await.unwrap_err().code(),
        Code::AlreadyExists
    );

    house.clock.step(SignedDuration::from_mins(11));
    let later = house.as_admin().create_token(request).await.unwrap().into_inner();
    assert_eq!(
        (later.token_id, later.token.as_str()),
        (made.token_id, ""),
        "a secret is not told for long"
    );
}

#[tokio::test]
async fn a_token_without_sense_is_refused_by_field() {
    let house = House::in_memory();
    let operator = new_token("op-1", Desk::Operator, "t1");
    for (field, request) in [
        ("unit", new_token("clerk", Desk::UnitClerk, "t1")),
        (
            "unit",
            pb::CreateTokenRequest {
                unit: "water".to_owned(),
                ..new_token("portal", Desk::Channel, "t1")
            },
        ),
        ("role", new_token("x", Desk::System, "t1")),
        ("role", new_token("x", Desk::Citizen, "t1")),
        (
            "role",
            pb::CreateTokenRequest {
                role: 99,
                ..operator.clone()
            },
        ),
        (
            "holder",
            pb::CreateTokenRequest {
                holder: "王小明".to_owned(),
                ..operator.clone()
            },
        ),
        (
            "ttl_seconds",
            pb::CreateTokenRequest {
                ttl_seconds: u64::MAX,
                ..operator.clone()
            },
        ),
        (
            "request_id",
            pb::CreateTokenRequest {
                request_id: String::new(),
                ..operator.clone()
            },
        ),
    ] {
        let status = house.as_admin().create_token(request).await.unwrap_err();
        let fault = Fault::from_status(&status);
        assert_eq!(
            (fault.code(), fault.fields().collect::<Vec<_>>()),
            (Code::InvalidArgument, vec![field])
        );
    }
}

#[tokio::test]
async fn tokens_are_listed_page_by_page_without_secrets() {
    let house = House::in_memory();
    for number in 0..5 {
        let request = new_token(&format!("op-{number}"), Desk::Operator, &format!("t{number}"));
        house.as_admin().create_token(request).await.unwrap();
    }
    let mut holders = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListTokensRequest {
            page_size: 2,
            page_token,
        };
        let page = house.as_admin().list_tokens(request).await.unwrap().into_inner();
        holders.extend(page.tokens.into_iter().map(|token| token.holder));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(holders, ["op-0", "op-1", "op-2", "op-3", "op-4"]);
    let bad = pb::ListTokensRequest {
        page_size: 2,
        page_token: "bad".to_owned(),
    };
    assert_eq!(
        house.as_admin().list_tokens(bad).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn tokens_are_kept_over_a_crash_and_no_secret_is_on_the_disk() {
    let dir = TempDir::new().unwrap();
    let house = House::open(dir.path()).await;
    let secret = house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().unwrap();
    house.crash().await;
    let house = House::open(dir.path()).await;
    assert!(house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().is_none());
    assert!(house.admits(&secret).await.is_ok());
    assert!(!any_file_contains(
        dir.path(),
        secret.trim_start_matches("hl_").as_bytes()
    ));
    house.crash().await;
}
