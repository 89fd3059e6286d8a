//! Bad input on a real server: each fault a precise error in Chinese and in English, and nothing half-written.

use std::time::Duration;

use hotline::client::Answer as _;
use hotline::out::Lang;
use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _};
use proto::common::v1::{Channel, Standing};
use proto::intake::v1::SubmitComplaintRequest;
use proto::tickets::v1::{AnnotateRequest, GetTicketRequest, Ticket};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::process::{Home, Server, until};
use crate::promises::tickets;

const SUBMIT: &str = "/hotline.intake.v1.IntakeService/SubmitComplaint";
const ANNOTATE: &str = "/hotline.tickets.v1.TicketService/Annotate";
const GET: &str = "/hotline.tickets.v1.TicketService/GetTicket";
const LIST: &str = "/hotline.tickets.v1.TicketService/ListTickets";
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Bytes as they are: what a careless or hostile program may send.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length).to_vec()))
    }
}

async fn send(
    server: &Server,
    path: &'static str,
    message: Vec<u8>,
    language: &'static str,
) -> Result<Vec<u8>, Status> {
    let mut grpc = Grpc::new(server.channel()).max_decoding_message_size(64 << 20);
    grpc.ready().await.expect("the server is reached");
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", server.token()).parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
        .metadata_mut()
        .insert("accept-language", language.parse().unwrap());
    let answer = grpc.unary(request, PathAndQuery::from_static(path), Raw).await;
    answer.map(tonic::Response::into_inner)
}

/// What must come back, in either language.
#[derive(Debug, Clone, Copy)]
struct Expected {
    code: Code,
    reason: &'static str,
    /// The field that is named, where one is at fault.
    field: Option<&'static str>,
}

