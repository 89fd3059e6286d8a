//! `hotline import`: whoever is killed half-way, importer or server, in the end each message is one ticket, dispatched
//! or held with a reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hotline::client::{Answer as _, Client};
use proto::common::v1::{Phase, Role};
use proto::tickets::v1::{ListTicketsRequest, Ticket};
use serde_json::{Value, json};

use crate::process::{Home, Ran, Server, hotline, hotline_begun, until};
use crate::promises::tickets;

/// Messages of the invented source.
const MESSAGES: usize = 600;
const HALF_WITHIN: Duration = Duration::from_secs(60);
/// How long triage may take to look at everything.
const SETTLED_WITHIN: Duration = Duration::from_secs(180);
/// Messages in the real file, and the share that must be dispatched with an alias file.
const REAL_MESSAGES: usize = 2_798;
const REAL_SHARE: f64 = 0.40;

const MATTERS: [(&str, &str); 8] = [
    ("路灯不亮", "路口的路灯坏了好几天,晚上漆黑一片,请尽快维修"),
    ("工地深夜施工噪音扰民", "工地半夜还在打桩,施工噪音很大,全家睡不着"),
    ("垃圾没有清运", "垃圾桶满了没有人清运,垃圾堆在路边发臭"),
    ("占道经营严重", "夜市摊贩占道经营,行人只能走到车道上"),
    ("物业乱收费", "小区物业公司没有经过业主同意就涨物业费"),
    ("人行道乱停车", "人行道上停满了车,老人小孩只能走机动车道"),
    ("公交班次太少", "公交车等了五十分钟也不来,上班总是迟到"),
    ("说一件事情", "有一件事情想请领导关注一下,希望能得到重视"),
];

/// Places as the source codes them.
const PLACES: [&str; 3] = ["A1区", "A2区", "A3区"];

fn messages(file: &Path, count: usize) {
    let mut text = String::new();
    for id in 0..count {
        let (subject, body) = MATTERS[id % MATTERS.len()];
        let place = PLACES[id / MATTERS.len() % PLACES.len()];
        let time = format!("2026-11-{:02}T{:02}:30:00", 1 + id % 20, id % 24);
        let subject = format!("{place}{subject}");
        let line = json!({ "id": id.to_string(), "subject": subject, "body": format!("{body}(第 {id} 件)"), "time": time });
        writeln!(text, "{line}").unwrap();
    }
    std::fs::write(file, text).unwrap();
}

fn arguments(server: &Server, file: &Path, aliases: Option<&Path>) -> Vec<std::ffi::OsString> {
    let mut arguments = vec![
        "import".into(),
        file.into(),
        "--json".into(),
        "--concurrency".into(),
        "4".into(),
    ];
    arguments.extend(server.connection().map(Into::into));
    if let Some(aliases) = aliases {
        arguments.extend(["--aliases".into(), aliases.into()]);
    }
    arguments
}

fn summary(ran: &Ran) -> Value {
    let [summary] = ran.objects().try_into().expect("an import ends with one object");
    summary
}

/// Somebody who sees sealed reports too.
async fn sees_everything(server: &Server) -> Client {
    server.client_of("counting", Role::Supervisor, "").await
}

/// Waits until half of the messages are tickets.
async fn half_way(client: &Client, all: usize) {
    let mut seen = (0, String::new());
    let look = async || {
        let request = ListTicketsRequest {
            page_size: 200,
            page_token: seen.1.clone(),
            ..ListTicketsRequest::default()
        };
        let page = client
            .tickets()
            .list_tickets(request)
            .await
            .answer()
            .expect("tickets are listed");
        let count = seen.0 + page.tickets.len();
        // A page that is not the last stays as it is.
        if !page.next_page_token.is_empty() {
            seen = (count, page.next_page_token);
        }
        (count >= all / 2).then_some(())
    };
    until("half of the messages are tickets", HALF_WITHIN, look).await;
}

/// Waits until triage has dispatched or held every ticket. Answers them all.
async fn settled(client: &Client) -> Vec<Ticket> {
    let is_settled = |ticket: &Ticket| {
        let is_dispatched = !ticket.lead_unit.is_empty();
        is_dispatched || !ticket.hold.is_empty() || ticket.phase() != Phase::Accepted
    };
    let look = async || Some(tickets(client).await).filter(|tickets| tickets.iter().all(is_settled));
    until(
        "every ticket is dispatched or held with a reason",
        SETTLED_WITHIN,
        look,
    )
    .await
}

fn each_once(tickets: &[Ticket], count: usize) {
    let sources: BTreeSet<&str> = tickets.iter().map(|ticket| ticket.source_id.as_str()).collect();
    assert_eq!(
        (tickets.len(), sources.len()),
        (count, count),
        "each message is one ticket"
    );
}

