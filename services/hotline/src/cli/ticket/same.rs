//! "Same or not the same": before an operator's registration, what is told alike is asked about; the answer is kept on the
//! ticket. Where triage cannot be asked just now the registration goes on without: no word of a resident waits for it.

use std::time::Duration;

use proto::common::v1::Channel;
use proto::tickets::v1::{AddContactRequest, AnnotateRequest, RegisterRequest, Ticket};
use proto::triage::v1::suggest_duplicates_request::Matter;
use proto::triage::v1::{Duplicate, SuggestDuplicatesRequest, Text};

use crate::cli::triage::duplicates;
use crate::client::{Answer as _, Client};
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// How long a registration waits for the candidates.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// What the operator has said of candidates.
#[derive(Debug, clap::Args)]
pub(crate) struct Answers {
    /// 与此工单是同一事项:追加来件,不另立工单 · the same matter as this ticket: a contact is added to it instead
    #[arg(long, value_name = "NUMBER", conflicts_with = "not_same_as")]
    same_as: Option<String>,
    /// 与此工单不是同一事项,可多次给出 · not the same matter as this ticket; may be given several times
    #[arg(long, value_name = "NUMBER")]
    not_same_as: Vec<String>,
}

impl Answers {
    /// The ticket that the operator calls the same.
    pub(crate) fn same(&self) -> Option<&str> {
        self.same_as.as_deref()
    }

    /// Goes on where every candidate that must be answered has been.
    pub(crate) async fn suffice(
        &self,
        client: &Client,
        request: &RegisterRequest,
        out: &Out,
    ) -> anyhow::Result<()> {
        if request.confidential || request.accused.is_some() {
            return Ok(());
        }
        let Some(candidates) = candidates(client, request).await else {
            out.note(
                "暂时无法比对重复诉求,先行登记",
                "duplicates cannot be looked for just now; registered without",
            );
            return Ok(());
        };
        let is_open = |one: &&Duplicate| {
            let is_answered = |number: &String| *number == one.number || *number == one.merged;
            one.must_answer && !self.not_same_as.iter().any(is_answered)
        };
        let open: Vec<&Duplicate> = candidates.iter().filter(is_open).collect();
        if open.is_empty() {
            return Ok(());
        }
        for one in open {
            out.warn(duplicates::line(one, out));
        }
        Err(Stop::because(
            Exit::Failed,
            out.say(
                "可能是同一事项,尚未登记:是同一事项请加 --same-as 编号,不是请加 --not-same-as 编号",
                "may be the same matter, nothing was registered: say --same-as NUMBER, or --not-same-as NUMBER",
            ),
        ))
    }

    /// Keeps on the new ticket what the operator has said of others. What cannot be kept is said, not failed: the ticket
    /// stands.
    pub(crate) async fn keep(&self, client: &Client, request_id: &str, ticket: &Ticket, out: &Out) {
        if self.not_same_as.is_empty() {
            return;
        }
        let others = self.not_same_as.join(" ");
        let request = AnnotateRequest {
            number: ticket.number.clone(),
            request_id: named(request_id, "not-same"),
            expected_version: None,
            note: format!(
                "经话务员确认,与 {others} 不是同一事项 · the operator says: not the same matter as {others}"
            ),
        };
        if let Err(failure) = client.tickets().annotate(request).await.answer() {
            out.warn(out.say(
                format_args!("已登记,但答复未能记入工单:{failure}"),
                format_args!("registered, but the answer could not be noted on the ticket: {failure}"),
            ));
        }
    }
}

/// A name for a mutation that follows from another.
fn named(request_id: &str, suffix: &str) -> String {
    const CHARS_MAX: usize = 128;
    let room = CHARS_MAX - suffix.len() - 1;
    let kept: String = request_id.chars().take(room).collect();
    format!("{kept}-{suffix}")
}

/// The candidates; none where they cannot be had in time.
async fn candidates(client: &Client, request: &RegisterRequest) -> Option<Vec<Duplicate>> {
    let text = Text {
        subject: request.subject.clone(),
        body: request.body.clone(),
        place: request.place.clone(),
        area: request.area.clone(),
        r#type: request.r#type,
    };
    let asked = SuggestDuplicatesRequest {
        matter: Some(Matter::Text(text)),
        category: request.category.clone(),
        caller_number: request
            .identity
            .as_ref()
            .map(|one| one.phone.clone())
            .unwrap_or_default(),
        ..SuggestDuplicatesRequest::default()
    };
    let mut triage = client.triage();
    let answer = tokio::time::timeout(ASKED_WITHIN, triage.suggest_duplicates(asked)).await;
    Some(answer.ok()?.ok()?.into_inner().duplicates)
}

/// The same words as a contact of a ticket that is there already.
pub(crate) fn as_contact(number: &str, request: RegisterRequest) -> AddContactRequest {
    AddContactRequest {
        number: number.to_owned(),
        request_id: request.request_id,
        expected_version: None,
        channel: Channel::try_from(request.channel).unwrap_or_default().into(),
        standing: request.standing,
        identity: request.identity,
        body: request.body,
        call_id: request.call_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_matter_keeps_its_words_its_caller_and_its_request() {
        let request = RegisterRequest {
            request_id: "r-1".to_owned(),
            channel: Channel::Web.into(),
            body: "还是没人来修".to_owned(),
            call_id: "c-1".to_owned(),
            ..RegisterRequest::default()
        };
        let contact = as_contact("20261121-0000015", request);
        assert_eq!(
            (contact.request_id.as_str(), contact.call_id.as_str()),
            ("r-1", "c-1")
        );
        assert_eq!(
            (contact.channel(), contact.body.as_str()),
            (Channel::Web, "还是没人来修")
        );
    }

    #[test]
    fn a_name_that_follows_from_another_is_no_longer_than_any() {
        assert_eq!(named("r-1", "not-same"), "r-1-not-same");
        assert_eq!(named(&"x".repeat(128), "not-same").len(), 128);
    }
}
