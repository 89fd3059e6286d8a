use std::sync::Arc;

use domain::access::{Actor, Role};
use tonic::Status;

use super::*;
use crate::clock::SystemClock;
use crate::fault::Code;
use crate::link::{Line, Link};

const TRACK: &str = "/hotline.feedback.v1.FeedbackService/TrackTicket";
const GET: &str = "/hotline.tickets.v1.TicketService/GetTicket";
const REGISTER: &str = "/hotline.tickets.v1.TicketService/Register";
const CLASSIFY: &str = "/hotline.tickets.v1.TicketService/Classify";

fn secret() -> RoleSecret {
    RoleSecret::parse("a secret of the roles".replace(' ', "-").as_str()).unwrap()
}

/// A server that answers with who it thinks is calling, and with the headers a handler would see.
fn whoami() -> impl Service<
    Request<Body>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> + Clone
+ Send
+ Sync
+ 'static {
    let (vault, _) = Link::deferred();
    let server = tower::service_fn(async |request: Request<Body>| {
        let call = request.extensions().get::<Call>().unwrap();
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert("holder", call.actor.holder.as_str().parse().unwrap());
        headers.insert("via", call.via.unwrap_or("-").parse().unwrap());
        headers.insert("language", Language::of_this_call().as_str().parse().unwrap());
        let private = request.headers().keys().filter(|name| {
            name.as_str().starts_with(header::PRIVATE) || *name == http::header::AUTHORIZATION
        });
        headers.insert("private", private.count().into());
        Ok::<_, Infallible>(response)
    });
    Auth::new(server, Bearers::new(vault, Arc::new(SystemClock)), secret())
}

fn request(path: &str, headers: &[(&'static str, &str)]) -> Request<Body> {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

/// `holder via language`, or the code.
fn seen(response: &Response<Body>) -> String {
    if let Some(status) = Status::from_header_map(response.headers()) {
        return format!("{:?}", status.code());
    }
    let text = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(text("private"), "0", "handlers see no credentials");
    format!("{} {} {}", text("holder"), text("via"), text("language"))
}

async fn from_network(path: &str, headers: &[(&'static str, &str)]) -> String {
    seen(&whoami().oneshot(request(path, headers)).await.unwrap())
}

async fn over(line: Line, path: &str) -> String {
    seen(&line.oneshot(request(path, &[])).await.unwrap())
}

#[tokio::test]
async fn who_brings_nothing_is_a_resident() {
    assert_eq!(
        from_network(TRACK, &[("accept-language", "en")]).await,
        "citizen - en"
    );
    assert_eq!(from_network(GET, &[]).await, "PermissionDenied");
    assert_eq!(
        from_network("/hotline.tickets.v1.TicketService/Delete", &[]).await,
        "Unimplemented"
    );
}

#[tokio::test]
async fn bad_credentials_are_not_taken_for_none() {
    assert_eq!(
        from_network(TRACK, &[("authorization", "Bearer forged")]).await,
        "Unauthenticated"
    );
    assert_eq!(
        from_network(TRACK, &[("authorization", "Basic aGVsbG8=")]).await,
        "Unauthenticated"
    );
}

#[tokio::test]
async fn role_headers_are_believed_only_beside_the_secret() {
    let claim = [
        ("x-hotline-role", "tickets"),
        ("x-hotline-on-behalf-of", "system.triage"),
    ];
    assert_eq!(from_network(TRACK, &claim).await, "citizen - zh");
    assert_eq!(from_network(GET, &claim).await, "PermissionDenied");

    let proof = ("authorization", "Bearer a-secret-of-the-roles");
    assert_eq!(
        from_network(GET, &[proof, claim[0]]).await,
        "system.tickets tickets zh"
    );
    assert_eq!(
        from_network(GET, &[proof, claim[0], claim[1]]).await,
        "system.triage tickets zh"
    );
    assert_eq!(from_network(GET, &[proof]).await, "Unauthenticated");
    assert_eq!(
        from_network(GET, &[proof, ("x-hotline-role", "burglar")]).await,
        "Unauthenticated"
    );
}

#[tokio::test]
async fn an_identity_goes_alike_over_both_kinds_of_link() {
    let local = Link::local(whoami());
    let remote = Link::over(whoami().map_err(|never| match never {}), secret());
    let resident = Call {
        language: Language::En,
        ..Call::by_citizen()
    };
    let system = Call::of_role("supervision");
    for link in [local, remote] {
        assert_eq!(over(link.as_role("triage"), GET).await, "system.triage triage zh");
        assert_eq!(
            over(link.on_behalf_of("tickets", &system), GET).await,
            "system.supervision tickets zh"
        );
        assert_eq!(
            over(link.on_behalf_of("intake", &resident), REGISTER).await,
            "citizen intake en"
        );
        assert_eq!(
            over(link.on_behalf_of("intake", &resident), TRACK).await,
            "citizen intake en"
        );
        assert_eq!(
            over(link.as_caller(&resident), CLASSIFY).await,
            "PermissionDenied"
        );
    }
}

#[tokio::test]
async fn nobody_without_a_token_is_vouched_for_to_another_process() {
    let actor = Actor {
        role: Role::Operator,
        ..Call::by_citizen().actor
    };
    let call = Call::by(actor);
    let local = Link::local(whoami());
    assert_eq!(
        over(local.on_behalf_of("intake", &call), GET).await,
        "citizen intake zh"
    );
    let remote = Link::over(whoami().map_err(|never| match never {}), secret());
    assert_eq!(
        over(remote.on_behalf_of("intake", &call), GET).await,
        "Unauthenticated"
    );
}

#[tokio::test]
async fn an_unbound_link_is_unavailable_until_it_is_bound() {
    let (link, binder) = Link::deferred();
    assert_eq!(over(link.as_role("triage"), GET).await, "Unavailable");
    binder.bind(Link::local(whoami()));
    assert_eq!(over(link.as_role("triage"), GET).await, "system.triage triage zh");
}

#[tokio::test]
async fn a_call_whose_time_is_over_is_not_begun() {
    let response = whoami()
        .oneshot(request(TRACK, &[("grpc-timeout", "0m")]))
        .await
        .unwrap();
    assert_eq!(
        Status::from_header_map(response.headers()).unwrap().code(),
        Code::DeadlineExceeded
    );
}
