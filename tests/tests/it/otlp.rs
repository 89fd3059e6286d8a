//! Traces: exported to a receiver of another make, whole from intake to dispatch, and without a word of any resident;
//! nor is there one in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hotline::client::Answer as _;
use proto::common::v1::{Channel, Identity, Role, Standing};
use proto::feedback::v1::TrackTicketRequest;
use proto::intake::v1::{RegisterCallRequest, SubmitComplaintRequest};
use proto::tickets::v1::{AnnotateRequest, GetTicketRequest};
use proto::vault::v1::UnlockRequest;
use serde_json::Value;

use crate::process::{Home, Running, Server, until};
use crate::python::{programs, python};

/// How long spans may take to arrive; exporters wait for a batch.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// What must be nowhere outside the vault and the answers.
const SECRETS: [&str; 9] = [
    "紫藤花架",
    "夜里总有敲击声",
    "第七棵榕树",
    "欧阳测试",
    "13900007788",
    "440507199001011234",
    "梧桐里九号",
    "值班室已经知道",
    "核对噪声时间",
];

fn complaint() -> SubmitComplaintRequest {
    SubmitComplaintRequest {
        request_id: "trace-1".to_owned(),
        channel: Channel::App.into(),
        subject: "龙湖区金霞街道工地夜间施工噪音,紫藤花架旁".to_owned(),
        body: "龙湖区金霞街道工地半夜还在施工,噪音扰民,夜里总有敲击声,请处理".to_owned(),
        place: "龙湖区金霞街道第七棵榕树".to_owned(),
        standing: Standing::Own.into(),
        identity: Some(Identity {
            name: "欧阳测试".to_owned(),
            phone: "13900007788".to_owned(),
            id_number: "440507199001011234".to_owned(),
            home_address: "梧桐里九号".to_owned(),
        }),
        ..SubmitComplaintRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_from_intake_to_dispatch_and_carries_no_words() {
    let Some(python) = python() else { return };
    let home = Home::new();
    let spans = home.path("spans.jsonl");
    let mut receiver = Command::new(python);
    receiver.arg(programs().join("otlp_receiver.py")).arg(&spans);
    let receiver = Running::begin(receiver, &home.path("receiver.log"));
    let listens = async || receiver.log().lines().next()?.trim().parse::<u16>().ok();
    let port = until("the receiver listens", ARRIVES_WITHIN, listens).await;
    let endpoint = format!("http://127.0.0.1:{port}");
    let server = home
        .launch()
        .with(["--otlp-endpoint", &endpoint, "--log-level", "debug"])
        .start()
        .await;

    let query_code = live(&server).await;
    let dispatched = async || {
        trace_with(
            &spans,
            &["IntakeService/SubmitComplaint", "TicketService/Dispatch"],
        )
    };
    let names = until("the trace reaches the dispatch", ARRIVES_WITHIN, dispatched).await;
    for name in [
        "IntakeService/SubmitComplaint",
        "TicketService/Register",
        "VaultService/SealWords",
    ] {
        assert!(has(&names, name), "no {name} in {names:#?}");
    }

    let token = server.token().to_owned();
    server.terminate().await;
    let exported = std::fs::read_to_string(&spans).unwrap();
    let log = std::fs::read_to_string(home.path("server.log")).unwrap();
    for (what, text) in [("the spans", &exported), ("the log", &log)] {
        for secret in SECRETS.into_iter().chain([query_code.as_str(), token.as_str()]) {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(
                line.is_none(),
                "`{secret}` is in {what}: {}",
                line.unwrap_or_default()
            );
        }
    }
}

/// A little of everything that handles words, identity and secrets, refusals included. Answers the query code.
async fn live(server: &Server) -> String {
    let client = server.client();
    let submitted = client
        .intake()
        .submit_complaint(complaint())
        .await
        .answer()
        .unwrap();
    let number = submitted.number;

    let call = RegisterCallRequest {
        call_id: "trace-call".to_owned(),
        caller_number: "13900007788".to_owned(),
        called_number: "12345".to_owned(),
        ..RegisterCallRequest::default()
    };
    client.intake().register_call(call).await.answer().unwrap();
    let note = AnnotateRequest {
        number: number.clone(),
        request_id: "trace-2".to_owned(),
        note: "值班室已经知道".to_owned(),
        ..AnnotateRequest::default()
    };
    client.tickets().annotate(note.clone()).await.answer().unwrap();
    // Refused: the same request id with other words, a subject beyond all limits.
    let other = AnnotateRequest {
        note: "值班室已经知道了".to_owned(),
        ..note
    };
    client.tickets().annotate(other).await.answer().unwrap_err();
    let long = SubmitComplaintRequest {
        request_id: "trace-3".to_owned(),
        subject: "紫藤花架".repeat(200),
        ..complaint()
    };
    client.intake().submit_complaint(long).await.answer().unwrap_err();

    let supervisor = server.client_of("trace-supervisor", Role::Supervisor, "").await;
    let unlock = UnlockRequest {
        number: number.clone(),
        contact: 1,
        purpose: "核对噪声时间".to_owned(),
        request_id: "trace-4".to_owned(),
    };
    supervisor.vault().unlock(unlock).await.answer().unwrap();
    let track = TrackTicketRequest {
        number: number.clone(),
        query_code: submitted.query_code.clone(),
    };
    client.feedback().track_ticket(track).await.answer().unwrap();
    client
        .tickets()
        .get_ticket(GetTicketRequest { number, view: 2 })
        .await
        .answer()
        .unwrap();
    submitted.query_code
}

fn has(names: &BTreeSet<String>, name: &str) -> bool {
    names.iter().any(|known| known.ends_with(name))
}

/// The names of all spans of a trace that has spans of these names.
fn trace_with(spans: &Path, wanted: &[&str]) -> Option<BTreeSet<String>> {
    let text = std::fs::read_to_string(spans).ok()?;
    let mut traces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // The last line may be half written.
    for span in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let (trace, name) = (
            span["traceId"].as_str()?.to_owned(),
            span["name"].as_str()?.to_owned(),
        );
        traces.entry(trace).or_default().insert(name);
    }
    traces
        .into_values()
        .find(|names| wanted.iter().all(|name| has(names, name)))
}
