//! Sends messages, again where that may help, and says what came of each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use proto::common::v1::{Channel, Standing};
use proto::intake::v1::SubmitComplaintRequest;
use tonic::Code;

use super::aliases::Aliases;
use super::{Text, line};
use crate::client::{Answer as _, Client, Failure, Target};
use crate::out::Lang;
use crate::view::{instant, wire_time};

/// Connections the messages are spread over: one HTTP/2 connection is one socket and one flow-control window.
const CONNECTIONS: usize = 4;
/// Tries before the server is taken to be gone: about half a minute in all.
const TRIES_MAX: u32 = 9;
const WAIT_MIN: Duration = Duration::from_millis(100);
const WAIT_MAX: Duration = Duration::from_secs(8);

/// What came of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A new ticket.
    New,
    /// An earlier run brought it in.
    AlreadyThere,
    /// An earlier run brought it in, and the line has changed since.
    Changed,
    /// Not taken, and why.
    Refused(String),
}

/// A line that has been dealt with.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) line: u64,
    pub(super) id: String,
    pub(super) outcome: Outcome,
    pub(super) subject_cut: bool,
    pub(super) body_filled: bool,
    pub(super) area_found: bool,
}

/// Sends messages over a few connections.
pub(super) struct Sender {
    clients: Vec<Client>,
    next: AtomicUsize,
    source: String,
    aliases: Aliases,
    began_at: Timestamp,
}

impl Sender {
    pub(super) fn open(
        target: &Target,
        lang: Lang,
        source: String,
        aliases: Aliases,
        began_at: Timestamp,
    ) -> anyhow::Result<Self> {
        let clients = (0..CONNECTIONS)
            .map(|_| Client::open(target, lang))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            clients,
            next: AtomicUsize::new(0),
            source,
            aliases,
            began_at,
        })
    }

    /// Sends one line. An error ends the import: the server is gone, or does not know this token.
    pub(super) async fn send(&self, line: u64, text: Text) -> Result<Sent, Failure> {
        let refused = |reason| Sent {
            line,
            id: String::new(),
            outcome: Outcome::Refused(reason),
            subject_cut: false,
            body_filled: false,
            area_found: false,
        };
        let message = match text.and_then(|text| line::parse(&text)) {
            Ok(message) => message,
            Err(reason) => return Ok(refused(reason)),
        };
        let area = self
            .aliases
            .find(&message.subject, &message.body)
            .map(ToString::to_string);
        let (source_id, request_id) = line::names(&self.source, &message.id);
        let sent = Sent {
            line,
            id: message.id,
            outcome: Outcome::New,
            subject_cut: message.subject_cut,
            body_filled: message.body_filled,
            area_found: area.is_some(),
        };
        let request = SubmitComplaintRequest {
            request_id,
            channel: Channel::Web.into(),
            subject: message.subject,
            body: message.body,
            area: area.unwrap_or_default(),
            standing: Standing::Anonymous.into(),
            source_id,
            occur_time: message.written_at.map(wire_time),
            ..Default::default()
        };
        Ok(Sent {
            outcome: self.submit(request).await?,
            ..sent
        })
    }

    async fn submit(&self, request: SubmitComplaintRequest) -> Result<Outcome, Failure> {
        let client = &self.clients[self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len()];
        let mut tries = 0;
        loop {
            let failure = match client.intake().submit_complaint(request.clone()).await.answer() {
                Ok(answer) => {
                    return Ok(
                        self.known_or_new(answer.ticket.and_then(|ticket| instant(&ticket.register_time)))
                    );
                }
                Err(failure) => failure,
            };
            tries += 1;
            match judge(&failure, tries) {
                Judgement::Again(wait) => tokio::time::sleep(wait).await,
                Judgement::Give(outcome) => return Ok(outcome),
                Judgement::Stop => return Err(failure),
            }
        }
    }

    /// A repeated request is answered like the first time; the time of registration tells the runs apart.
    fn known_or_new(&self, registered_at: Option<Timestamp>) -> Outcome {
        match registered_at {
            Some(at) if at < self.began_at => Outcome::AlreadyThere,
            Some(_) | None => Outcome::New,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    /// After a wait.
    Again(Duration),
    /// This line is dealt with.
    Give(Outcome),
    /// No line can be dealt with.
    Stop,
}

fn judge(failure: &Failure, tries: u32) -> Judgement {
    match failure.code {
        // Unknown: a connection that broke within a call; the server itself never answers it.
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::Unknown
        | Code::Cancelled => {
            if tries >= TRIES_MAX {
                return Judgement::Stop;
            }
            let doubled = WAIT_MIN * 2u32.pow(tries.min(10));
            Judgement::Again(
                failure
                    .retry_after
                    .unwrap_or(Duration::ZERO)
                    .max(doubled)
                    .min(WAIT_MAX),
            )
        }
        Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented => Judgement::Stop,
        Code::AlreadyExists => Judgement::Give(Outcome::Changed),
        Code::Ok
        | Code::InvalidArgument
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Internal
        | Code::DataLoss => {
            let fields = failure
                .fields
                .iter()
                .map(|(field, what)| format!("; {field}: {what}"));
            Judgement::Give(Outcome::Refused(format!(
                "{failure}{}",
                fields.collect::<String>()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: Code, retry_after: Option<Duration>) -> Failure {
        let message = "no".to_owned();
        Failure {
            code,
            message,
            reason: None,
            facts: Vec::new(),
            fields: Vec::new(),
            retry_after,
        }
    }

    #[test]
    fn what_passes_is_tried_again_no_sooner_than_the_server_asks() {
        let asked = Duration::from_secs(3);
        assert_eq!(
            judge(&failure(Code::ResourceExhausted, Some(asked)), 1),
            Judgement::Again(asked)
        );
        assert_eq!(
            judge(&failure(Code::Unavailable, None), 2),
            Judgement::Again(WAIT_MIN * 4)
        );
        assert_eq!(
            judge(&failure(Code::Unavailable, None), 8),
            Judgement::Again(WAIT_MAX)
        );
        assert_eq!(
            judge(&failure(Code::Unavailable, None), TRIES_MAX),
            Judgement::Stop
        );
    }

    #[test]
    fn what_was_brought_in_before_counts_as_there() {
        assert_eq!(
            judge(&failure(Code::AlreadyExists, None), 1),
            Judgement::Give(Outcome::Changed)
        );
        let lang = Lang::En;
        let target = Target {
            addr: "127.0.0.1:1".to_owned(),
            token: None,
            ca: None,
            timeout: Duration::from_secs(1),
        };
        let began_at = "2026-11-21T09:00:00Z".parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _inside = runtime.enter();
        let sender = Sender::open(&target, lang, String::new(), Aliases::default(), began_at).unwrap();
        assert_eq!(
            sender.known_or_new("2026-11-20T09:00:00Z".parse().ok()),
            Outcome::AlreadyThere
        );
        assert_eq!(
            sender.known_or_new("2026-11-21T09:00:01Z".parse().ok()),
            Outcome::New
        );
    }

    #[test]
    fn a_wrong_token_ends_the_import_and_a_wrong_line_does_not() {
        assert_eq!(judge(&failure(Code::Unauthenticated, None), 1), Judgement::Stop);
        let refused = judge(&failure(Code::InvalidArgument, None), 1);
        assert_eq!(refused, Judgement::Give(Outcome::Refused("no".to_owned())));
    }
}
