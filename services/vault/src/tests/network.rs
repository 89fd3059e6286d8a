//! The same over a socket: the edge, the stack and a remote link.

use kit::detach::DetachLayer;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};

use super::*;

#[tokio::test]
async fn another_process_seals_words_and_a_stranger_does_not() {
    let house = House::in_memory();
    let role = role(Deps {
        rim: house.rim.clone(),
        vault: Arc::clone(&house.vault),
        tickets: Link::deferred().0,
    });
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    let drain = house.rim.drain.clone();
    let server = Server::builder()
        .layer(DetachLayer::new(drain.clone(), 8))
        .add_routes(role.add_to(Routes::default()))
        .serve_with_incoming_shutdown(incoming, drain.draining());
    drain.spawn("edge", async move { server.await.unwrap() });

    let channel = Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let link = Link::remote(channel.clone(), house.rim.secret.clone());
    let sealed = VaultServiceClient::new(link.as_role("tickets"))
        .seal_words(to_seal(1))
        .await
        .unwrap();
    assert!(sealed.into_inner().slot > 0);

    let stranger = Link::remote(channel.clone(), RoleSecret::random());
    let refused = VaultServiceClient::new(stranger.as_role("tickets"))
        .seal_words(to_seal(1))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);

    // A bare client that claims to be a role, in English.
    let mut request = tonic::Request::new(to_seal(1));
    request
        .metadata_mut()
        .insert("x-hotline-role", "tickets".parse().unwrap());
    request
        .metadata_mut()
        .insert("accept-language", "en".parse().unwrap());
    let refused = VaultServiceClient::new(channel.clone())
        .seal_words(request)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::PermissionDenied, "this role may not do this")
    );

    let secret = house.vault.bootstrap_admin(|_| Ok(())).await.unwrap().unwrap();
    let mut request = tonic::Request::new(pb::ListTokensRequest::default());
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {secret}").parse().unwrap());
    let listed = VaultServiceClient::new(channel)
        .list_tokens(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.tokens.len(), 1);
    drop(link);
    drop(stranger);
    assert!(drain.shutdown(Duration::from_secs(10)).await.is_clean());
}
