//! Names and forms of the headers that go between roles and come from clients.

use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderName;

/// The role that calls. Believed only beside the role secret.
pub(crate) const ROLE: HeaderName = HeaderName::from_static("x-hotline-role");
/// Whom it calls for: the original bearer, [`CITIZEN`], or `system.<role>`. Believed only beside the role secret.
pub(crate) const ON_BEHALF_OF: HeaderName = HeaderName::from_static("x-hotline-on-behalf-of");
/// The prefix of every header that only roles may send.
pub(crate) const PRIVATE: &str = "x-hotline-";
/// W3C trace context.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The time left.
pub(crate) const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// Holder of a resident without a token, and the mark for one between roles. No bearer has this form.
pub(crate) const CITIZEN: &str = "citizen";
/// Prefix of the holders that are the hotline's own roles. No bearer has this form.
pub(crate) const SYSTEM: &str = "system.";

/// The time left by `grpc-timeout`, none when absent or malformed.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A time left as `grpc-timeout`, in milliseconds (at most eight digits of them).
pub(crate) fn timeout_value(left: Duration) -> String {
    format!("{}m", left.as_millis().min(99_999_999))
}

/// The bearer of an `authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Takes away what only roles may send and what handlers need not see.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let private: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(PRIVATE))
        .cloned()
        .collect();
    for name in private {
        headers.remove(name);
    }
    headers.remove(http::header::AUTHORIZATION);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_reads_back() {
        let mut headers = HeaderMap::new();
        for left in [
            Duration::from_millis(1),
            Duration::from_secs(30),
            Duration::from_secs(86_400),
        ] {
            headers.insert(TIMEOUT, timeout_value(left).parse().unwrap());
            assert_eq!(timeout(&headers), Some(left));
        }
        headers.insert(TIMEOUT, "soon".parse().unwrap());
        assert_eq!(timeout(&headers), None);
        headers.insert(TIMEOUT, "".parse().unwrap());
        assert_eq!(timeout(&headers), None);
    }
}
