//! The vault as the other roles meet it, over links; and what a restart, a crash or a restore leaves of it.

mod disk;
mod network;
mod people;
mod tokens;
mod words;

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
use crate::keys::Sizes;
use crate::ledger::Asked;

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
        known_identity: None,
        known_number: String::new(),
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
