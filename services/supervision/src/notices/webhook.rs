//! The webhook: one POST a notice, named by its idempotency key, signed where there is a secret.

use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::SignedDuration;
use kit::fault::Fault;
use rustls::ClientConfig;
use sha2::Sha256;

use super::notice::NoticeId;
use super::outcome::{Failure, Sent};
use super::settings::WebhookSettings;
use crate::limits::{RETRY_AFTER_MAX, WEBHOOK_IDLE_MAX, WEBHOOK_WITHIN};

/// The header with the notice's name.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header with the signature over the body.
const SIGNATURE: &str = "x-hotline-signature";

/// A machine that gets everything.
pub(crate) struct Webhook {
    client: Client<HttpsConnector<HttpConnector>, String>,
    uri: Uri,
    secret: Option<Vec<u8>>,
    within: Duration,
}

impl Webhook {
    pub(crate) fn new(settings: WebhookSettings, tls: ClientConfig) -> Result<Self, Fault> {
        let uri = settings
            .url
            .parse()
            .map_err(|_| Fault::internal("the webhook's URL was not checked"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(WEBHOOK_IDLE_MAX)
            .build(connector);
        Ok(Self {
            client,
            uri,
            secret: settings.secret,
            within: WEBHOOK_WITHIN,
        })
    }

    /// Sends a notice once. A receiver that knows the key already says so, and that is as good.
    pub(crate) async fn send(&self, id: &NoticeId, body: String) -> Sent {
        let mut request = Request::post(self.uri.clone())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(IDEMPOTENCY_KEY, id.to_string());
        if let Some(secret) = &self.secret {
            request = request.header(SIGNATURE, signature(secret, body.as_bytes()));
        }
        let Ok(request) = request.body(body) else {
            return Sent::GivenUp(Failure::of("bad_request"));
        };
        match tokio::time::timeout(self.within, self.client.request(request)).await {
            Ok(Ok(answer)) => answered(answer.status(), answer.headers()),
            Ok(Err(error)) => {
                tracing::debug!(notice = %id, error = %chain(&error), "the webhook was not reached");
                Sent::Failed(Failure::away("unreachable"))
            }
            Err(_) => Sent::Failed(Failure::away("timeout")),
        }
    }
}

/// HMAC-SHA256 over the body, as receivers compute it: `sha256=` and the digest in hex.
fn signature(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// What an answer means. Taken, or known already: done. Too many, too slow, or the receiver's own fault: again later.
/// Anything else would be answered the same way again.
fn answered(status: StatusCode, headers: &HeaderMap) -> Sent {
    if status.is_success() || status == StatusCode::CONFLICT {
        return Sent::Done;
    }
    let failure = Failure::of(format!("http_{}", status.as_u16()));
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    );
    if passes || status.is_server_error() {
        return Sent::Failed(failure.not_before(retry_after(headers)));
    }
    Sent::GivenUp(failure)
}

fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()).min(RETRY_AFTER_MAX))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_done_passing_or_final() {
        let of = |code: u16| answered(StatusCode::from_u16(code).unwrap(), &HeaderMap::new());
        for done in [200, 202, 204, 409] {
            assert_eq!(of(done), Sent::Done, "{done}");
        }
        for passing in [408, 429, 500, 502, 503, 504] {
            assert!(matches!(of(passing), Sent::Failed(_)), "{passing}");
        }
        for last in [301, 400, 401, 403, 404, 410, 413, 422] {
            assert!(matches!(of(last), Sent::GivenUp(_)), "{last}");
        }
    }

    #[test]
    fn a_receiver_may_ask_for_a_bounded_wait() {
        let after = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers)
        };
        assert_eq!(after("120"), Some(SignedDuration::from_secs(120)));
        assert_eq!(after("999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }

    #[test]
    fn the_signature_is_the_usual_one() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature(b"Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
