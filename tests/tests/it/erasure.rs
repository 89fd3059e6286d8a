//! Erasure: after a key is destroyed no file of the server holds what opens the words, and no way leads back to them.

use std::fs;
use std::path::{Path, PathBuf};

use hotline::client::Answer as _;
use proto::common::v1::{Channel, Identity, Role, Standing};
use proto::intake::v1::SubmitComplaintRequest;
use proto::tickets::v1::{GetTicketRequest, Ticket, TicketView};
use proto::vault::v1::{ReadIdentityRequest, UnlockRequest, UnlockResponse};

use crate::process::{Home, Launch, Server, hotline};
use crate::promises::history;

const SLOT_BYTES: usize = 128;
const NAME: &str = "南宫测试";
const PHONE: &str = "13900006655";

fn form(id: &str) -> SubmitComplaintRequest {
    SubmitComplaintRequest {
        request_id: id.to_owned(),
        channel: Channel::Web.into(),
        subject: format!("希望公园里多放几张长椅 {id}"),
        body: format!("希望龙湖区的公园里多放几张长椅,{id}"),
        place: "龙湖区".to_owned(),
        standing: Standing::Own.into(),
        identity: Some(Identity {
            name: NAME.to_owned(),
            phone: PHONE.to_owned(),
            ..Identity::default()
        }),
        ..SubmitComplaintRequest::default()
    }
}

async fn submit(server: &Server, id: &str) -> String {
    server
        .client()
        .intake()
        .submit_complaint(form(id))
        .await
        .answer()
        .unwrap()
        .number
}

async fn read(server: &Server, number: &str) -> Ticket {
    let request = GetTicketRequest {
        number: number.to_owned(),
        view: TicketView::Full.into(),
    };
    server
        .client()
        .tickets()
        .get_ticket(request)
        .await
        .answer()
        .unwrap()
        .ticket
        .unwrap()
}

async fn unlock(server: &Server, number: &str, name: &str) -> Option<UnlockResponse> {
    let supervisor = server.client_of(name, Role::Supervisor, "").await;
    let request = UnlockRequest {
        number: number.to_owned(),
        contact: 1,
        purpose: "核对联系方式".to_owned(),
        request_id: format!("unlock-{name}"),
    };
    supervisor.vault().unlock(request).await.answer().ok()
}

/// Destroys the key of a ticket's words or of its first contact; answers the slot.
async fn erase(server: &Server, number: &str, what: &[&str]) -> u64 {
    let mut arguments = vec![
        "erase",
        number,
        "--purpose",
        "诉求人依法要求删除",
        "--yes",
        "--json",
    ];
    arguments.extend(what);
    let arguments = arguments
        .into_iter()
        .map(str::to_owned)
        .chain(server.connection());
    let ran = hotline(arguments).await.well();
    ran.objects()[0]["slot"].as_u64().unwrap()
}

fn key_file(data: &Path) -> PathBuf {
    data.join("vault/keys")
}

/// The bytes of a slot in a key file, found by the number that stands in it.
fn slot_in(keys: &[u8], slot: u64) -> &[u8] {
    let is_it = |bytes: &&[u8]| bytes[0] == 1 && bytes[80..88] == slot.to_le_bytes();
    let found: Vec<&[u8]> = keys.chunks_exact(SLOT_BYTES).filter(is_it).collect();
    assert_eq!(found.len(), 1, "slot {slot} is in the key file once");
    found[0]
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

/// No file below a folder holds any 16 bytes of the wrapped key or its nonce.
fn holds_nothing_of(folder: &Path, slot: &[u8]) {
    let pieces: Vec<&[u8]> = slot[8..80].chunks_exact(16).collect();
    for file in files(folder) {
        let bytes = fs::read(&file).unwrap();
        for piece in &pieces {
            assert!(
                !contains(&bytes, piece),
                "{} still holds a piece of the key",
                file.display()
            );
        }
    }
}

fn contains(bytes: &[u8], piece: &[u8]) -> bool {
    let (first, rest) = piece.split_first().unwrap();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| byte == first) {
        at += found + 1;
        if bytes[at..].starts_with(rest) {
            return true;
        }
    }
    false
}

