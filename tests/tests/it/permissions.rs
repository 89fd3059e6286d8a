//! Every RPC of the contract, called by every role: the table says who may, and nobody else gets anywhere. Who may at
//! all must stand in the right relation to the ticket: see `relations`.

mod relations;

use std::fmt::Write as _;

use expect_test::expect;
use hotline::client::Failure;
use prost::Message as _;
use proto::common::v1::Role;
use tonic::Code;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

use crate::city::City;

struct Method {
    path: String,
    streams: bool,
    /// Its request names a ticket by its number.
    names_a_ticket: bool,
}

fn methods() -> Vec<Method> {
    let set = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let named: std::collections::BTreeSet<String> = set
        .file
        .iter()
        .flat_map(|file| file.message_type.iter().map(move |message| (file, message)))
        .filter(|(_, message)| message.field.iter().any(|field| field.name() == "number"))
        .map(|(file, message)| format!(".{}.{}", file.package(), message.name()))
        .collect();
    let mut methods = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                methods.push(Method {
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    streams: method.server_streaming(),
                    names_a_ticket: named.contains(method.input_type()),
                });
            }
        }
    }
    assert!(methods.len() > 40, "the descriptor set holds the contract");
    methods
}

const PEOPLE: [(Role, &str); 11] = [
    (Role::Channel, ""),
    (Role::Operator, ""),
    (Role::Triager, ""),
    (Role::UnitClerk, "water"),
    (Role::UnitLeader, "water"),
    (Role::UnitHead, "water"),
    (Role::Auditor, ""),
    (Role::CallbackAgent, ""),
    (Role::Supervisor, ""),
    (Role::CityOffice, ""),
    (Role::Arbiter, ""),
];

