//! The vault as the other roles meet it, over links; and what a restart, a crash or a restore leaves of it.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use domain::access::{Actor, Role as Desk};
use domain::id::{HolderId, KeySlot, TicketNumber, UnitId};
use jiff::{SignedDuration, Timestamp};
use kit::auth::TokenHash;
use kit::call::Call;
use kit::clock::{Clock as _, SteppedClock};
use kit::drain::Drain;
use kit::fault::Code;
use kit::link::{Line, RoleSecret};
use kit::server::Rim;
use kit::wire::ClosedSet as _;
use proto::common::v1 as common;
use proto::vault::v1 as pb;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::*;
use crate::erase::ToErase;
use crate::keys::Sizes;
use crate::ledger::{Asked, Destroyed, Fact, What, Whose};
use crate::unlock::ToUnlock;

/// A vault in its stack, with tickets unreachable.
struct House {
    vault: Arc<Vault>,
    service: Arc<Service>,
    link: Link,
    clock: SteppedClock,
    rim: Rim,
}

fn noon() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

impl House {
    fn of(vault: Arc<Vault>, clock: SteppedClock, drain: Drain) -> Self {
        let (to_vault, binder) = Link::deferred();
        let (tickets, _) = Link::deferred();
        let rim = Rim::new(to_vault, Arc::new(clock.clone()), drain, RoleSecret::random());
        let role = role(Deps {
            rim: rim.clone(),
            vault: Arc::clone(&vault),
            tickets: tickets.clone(),
        });
        let link = role.link();
        binder.bind(link.clone());
        let pages = Tokens::derived(&rim.secret, "vault pages");
        let service = Arc::new(Service {
            vault: Arc::clone(&vault),
            tickets,
            bearers: rim.bearers.clone(),
            pages,
        });
        Self {
            vault,
            service,
            link,
            clock,
            rim,
        }
    }

    fn in_memory() -> Self {
        let (clock, drain) = (SteppedClock::new(noon()), Drain::new());
        let vault = Vault::memory(Arc::new(clock.clone()), drain.clone());
        Self::of(vault, clock, drain)
    }

    async fn open(dir: &Path) -> Self {
        let (clock, drain) = (SteppedClock::new(noon()), Drain::new());
        let vault = Vault::open_sized(dir, Arc::new(clock.clone()), drain.clone(), Sizes::SMALL)
            .await
            .unwrap();
        Self::of(vault, clock, drain)
    }

    /// Ends without closing the key file, as a crash does. The ledger is closed for its lock, which a crash frees too.
    async fn crash(self) {
        assert!(self.rim.drain.shutdown(Duration::from_secs(10)).await.is_clean());
        self.vault.ledger.close().await;
    }

    fn as_admin(&self) -> VaultServiceClient<Line> {
        VaultServiceClient::new(
            self.link
                .as_caller(&Call::by(actor("admin", Desk::Administrator))),
        )
    }

    fn as_tickets(&self) -> VaultServiceClient<Line> {
        VaultServiceClient::new(self.link.as_role("tickets"))
    }

    /// Whom the stack takes a bearer for.
    async fn admits(&self, bearer: &str) -> Result<Actor, Code> {
        self.rim.bearers.actor(bearer).await.map_err(|fault| fault.code())
    }
}

/// A server in the stack, as the network reaches it, that keeps who it thinks is calling.
fn whoami(house: &House, seen: &Arc<Mutex<Option<Call>>>) -> Link {
    let seen = Arc::clone(seen);
    let server = tower::service_fn(move |request: http::Request<tonic::body::Body>| {
        *seen.lock().unwrap() = request.extensions().get::<Call>().cloned();
        std::future::ready(Ok::<_, Infallible>(http::Response::new(
            tonic::body::Body::empty(),
        )))
    });
    let stacked = kit::server::stack(server, &house.rim);
    Link::over(stacked.map_err(|never| match never {}), house.rim.secret.clone())
}

fn list_as(line: Line, bearer: Option<&str>) -> impl Future<Output = http::Response<tonic::body::Body>> {
    let mut request = http::Request::builder().uri("/hotline.vault.v1.VaultService/ListTokens");
    if let Some(bearer) = bearer {
        request = request.header("authorization", format!("Bearer {bearer}"));
    }
    let request = request.body(tonic::body::Body::empty()).unwrap();
    async move { line.oneshot(request).await.unwrap() }
}

