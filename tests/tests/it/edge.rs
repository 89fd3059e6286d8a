//! The edge of a process: TLS, plain text, health, reflection.

use std::sync::Arc;

use hotline::client::{Answer as _, Client, Target};
use hotline::config::{Raw, resolve};
use hotline::out::Lang;
use hotline::serve;
use kit::clock::SystemClock;
use proto::tickets::v1::ListTicketsRequest;
use tokio_stream::StreamExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::city::City;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_certificate_speaks_tls_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (data.path().join("cert.pem"), data.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut raw = Raw {
        data: Some(data.path().join("data").display().to_string()),
        listen: Some("127.0.0.1:0".to_owned()),
        ..Raw::defaults()
    };
    raw.tls.cert = Some(cert.display().to_string());
    raw.tls.key = Some(key.display().to_string());
    let serving = serve::start(&resolve(raw).unwrap(), Arc::new(SystemClock))
        .await
        .unwrap();
    let token = std::fs::read_to_string(data.path().join("data/admin.token")).unwrap();
    let target = |addr: String, ca| Target {
        addr,
        token: Some(token.trim().to_owned()),
        ca,
        timeout: std::time::Duration::from_secs(10),
    };

    let port = serving.addr().port();
    let trusted = Client::open(&target(format!("https://localhost:{port}"), Some(cert)), Lang::En).unwrap();
    trusted
        .tickets()
        .list_tickets(ListTicketsRequest::default())
        .await
        .answer()
        .unwrap();
    let plain = Client::open(&target(format!("127.0.0.1:{port}"), None), Lang::En).unwrap();
    let answer = plain
        .tickets()
        .list_tickets(ListTicketsRequest::default())
        .await
        .answer();
    assert!(answer.is_err(), "plain text is not answered");
    serving.stop().await.unwrap();
}

#[test]
fn plain_text_beyond_loopback_is_refused_unless_asked_for() {
    let listen = |allow: bool| Raw {
        listen: Some("0.0.0.0:7345".to_owned()),
        allow_plaintext: Some(allow),
        ..Raw::defaults()
    };
    assert!(resolve(listen(false)).is_err());
    assert!(resolve(listen(true)).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_says_that_it_serves() {
    let city = City::open().await;
    let mut health = HealthClient::new(city.channel_of("hotline.tickets."));
    let services = [
        "",
        "hotline.tickets.v1.TicketService",
        "hotline.intake.v1.IntakeService",
        "hotline.triage.v1.TriageService",
        "hotline.supervision.v1.SupervisionService",
        "hotline.feedback.v1.FeedbackService",
        "hotline.vault.v1.VaultService",
        "hotline.insight.v1.InsightService",
    ];
    for service in services {
        let asked = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(asked).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    city.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_can_be_asked_for_in_both_versions_of_reflection() {
    let city = City::open().await;
    let channel = city.channel_of("hotline.tickets.");

    use tonic_reflection::pb::v1;
    let list = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let asked = client
        .server_reflection_info(tokio_stream::once(list))
        .await
        .unwrap();
    let answer = asked.into_inner().next().await.unwrap().unwrap();
    let Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(services)) =
        answer.message_response
    else {
        panic!("a list of services")
    };
    assert!(
        services
            .service
            .iter()
            .any(|one| one.name == "hotline.tickets.v1.TicketService")
    );

    use tonic_reflection::pb::v1alpha;
    let list = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    client
        .server_reflection_info(tokio_stream::once(list))
        .await
        .unwrap();
    city.close().await;
}