/// Calls a method with an empty message; answers the code alone.
async fn call(city: &City, token: Option<&str>, method: &Method) -> Code {
    let mut grpc = Grpc::new(city.channel_of(&method.path));
    grpc.ready().await.unwrap();
    let mut request = tonic::Request::new(());
    if let Some(token) = token {
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let path: PathAndQuery = method.path.parse().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let outcome = if method.streams {
        grpc.server_streaming(request, path, codec).await.map(|_| ())
    } else {
        grpc.unary(request, path, codec).await.map(|_| ())
    };
    outcome.map_or_else(|status| Failure::from(status).code, |()| Code::Ok)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_gets_only_what_the_table_gives() {
    let city = City::open().await;
    let mut people: Vec<(domain::access::Role, Option<String>)> = vec![(domain::access::Role::Citizen, None)];
    for (role, unit) in PEOPLE {
        let name = role.as_str_name().trim_start_matches("ROLE_").to_lowercase();
        let token = city
            .token(&format!("may.{name}"), role, unit, false, 0)
            .await
            .token;
        people.push((domain::access::Role::parse(&name).unwrap(), Some(token)));
    }
    let administrator = city.administrator_token().to_owned();
    people.push((domain::access::Role::Administrator, Some(administrator)));
    // As answered by the servers; read as a sentence: who may call it at all.
    let mut grid = String::new();
    for method in methods() {
        let short = method.path.trim_start_matches("/hotline.").replace(".v1.", " ");
        let (_, short) = short.split_once(' ').unwrap();
        write!(grid, "{short}:").unwrap();
        for (role, token) in &people {
            let code = call(&city, token.as_deref(), &method).await;
            let is_refused = matches!(code, Code::PermissionDenied | Code::Unauthenticated);
            let may = kit::access::allowed(&method.path, *role);
            assert_eq!(may, !is_refused, "{} as {role:?} answers {code:?}", method.path);
            if !is_refused {
                write!(grid, " {}", role.as_str()).unwrap();
            }
        }
        grid.push('\n');
    }
    expect![[r#"
        FeedbackService/TrackTicket: citizen channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        FeedbackService/ListCallbacks: callback_agent supervisor administrator
        FeedbackService/RateTicket: citizen channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        FeedbackService/AnswerQuestion: citizen channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        FeedbackService/RequestReview: citizen channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        FeedbackService/Object: citizen channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        InsightService/GetBoard: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        InsightService/ListHotTopics: operator triager supervisor city_office administrator
        TicketService/Register: operator administrator
        TicketService/AddContact: operator administrator
        TicketService/AnswerDirectly: operator administrator
        TicketService/Decline: operator supervisor administrator
        TicketService/TransferOut: operator administrator
        TicketService/Classify: operator triager supervisor administrator
        TicketService/Dispatch: operator triager administrator
        TicketService/Sign: unit_clerk unit_leader unit_head
        TicketService/RecordFirstContact: unit_clerk unit_leader unit_head
        TicketService/StageReport: unit_clerk unit_leader unit_head
        TicketService/SubmitReply: unit_clerk unit_leader unit_head
        TicketService/AuditReply: auditor administrator
        TicketService/RecordCallback: callback_agent administrator
        TicketService/OrderRework: callback_agent supervisor administrator
        TicketService/Urge: operator supervisor administrator
        TicketService/Seal: operator triager administrator
        TicketService/FireClock:
        TicketService/Escalate: supervisor city_office administrator
        TicketService/Annotate: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/Withdraw: operator supervisor administrator
        TicketService/Reopen: operator supervisor administrator
        TicketService/Consult: triager administrator
        TicketService/GiveOpinion: unit_clerk unit_leader unit_head
        TicketService/Redispatch: triager supervisor administrator
        TicketService/Split: triager administrator
        TicketService/SubAssign: unit_clerk unit_leader unit_head
        TicketService/Excuse: unit_clerk unit_leader unit_head
        TicketService/Endorse: unit_leader unit_head
        TicketService/RequestReturn: unit_clerk unit_leader unit_head
        TicketService/DecideReturn: triager administrator
        TicketService/Adjudicate: arbiter administrator
        TicketService/DecideEntry: triager supervisor city_office administrator
        TicketService/RequestExtension: unit_leader unit_head
        TicketService/DecideExtension: supervisor city_office administrator
        TicketService/AskCitizen: unit_clerk unit_leader unit_head
        TicketService/CitizenReplied: operator administrator
        TicketService/RequestSuspension: unit_head
        TicketService/DecideSuspension: city_office administrator
        TicketService/CheckPromise: unit_clerk unit_leader unit_head
        TicketService/Resume: unit_clerk unit_leader unit_head
        TicketService/RequestTermination: unit_leader unit_head
        TicketService/DecideTermination: auditor administrator
        TicketService/DeadlineCallback: callback_agent administrator
        TicketService/RequestReview: operator supervisor administrator
        TicketService/DecideReview: city_office administrator
        TicketService/Object: operator administrator
        TicketService/DecideObjection: supervisor administrator
        TicketService/DecideProposal: city_office administrator
        TicketService/IssueOrder: supervisor administrator
        TicketService/AnswerOrder: unit_head
        TicketService/RequestExclusion: unit_head
        TicketService/DecideExclusion: city_office administrator
        TicketService/Recuse: operator triager administrator
        TicketService/Merge: triager administrator
        TicketService/Unmerge: triager administrator
        TicketService/Rejoin:
        TicketService/RecordErasure:
        TicketService/GetTicket: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/ListTickets: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/ListTicketEvents: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/ExplainClock: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/ListRulings: triager supervisor city_office arbiter administrator
        TicketService/ListDueClocks:
        TicketService/ConfirmClock:
        TicketService/GetRules: channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/PublishRules: city_office administrator
        TicketService/ListRules: channel operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        TicketService/GetClockAudit: supervisor city_office administrator
        TicketService/StartClockAudit: supervisor city_office administrator
        TicketService/GetSealedContact:
        TicketService/Watch: operator triager unit_clerk unit_leader unit_head auditor callback_agent supervisor city_office arbiter administrator
        IntakeService/RegisterCall: operator administrator
        IntakeService/EndCall: operator administrator
        IntakeService/RecordMissedCall: channel operator administrator
        IntakeService/ListMissedCalls: operator triager supervisor city_office administrator
        IntakeService/RecordCallBack: operator administrator
        IntakeService/RecordSms: operator administrator
        IntakeService/SubmitComplaint: channel operator administrator
        SupervisionService/ListDue: triager unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/GetDueSummary: triager unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/ListEscalations: triager unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/WatchEscalations: triager unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/AcknowledgeEscalation: unit_leader unit_head supervisor city_office administrator
        SupervisionService/ListPromises: unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/ListOrders: unit_clerk unit_leader unit_head supervisor city_office administrator
        SupervisionService/ListProposals: supervisor city_office administrator
        SupervisionService/GetDueLoop: supervisor city_office administrator
        SupervisionService/ConfirmClock: supervisor city_office administrator
        SupervisionService/ListNotices: supervisor city_office administrator
        SupervisionService/RetryNotice: supervisor city_office administrator
        TriageService/SuggestTriage: operator triager supervisor administrator
        TriageService/SuggestDuplicates: operator triager supervisor administrator
        TriageService/GetClassifier: triager supervisor city_office administrator
        TriageService/RollBackClassifier: supervisor city_office administrator
        TriageService/GetDrift: triager supervisor city_office administrator
        TriageService/ListCorrections: supervisor city_office administrator
        VaultService/CreateToken: administrator
        VaultService/RevokeToken: administrator
        VaultService/ListTokens: administrator
        VaultService/IntrospectToken:
        VaultService/SealWords:
        VaultService/OpenWords:
        VaultService/HashCaller:
        VaultService/MakeRatingLink:
        VaultService/ReadRatingLink:
        VaultService/Unlock: unit_clerk unit_leader unit_head callback_agent supervisor city_office
        VaultService/ReadIdentity: unit_clerk unit_leader unit_head callback_agent supervisor city_office
        VaultService/ListUnlocks: supervisor city_office administrator
        VaultService/DestroyKey: city_office administrator
        VaultService/RotateMasterKey: administrator
    "#]].assert_eq(&grid);
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_an_expired_and_a_revoked_token_get_nothing() {
    let city = City::open().await;
    let short = city.token("short", Role::Supervisor, "", false, 600).await;
    let gone = city.token("gone", Role::Supervisor, "", false, 0).await;
    let request = proto::vault::v1::RevokeTokenRequest {
        token_id: gone.token_id,
        request_id: crate::city::fresh(),
    };
    city.administrator()
        .core
        .vault()
        .revoke_token(request)
        .await
        .unwrap();
    city.it_is("2026-11-16T09:11");

    let forged = format!("hl_{}", "0".repeat(short.token.len() - 3));
    for method in methods() {
        for token in ["nonsense", &forged, &short.token, &gone.token] {
            let code = call(&city, Some(token), &method).await;
            assert_eq!(code, Code::Unauthenticated, "{}", method.path);
        }
    }
    city.close().await;
}

/// A story for every RPC: it is called in one, by its own name or by a word of the city's people that calls it. The
/// words themselves are no stories.
#[test]
fn every_rpc_has_a_story() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let (words, stories): (Vec<_>, Vec<_>) = crate::tidy::sources(&here)
        .into_iter()
        .partition(|(path, _)| path.starts_with(here.join("city")) || path.ends_with("city.rs"));
    let told = |call: &str| {
        stories
            .iter()
            .any(|(_, text)| text.contains(&format!(".{call}(")))
    };
    let calls: Vec<(String, String)> = words.iter().flat_map(|(_, text)| calls_of(text)).collect();
    // Between roles only; their effects are in the stories of the methods that need them.
    let internal = [
        "IntrospectToken",
        "SealWords",
        "OpenWords",
        "HashCaller",
        "MakeRatingLink",
        "ReadRatingLink",
        "GetSealedContact",
        "RecordErasure",
        "FireClock",
        "ListDueClocks",
        "Rejoin",
    ];
    for method in methods() {
        let name = method.path.rsplit('/').next().unwrap();
        let snake: String = name.chars().enumerate().fold(String::new(), |mut text, (at, c)| {
            if c.is_uppercase() && at > 0 {
                text.push('_');
            }
            text.push(c.to_ascii_lowercase());
            text
        });
        let by_word = |(word, rpc): &(String, String)| *rpc == snake && told(word);
        assert!(
            told(&snake) || calls.iter().any(by_word) || internal.contains(&name),
            "{name} has no story"
        );
    }
}

/// Which word calls which method: `word(…) = method(…)` of a list, or `.method(` within `fn word(`.
fn calls_of(text: &str) -> Vec<(String, String)> {
    let name = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
            .collect()
    };
    let (mut calls, mut word) = (Vec::new(), String::new());
    for line in text.lines() {
        let line = line.trim_start();
        if let Some((_, rest)) = line.split_once("fn ") {
            word = name(rest);
        }
        if let Some((_, rpc)) = line.split_once(") = ") {
            calls.push((name(line), name(rpc)));
        }
        for rpc in line.split('.').skip(1) {
            calls.push((word.clone(), name(rpc)));
        }
    }
    calls
}