/// The words and the identity of the erased ticket are gone, those of the other are there.
async fn is_erased(server: &Server, erased: &str, other: &str, name: &str) {
    let ticket = read(server, erased).await;
    assert!(
        ticket.erased && ticket.subject.is_empty() && ticket.body.is_empty() && ticket.place.is_empty(),
        "{ticket:?}"
    );
    assert!(
        history(&server.client(), erased)
            .await
            .iter()
            .all(|event| event.words.values().all(String::is_empty))
    );
    assert_eq!(unlock(server, erased, &format!("{name}-erased")).await, None);

    let ticket = read(server, other).await;
    assert_eq!((ticket.erased, ticket.body), (false, form("other").body));
    let identity = unlock(server, other, &format!("{name}-other"))
        .await
        .unwrap()
        .identity
        .unwrap();
    assert_eq!((identity.name.as_str(), identity.phone.as_str()), (NAME, PHONE));
}

async fn verify(data: &Path) {
    hotline(["verify".as_ref(), "--data".as_ref(), data.as_os_str()])
        .await
        .well();
}

async fn backup(data: &Path, to: &Path) {
    hotline([
        "backup".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--to".as_ref(),
        to.as_os_str(),
    ])
    .await
    .well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_is_in_no_file_and_stays_destroyed_whatever_is_put_back() {
    let home = Home::new();
    let server = home.serve().await;
    let (erased, other) = (submit(&server, "erased").await, submit(&server, "other").await);
    let unlocked = unlock(&server, &erased, "before").await.unwrap();
    assert_eq!(unlocked.identity.unwrap().name, NAME);
    let before = fs::read(key_file(&home.data())).unwrap();
    let older = home.path("older");
    backup(&home.data(), &older).await;

    let words = erase(&server, &erased, &["--words"]).await;
    let identity = erase(&server, &erased, &["--contact", "1"]).await;
    let slots = [slot_in(&before, words), slot_in(&before, identity)];
    let gone = |folder: &Path| slots.iter().for_each(|slot| holds_nothing_of(folder, slot));
    gone(&home.data());
    is_erased(&server, &erased, &other, "at-once").await;
    // An unlock that was still good shows nothing any more.
    let holder = server.client_of("before", Role::Supervisor, "").await;
    let again = holder
        .vault()
        .read_identity(ReadIdentityRequest {
            unlock_id: unlocked.unlock_id,
        })
        .await
        .answer();
    assert!(again.is_err(), "{again:?}");
    let (token, launch) = (server.token().to_owned(), server.launch());
    server.terminate().await;
    gone(&home.data());
    verify(&home.data()).await;

    // After a restart.
    let server = home.serve().await;
    is_erased(&server, &erased, &other, "restarted").await;
    let newer = home.path("newer");
    backup(&home.data(), &newer).await;
    server.terminate().await;
    gone(&newer);

    // After the older key file was put back into the directory.
    fs::copy(key_file(&older), key_file(&home.data())).unwrap();
    let server = home.serve().await;
    is_erased(&server, &erased, &other, "put-back").await;
    server.terminate().await;
    gone(&home.data());
    verify(&home.data()).await;

    restored_from_older_keys(&home, launch, &token, [&older, &newer], (&erased, &other)).await;
    gone(&home.path("restored"));
}

/// Today's ledgers restored with the older backup's keys.
async fn restored_from_older_keys(
    home: &Home,
    launch: Launch,
    token: &str,
    [older, newer]: [&Path; 2],
    (erased, other): (&str, &str),
) {
    fs::copy(key_file(older), key_file(newer)).unwrap();
    let restored = home.path("restored");
    let master = home.data().join("vault/master.key");
    let paths = [
        ("--from", newer),
        ("--data", restored.as_path()),
        ("--master-key", master.as_path()),
    ];
    let arguments = paths
        .into_iter()
        .flat_map(|(flag, path)| [flag.into(), path.as_os_str().to_owned()]);
    hotline(std::iter::once("restore".into()).chain(arguments))
        .await
        .well();

    let server = launch.of(&restored).known_by(token).start().await;
    is_erased(&server, erased, other, "restored").await;
    server.terminate().await;
    verify(&restored).await;
}
