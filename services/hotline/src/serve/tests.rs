use kit::clock::SystemClock;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::*;
use crate::config::{Raw, resolve};

/// Watching one's health is a stream without an end, and a load balancer's keeps it open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_does_not_let_go_keeps_nothing_from_stopping() {
    let data = tempfile::tempdir().unwrap();
    let raw = Raw {
        data: Some(data.path().display().to_string()),
        listen: Some("127.0.0.1:0".to_owned()),
        drain_seconds: Some(1),
        ..Raw::defaults()
    };
    let serving = start(&resolve(raw).unwrap(), Arc::new(SystemClock))
        .await
        .unwrap();
    let url = format!("http://{}", serving.addr());
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let watched = HealthClient::new(channel)
        .watch(HealthCheckRequest::default())
        .await;
    let mut watched = watched.unwrap().into_inner();
    assert!(watched.message().await.unwrap().is_some());

    let stopped = tokio::time::timeout(Duration::from_secs(20), serving.stop()).await;
    stopped.expect("it stops all the same").unwrap();
}