fn actor(holder: &str, role: Desk) -> Actor {
    Actor {
        holder: HolderId::parse(holder).unwrap(),
        role,
        unit: None,
        cleared: false,
    }
}

fn number(sequence: u32) -> TicketNumber {
    TicketNumber::new(jiff::civil::date(2026, 11, 21), sequence).unwrap()
}

fn asked(id: &str) -> Asked {
    Asked {
        id: kit::call::request_id(id).unwrap(),
        content: id.to_owned(),
    }
}

fn new_token(holder: &str, role: Desk, request_id: &str) -> pb::CreateTokenRequest {
    pb::CreateTokenRequest {
        holder: holder.to_owned(),
        role: role.to_wire(),
        request_id: request_id.to_owned(),
        ..pb::CreateTokenRequest::default()
    }
}

fn to_seal(sequence: u32) -> pb::SealWordsRequest {
    let identity = common::Identity {
        name: "王小明".into(),
        phone: "13812345678".into(),
        ..common::Identity::default()
    };
    pb::SealWordsRequest {
        number: number(sequence).to_string(),
        slot: None,
        words: r#"{"subject":"水管爆了"}"#.to_owned(),
        identity: Some(identity),
        query_code: true,
        content: b"content".to_vec(),
    }
}

async fn open_words(house: &House, sequence: u32, sealed: common::Sealed) -> Result<pb::OpenedWords, Code> {
    let request = pb::OpenWordsRequest {
        number: number(sequence).to_string(),
        sealed: vec![sealed],
    };
    let answer = house
        .as_tickets()
        .open_words(request)
        .await
        .map_err(|status| status.code())?;
    Ok(answer.into_inner().words.remove(0))
}

fn any_file_contains(dir: &Path, wanted: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return any_file_contains(&path, wanted);
        }
        std::fs::read(path)
            .unwrap()
            .windows(wanted.len())
            .any(|window| window == wanted)
    })
}

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
async fn a_token_lives_until_it_ends_or_is_revoked() {
    let house = House::in_memory();
    let secret = house.vault.bootstrap_admin().await.unwrap().unwrap();
    assert!(house.vault.bootstrap_admin().await.unwrap().is_none());
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
    let secret = house.vault.bootstrap_admin().await.unwrap().unwrap();
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
                ..operator.clone()
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
    let secret = house.vault.bootstrap_admin().await.unwrap().unwrap();
    house.crash().await;
    let house = House::open(dir.path()).await;
    assert!(house.vault.bootstrap_admin().await.unwrap().is_none());
    assert!(house.admits(&secret).await.is_ok());
    assert!(!any_file_contains(
        dir.path(),
        secret.trim_start_matches("hl_").as_bytes()
    ));
    house.crash().await;
}

#[tokio::test]
async fn a_look_is_recorded_and_lasts_a_quarter_of_an_hour_for_its_holder_only() {
    let dir = TempDir::new().unwrap();
    let house = House::open(dir.path()).await;
    let clerk = Call::by(actor("water-clerk-1", Desk::UnitClerk));
    let what = ToUnlock {
        number: number(1),
        contact: 1,
        purpose: "上门核实漏水".to_owned(),
    };
    // Tickets cannot be asked: nothing is shown, nothing recorded.
    assert_eq!(
        house
            .service
            .unlock(&clerk, what.clone(), asked("u1"))
            .await
            .unwrap_err()
            .code(),
        Code::Unavailable
    );
    assert!(house.service.list_unlocks(None, 0, 10).is_empty());

    let unlock = house.service.record(&clerk, &what, asked("u1")).await.unwrap();
    assert_eq!(
        house.service.record(&clerk, &what, asked("u1")).await.unwrap(),
        unlock
    );
    let shown = house.service.list_unlocks(Some(number(1)), 0, 10);
    assert_eq!((shown.len(), shown[0].1.purpose.as_str()), (1, "上门核实漏水"));
    assert!(house.service.list_unlocks(Some(number(2)), 0, 10).is_empty());
    assert!(
        !any_file_contains(dir.path(), "上门核实".as_bytes()),
        "a purpose is closed in the ledger"
    );

    let reading = async |call: &Call| {
        house
            .service
            .read_identity(call, &unlock.unlock_id)
            .await
            .unwrap_err()
            .code()
    };
    let other = Call::by(actor("water-clerk-2", Desk::UnitClerk));
    assert_eq!(reading(&other).await, Code::NotFound);
    assert_eq!(reading(&clerk).await, Code::Unavailable, "tickets is asked again");
    house.clock.step(SignedDuration::from_mins(15));
    assert_eq!(reading(&clerk).await, Code::NotFound);
    house.crash().await;

    let house = House::open(dir.path()).await;
    assert_eq!(house.service.list_unlocks(None, 0, 10), shown);
    house.crash().await;
}