const fn invalid(field: &'static str) -> Expected {
    Expected {
        code: Code::InvalidArgument,
        reason: "INVALID_FIELD",
        field: Some(field),
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// Sends it twice, to be answered in Chinese and in English.
async fn refused(
    server: &Server,
    what: &str,
    path: &'static str,
    message: Vec<u8>,
    expected: Expected,
) -> Vec<Status> {
    let mut answers = Vec::new();
    for language in ["zh-CN", "en"] {
        let status = send(server, path, message.clone(), language)
            .await
            .expect_err(what);
        let details = status.get_error_details();
        let info = details
            .error_info()
            .unwrap_or_else(|| panic!("{what}: no ErrorInfo: {status:?}"));
        let found = (status.code(), info.reason.as_str(), info.domain.as_str());
        assert_eq!(
            found,
            (expected.code, expected.reason, "hotline"),
            "{what}: {status:?}"
        );

        let fields = details
            .bad_request()
            .map(|bad| bad.field_violations.as_slice())
            .unwrap_or_default();
        let named = fields
            .iter()
            .map(|violation| violation.field.as_str())
            .find(|field| Some(*field) == expected.field);
        assert_eq!(named, expected.field, "{what}: {fields:?}");
        let said = fields
            .iter()
            .map(|violation| violation.description.as_str())
            .chain([status.message()]);
        for said in said {
            assert!(
                !said.is_empty() && is_chinese(said) == (language == "zh-CN"),
                "{what} in {language}: {said}"
            );
        }
        answers.push(status);
    }
    answers
}

fn form(id: &str) -> SubmitComplaintRequest {
    SubmitComplaintRequest {
        request_id: id.to_owned(),
        channel: Channel::Web.into(),
        subject: "希望公园里多放几张长椅".to_owned(),
        body: "希望龙湖区的公园里多放几张长椅".to_owned(),
        standing: Standing::Anonymous.into(),
        source_id: id.to_owned(),
        ..SubmitComplaintRequest::default()
    }
}

/// A server with one ticket that triage has finished with.
async fn with_one_ticket() -> (Home, Server, Ticket) {
    let home = Home::new();
    let server = home.serve().await;
    let client = server.client();
    client
        .intake()
        .submit_complaint(form("one"))
        .await
        .answer()
        .unwrap();
    let settled = async || {
        let ticket = tickets(&client).await.pop()?;
        (!ticket.lead_unit.is_empty() || !ticket.hold.is_empty()).then_some(ticket)
    };
    let ticket = until("triage has finished with the ticket", SETTLED_WITHIN, settled).await;
    (home, server, ticket)
}

/// Nothing has come or changed since.
async fn nothing_was_written(server: &Server, before: &Ticket) {
    assert_eq!(
        tickets(&server.client()).await.as_slice(),
        std::slice::from_ref(before)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_forms_name_their_field_and_leave_nothing() {
    let (_home, server, ticket) = with_one_ticket().await;
    let bytes = |change: fn(&mut SubmitComplaintRequest)| {
        let mut form = form("bad");
        change(&mut form);
        form.encode_to_vec()
    };
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("nothing at all", Vec::new(), "request_id"),
        ("an empty body", bytes(|form| form.body.clear()), "body"),
        (
            "a body of spaces",
            bytes(|form| form.body = " \u{3000}\n".to_owned()),
            "body",
        ),
        (
            "a body of 1 MB",
            bytes(|form| form.body = "x".repeat(1 << 20)),
            "body",
        ),
        (
            "a body of 1 MB in Chinese",
            bytes(|form| form.body = "路".repeat((1 << 20) / 3)),
            "body",
        ),
        ("an unknown channel", bytes(|form| form.channel = 99), "channel"),
        ("a negative type", bytes(|form| form.r#type = -1), "type"),
        (
            "an unknown standing",
            bytes(|form| form.standing = 4_000),
            "standing",
        ),
        (
            "a request id with a space",
            bytes(|form| form.request_id = "a b".to_owned()),
            "request_id",
        ),
    ];
    for (what, message, field) in cases {
        refused(&server, what, SUBMIT, message, invalid(field)).await;
    }
    // Well formed, but the city has no such area: the rules say no, and which.
    let unknown = Expected {
        code: Code::FailedPrecondition,
        reason: "UNKNOWN_AREA",
        field: None,
    };
    let nowhere = bytes(|form| form.area = "999999".to_owned());
    for status in refused(&server, "an unknown area", SUBMIT, nowhere, unknown).await {
        let facts = status.get_error_details().error_info().cloned().unwrap().metadata;
        assert_eq!(facts.get("area").map(String::as_str), Some("999999"));
    }
    nothing_was_written(&server, &ticket).await;
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_refused_as_such() {
    let (_home, server, ticket) = with_one_ticket().await;
    let unreadable = Expected {
        code: Code::InvalidArgument,
        reason: "INVALID_FIELD",
        field: None,
    };

    // Field 5, the body: three bytes that are no UTF-8.
    let no_utf8 = [form("utf8").encode_to_vec(), vec![0x2a, 3, 0xe8, 0xb7, 0xff]].concat();
    refused(&server, "a body that is no UTF-8", SUBMIT, no_utf8, unreadable).await;
    // A length beyond the end.
    let cut = [form("cut").encode_to_vec(), vec![0x2a, 100, b'x']].concat();
    refused(&server, "a message cut short", SUBMIT, cut, unreadable).await;
    refused(&server, "no protobuf", ANNOTATE, vec![0xff; 64], unreadable).await;

    // Beyond what is read from the wire at all: refused before it is in memory, so in the library's own words.
    let status = send(&server, SUBMIT, vec![0; 5 << 20], "en").await.unwrap_err();
    assert!(
        matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted),
        "{status:?}"
    );
    nothing_was_written(&server, &ticket).await;
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_told_the_present_one() {
    let (_home, server, ticket) = with_one_ticket().await;
    let note = AnnotateRequest {
        number: ticket.number.clone(),
        request_id: "stale".to_owned(),
        expected_version: Some(ticket.version - 1),
        note: "已电话了解".to_owned(),
    };
    let expected = Expected {
        code: Code::Aborted,
        reason: "VERSION_MOVED",
        field: None,
    };
    for status in refused(
        &server,
        "a stale version",
        ANNOTATE,
        note.encode_to_vec(),
        expected,
    )
    .await
    {
        let info = status.get_error_details().error_info().cloned().unwrap();
        assert_eq!(info.metadata.get("version"), Some(&ticket.version.to_string()));
    }
    nothing_was_written(&server, &ticket).await;
    // A refusal uses no request id up.
    let again = AnnotateRequest {
        expected_version: Some(ticket.version),
        ..note
    };
    server.client().tickets().annotate(again).await.answer().unwrap();
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_with_another_body_is_refused_and_with_the_same_answered_again() {
    let (_home, server, ticket) = with_one_ticket().await;
    let expected = Expected {
        code: Code::AlreadyExists,
        reason: "REQUEST_ID_REUSED",
        field: None,
    };
    let other = SubmitComplaintRequest {
        body: "另一件事".to_owned(),
        ..form("one")
    };
    refused(
        &server,
        "a form's request id for another",
        SUBMIT,
        other.encode_to_vec(),
        expected,
    )
    .await;
    nothing_was_written(&server, &ticket).await;

    let again = server
        .client()
        .intake()
        .submit_complaint(form("one"))
        .await
        .answer()
        .unwrap();
    assert_eq!(again.number, ticket.number);
    nothing_was_written(&server, &ticket).await;

    let note = |note: &str| AnnotateRequest {
        number: ticket.number.clone(),
        request_id: "note".to_owned(),
        note: note.to_owned(),
        ..AnnotateRequest::default()
    };
    let noted = server
        .client()
        .tickets()
        .annotate(note("一"))
        .await
        .answer()
        .unwrap()
        .ticket
        .unwrap();
    refused(
        &server,
        "a note's request id for another",
        ANNOTATE,
        note("二").encode_to_vec(),
        expected,
    )
    .await;
    let repeated = server
        .client()
        .tickets()
        .annotate(note("一"))
        .await
        .answer()
        .unwrap()
        .ticket
        .unwrap();
    assert_eq!(repeated.version, noted.version);
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_number_is_recognised() {
    let (_home, server, ticket) = with_one_ticket().await;
    let digit = ticket.number.bytes().last().unwrap();
    let mistyped = format!(
        "{}{}",
        &ticket.number[..ticket.number.len() - 1],
        (digit - b'0' + 1) % 10
    );
    let check_digit = Expected {
        reason: "WRONG_CHECK_DIGIT",
        ..invalid("number")
    };

    let get = GetTicketRequest {
        number: mistyped.clone(),
        view: 0,
    }
    .encode_to_vec();
    refused(&server, "a wrong check digit", GET, get, check_digit).await;
    let note = AnnotateRequest {
        number: mistyped,
        request_id: "typo".to_owned(),
        note: "一".to_owned(),
        ..Default::default()
    };
    refused(
        &server,
        "a command on a wrong check digit",
        ANNOTATE,
        note.encode_to_vec(),
        check_digit,
    )
    .await;
    let get = GetTicketRequest {
        number: "路灯".to_owned(),
        view: 0,
    }
    .encode_to_vec();
    refused(&server, "no number at all", GET, get, invalid("number")).await;

    let token = proto::tickets::v1::ListTicketsRequest {
        page_token: "x".repeat(40),
        ..Default::default()
    };
    let page_token = Expected {
        reason: "PAGE_TOKEN_INVALID",
        ..invalid("page_token")
    };
    refused(
        &server,
        "a page token that is none",
        LIST,
        token.encode_to_vec(),
        page_token,
    )
    .await;
    nothing_was_written(&server, &ticket).await;
    // The client of people in two languages says both.
    assert!(
        server
            .client_as("hl_none", Lang::Both)
            .tickets()
            .get_ticket(GetTicketRequest::default())
            .await
            .is_err()
    );
    server.terminate().await;
}
