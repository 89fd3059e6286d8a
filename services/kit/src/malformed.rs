//! Bytes that are no message of the contract. The library answers them with INTERNAL in its own words; to the caller
//! they are a malformed argument, said as any other.

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::call::Language;
use crate::fault::Fault;

/// What prost says first of bytes it cannot read.
const UNREADABLE: &str = "failed to decode Protobuf message";

/// The answer itself, or INVALID_ARGUMENT where the request could not be read.
pub(crate) fn told(response: Response<Body>, language: Language) -> Response<Body> {
    let Some(status) = Status::from_header_map(response.headers()) else {
        return response;
    };
    if status.code() != Code::Internal || !status.message().starts_with(UNREADABLE) {
        return response;
    }
    unreadable(status.message()).status(language).into_http()
}

/// Names the field where the library does: `…: SubmitComplaintRequest.body: invalid string value: …`.
fn unreadable(said: &str) -> Fault {
    let path = said.split(": ").nth(1).unwrap_or_default();
    let field = path.split_once('.').map_or("", |(_, field)| field).to_owned();
    let (zh, en) = (
        "请求内容无法解析：不是有效的消息或文字不是 UTF-8",
        "the request cannot be read: no valid message, or text that is no UTF-8",
    );
    Fault::invalid(field, zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_bytes_are_the_callers_and_their_field_is_named() {
        let said = "failed to decode Protobuf message: SubmitComplaintRequest.body: invalid string value: data is not UTF-8 encoded";
        let answer = told(Status::internal(said).into_http(), Language::En);
        let status = Status::from_header_map(answer.headers()).unwrap();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(Fault::from_status(&status).fields().collect::<Vec<_>>(), ["body"]);
    }

    #[test]
    fn other_answers_pass_unchanged() {
        for status in [
            Status::internal("a fault of ours"),
            Status::not_found("not found"),
        ] {
            let answer = told(status.clone().into_http(), Language::Zh);
            assert_eq!(
                Status::from_header_map(answer.headers()).unwrap().code(),
                status.code()
            );
        }
    }
}