#[tokio::test]
async fn a_destroyed_key_stays_destroyed_after_an_older_key_file_is_put_back() {
    let (dir, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let house = House::open(dir.path()).await;
    let sealed = house
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
    backup_keys(dir.path(), copied.path()).unwrap();

    // What DestroyKey does before it tells tickets, cut short by a crash between ledger and key.
    let slot = KeySlot(sealed.slot);
    let destroyed = Destroyed {
        slot,
        number: number(1),
        whose: Whose::Words,
        purpose: String::new(),
    };
    let fact = Fact {
        what: What::KeyDestroyed(destroyed),
        by: HolderId::parse("admin").unwrap(),
        request: None,
    };
    house
        .vault
        .ledger
        .writing()
        .await
        .append(house.clock.now(), fact)
        .await
        .unwrap();
    house.crash().await;

    let house = House::open(dir.path()).await;
    let words = sealed.words.unwrap();
    assert!(open_words(&house, 1, words.clone()).await.unwrap().erased);
    assert!(
        !open_words(&house, 2, kept.words.clone().unwrap())
            .await
            .unwrap()
            .erased
    );
    let more = pb::SealWordsRequest {
        slot: Some(slot.0),
        ..to_seal(1)
    };
    let refused = house.as_tickets().seal_words(more).await.unwrap_err();
    assert_eq!(Fault::from_status(&refused).reason(), "WORDS_ERASED");
    house.crash().await;

    std::fs::remove_file(dir.path().join("keys")).unwrap();
    restore_keys(copied.path(), dir.path(), noon()).unwrap();
    let house = House::open(dir.path()).await;
    assert!(open_words(&house, 1, words.clone()).await.unwrap().erased);
    assert!(
        !open_words(&house, 2, kept.words.clone().unwrap())
            .await
            .unwrap()
            .erased
    );
    house.crash().await;

    // A ledger as old as the keys does not know: tickets' journal does.
    let elsewhere = TempDir::new().unwrap();
    restore_keys(copied.path(), elsewhere.path(), noon()).unwrap();
    std::fs::copy(dir.path().join("master.key"), elsewhere.path().join("master.key")).unwrap();
    let house = House::open(elsewhere.path()).await;
    assert!(!open_words(&house, 1, words.clone()).await.unwrap().erased);
    house
        .vault
        .destroy_again(vec![slot, KeySlot(u64::MAX)])
        .await
        .unwrap();
    assert!(open_words(&house, 1, words).await.unwrap().erased);
    house.crash().await;
}

#[tokio::test]
async fn erasing_asks_tickets_first() {
    let house = House::in_memory();
    let call = Call::by(actor("admin", Desk::Administrator));
    let what = ToErase {
        number: number(1),
        whose: Whose::Contact(1),
        purpose: "居民要求删除".to_owned(),
    };
    let refused = house
        .service
        .destroy_key(&call, what, asked("d1"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        house
            .vault
            .ledger
            .read(|folded| folded.destroyed_slots().is_empty())
    );
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
async fn a_rating_link_is_good_for_its_round() {
    let house = House::in_memory();
    let mut vault = VaultServiceClient::new(house.link.as_role("feedback"));
    let made = pb::MakeRatingLinkRequest {
        number: number(7).to_string(),
        round: 2,
    };
    let link = vault.make_rating_link(made).await.unwrap().into_inner();
    let read = pb::ReadRatingLinkRequest {
        rating_link: link.rating_link,
    };
    let read = vault.read_rating_link(read).await.unwrap().into_inner();
    assert_eq!((read.number, read.round), (number(7).to_string(), 2));
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
