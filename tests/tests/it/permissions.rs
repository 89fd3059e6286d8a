//! Every RPC of the contract, called by every role: the table says who may, and nobody else gets anywhere.

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
}

fn methods() -> Vec<Method> {
    let set = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut methods = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                methods.push(Method {
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    streams: method.server_streaming(),
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
    for method in methods() {
        for (role, token) in &people {
            let code = call(&city, token.as_deref(), &method).await;
            let is_refused = matches!(code, Code::PermissionDenied | Code::Unauthenticated);
            let may = kit::access::allowed(&method.path, *role);
            assert_eq!(may, !is_refused, "{} as {role:?} answers {code:?}", method.path);
        }
    }
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

/// A journey for every RPC: its name stands in a story.
#[test]
fn every_rpc_has_a_story() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let stories: String = crate::tidy::sources(&here)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
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
        let told = stories.contains(&format!("{snake}("));
        assert!(told || internal.contains(&name), "{name} has no story");
    }
}