fn share(tickets: &[Ticket]) -> f64 {
    let dispatched = tickets
        .iter()
        .filter(|ticket| !ticket.lead_unit.is_empty())
        .count();
    dispatched as f64 / tickets.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn an_importer_killed_half_way_and_run_again_makes_each_ticket_once() {
    let home = Home::new();
    let file = home.path("messages.jsonl");
    messages(&file, MESSAGES);
    let server = home.serve().await;
    let client = sees_everything(&server).await;

    let mut importer = hotline_begun(arguments(&server, &file, None), &home.path("import.log"));
    half_way(&client, MESSAGES).await;
    importer.kill9().await;
    let ran = hotline(arguments(&server, &file, None)).await.well();
    let said = summary(&ran);
    assert_eq!(
        (said["lines"].as_u64(), said["refused"].as_u64()),
        (Some(MESSAGES as u64), Some(0)),
        "{said}"
    );
    // Some were there, and the kill came before all of them were.
    assert!(
        said["already_there"].as_u64() >= Some(MESSAGES as u64 / 2) && said["new"].as_u64() > Some(0),
        "{said}"
    );

    let tickets = settled(&client).await;
    each_once(&tickets, MESSAGES);
    for ticket in &tickets {
        let dispatched = ticket.lead_unit.is_empty() != ticket.hold.is_empty();
        assert!(
            dispatched,
            "{} is neither dispatched nor held, or both",
            ticket.number
        );
    }
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_half_way_and_started_again_has_each_ticket_once() {
    let home = Home::new();
    let file = home.path("messages.jsonl");
    messages(&file, MESSAGES);
    let server = home.serve().await;
    let (addr, launch) = (server.addr(), server.launch());

    let mut importer = hotline_begun(arguments(&server, &file, None), &home.path("import.log"));
    half_way(&sees_everything(&server).await, MESSAGES).await;
    server.kill9().await;
    // The importer knocks until the server is there again, at the address it knows.
    let server = launch.on(addr).start().await;
    let status = importer.end(Duration::from_secs(120)).await;
    assert!(status.success(), "{status}: {}", importer.log_tail());

    let client = sees_everything(&server).await;
    each_once(&settled(&client).await, MESSAGES);
    // Run once more, it finds everything there.
    let ran = hotline(arguments(&server, &file, None)).await.well();
    let said = summary(&ran);
    assert_eq!(
        (said["new"].as_u64(), said["already_there"].as_u64()),
        (Some(0), Some(MESSAGES as u64)),
        "{said}"
    );
    each_once(&tickets(&client).await, MESSAGES);
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_file_raises_the_share_that_is_dispatched() {
    let home = Home::new();
    let (file, aliases) = (home.path("messages.jsonl"), home.path("aliases.toml"));
    messages(&file, 120);
    std::fs::write(&aliases, coded_places()).unwrap();
    let server = home.serve().await;
    let client = sees_everything(&server).await;

    for (source, aliases) in [("plain", None), ("coded", Some(aliases.as_path()))] {
        let mut arguments = arguments(&server, &file, aliases);
        arguments.extend(["--source".into(), source.into()]);
        hotline(arguments).await.well();
    }
    let (coded, plain): (Vec<Ticket>, Vec<Ticket>) = settled(&client)
        .await
        .into_iter()
        .partition(|ticket| ticket.source_id.starts_with("coded:"));
    each_once(&coded, 120);
    each_once(&plain, 120);
    let (with, without) = (share(&coded), share(&plain));
    eprintln!("dispatched: {with:.2} with an alias file, {without:.2} without");
    assert!(
        with > without + 0.2,
        "{with} with an alias file, {without} without"
    );
    server.terminate().await;
}

/// Coded cities, districts and counties, spread over the districts of the demonstration city.
fn coded_places() -> String {
    const DISTRICTS: [&str; 7] = [
        "440507", "440511", "440512", "440513", "440514", "440515", "440523",
    ];
    let mut text = String::new();
    for (nth, city) in ('A'..='Z').enumerate() {
        writeln!(
            text,
            "\"{city}市\" = \"{}\"",
            if city == 'A' { "4405" } else { DISTRICTS[nth % 7] }
        )
        .unwrap();
        for part in 1..=15 {
            for kind in ["区", "县", "市"] {
                writeln!(
                    text,
                    "\"{city}{part}{kind}\" = \"{}\"",
                    DISTRICTS[(nth + part - 1) % 7]
                )
                .unwrap();
            }
        }
    }
    text
}

/// The real messages, where they are.
#[expect(
    clippy::disallowed_methods,
    reason = "where the data lies is the tester's own setting"
)]
fn real_messages() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folders = std::env::var_os("HOTLINE_DATA")
        .map(PathBuf::from)
        .into_iter()
        .chain([beside]);
    folders
        .map(|folder| folder.join("messages_unlabelled.jsonl"))
        .find(|file| file.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_real_messages_are_imported_once_and_two_in_five_are_dispatched() {
    let Some(file) = real_messages() else {
        eprintln!("SKIPPED: messages_unlabelled.jsonl is neither in HOTLINE_DATA nor in ../shared/data");
        return;
    };
    let home = Home::new();
    let aliases = home.path("aliases.toml");
    std::fs::write(&aliases, coded_places()).unwrap();
    let server = home.serve().await;
    let client = sees_everything(&server).await;

    let mut importer = hotline_begun(
        arguments(&server, &file, Some(&aliases)),
        &home.path("import.log"),
    );
    half_way(&client, REAL_MESSAGES).await;
    importer.kill9().await;
    let ran = hotline(arguments(&server, &file, Some(&aliases))).await.well();
    assert!(summary(&ran)["new"].as_u64() > Some(0), "{ran:#?}");

    let tickets = settled(&client).await;
    each_once(&tickets, REAL_MESSAGES);
    let share = share(&tickets);
    eprintln!(
        "{} real messages, {:.1} % dispatched",
        tickets.len(),
        share * 100.0
    );
    assert!(share >= REAL_SHARE, "only {:.1} % are dispatched", share * 100.0);
    server.terminate().await;
}
