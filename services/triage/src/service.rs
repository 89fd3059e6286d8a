//! Use cases: what a matter is about, for whoever asks; and what is done about a ticket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use classifier::{Message, Model};
use domain::id::TicketNumber;
use domain::rules::Rules;
use domain::ticket::{Hold, RequestType};
use jiff::civil::Date;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::fault::{Code, Fault};
use kit::link::{Line, Link};
use kit::rules::RulesCache;
use places::Landmarks;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use crate::decision::{Decision, decide, held};
use crate::given::{Given, Reading, Texts};
use crate::lexica::Lexica;
use crate::limits::LABELS_EXPLAINED;
use crate::models::{Models, opinion, words_for};
use crate::similar::Similar;
use crate::suggest::{By, Lexis, Opinion, SuggestInput, Suggestion, Verdict};
use crate::trigger::{Seen, Trigger};
use crate::{NAME, wire};

/// What is asked about.
pub(crate) enum Matter {
    /// A ticket.
    Ticket(TicketNumber),
    /// A text that is none yet.
    Text {
        words: Texts,
        kind: Option<RequestType>,
        area: Option<domain::id::AreaId>,
    },
}

/// What is answered.
pub(crate) struct Suggested {
    pub(crate) suggestion: Suggestion,
    pub(crate) hold: Option<Hold>,
    pub(crate) spoken: Option<Spoken>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) backlog_ms: u64,
}

/// How sure the model was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spoken {
    pub(crate) sureness: f64,
    /// The least sureness at which it is acted on.
    pub(crate) threshold: f64,
}

/// What holds at the moment: rules, lexicon, model, day.
struct Today {
    rules: Arc<Rules>,
    lexis: Arc<Lexis>,
    model: Option<Arc<Model>>,
    on: Date,
}

/// Reads tickets and says where they belong.
pub struct Triage {
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    lexica: Lexica,
    models: Arc<Models>,
    similar: Arc<Similar>,
    backlog_ms: AtomicU64,
}

impl Triage {
    pub(crate) fn new(
        tickets: Link,
        rules: Arc<RulesCache>,
        models: Arc<Models>,
        similar: Arc<Similar>,
        clock: SharedClock,
    ) -> Self {
        Self {
            tickets,
            rules,
            clock,
            lexica: Lexica::default(),
            models,
            similar,
            backlog_ms: AtomicU64::new(0),
        }
    }

    /// How far the follower is behind, in milliseconds.
    pub(crate) fn backlog_ms(&self) -> u64 {
        self.backlog_ms.load(Ordering::Relaxed)
    }

    /// The follower says how far it is behind.
    pub(crate) fn is_behind(&self, lag_ms: u64) {
        self.backlog_ms.store(lag_ms, Ordering::Relaxed);
    }

    /// What the words of a ticket, as far as the caller may read them, or of a text say.
    pub(crate) async fn suggest(&self, call: &Call, matter: Matter) -> Result<Suggested, Fault> {
        let today = self.today().await?;
        let (suggestion, verdict, model) = match matter {
            Matter::Ticket(number) => {
                let reading = read(self.tickets.on_behalf_of(NAME, call), number).await?;
                let model = today.opinion(&reading.words, LABELS_EXPLAINED);
                let (suggestion, verdict) = today.weigh(
                    &reading,
                    &Given::on(&reading, None),
                    model.as_ref(),
                    &self.similar.landmarks(),
                );
                (suggestion, verdict, model)
            }
            Matter::Text { words, kind, area } => {
                let model = today.opinion(&words, LABELS_EXPLAINED);
                let landmarks = self.similar.landmarks();
                let input = input(&words, kind, area, model.as_ref(), &landmarks);
                let suggestion = today.lexis.suggest(&today.rules, &input, today.on);
                let verdict = today.lexis.verdict(&suggestion, false);
                (suggestion, verdict, model)
            }
        };
        let hold = match verdict {
            Verdict::Dispatch { .. } => None,
            Verdict::Hold(hold) => Some(hold),
        };
        Ok(Suggested {
            suggestion,
            hold,
            spoken: today.spoken(model.as_ref()),
            rules: today.rules,
            backlog_ms: self.backlog_ms(),
        })
    }

    /// Dispatches a ticket or holds it for a triager. Idempotent: what somebody else has done meanwhile stands. What came
    /// along with the change is taken for what the ticket is, and read anew where it has moved since.
    pub(crate) async fn handle(&self, seen: &Seen, trigger: Trigger) -> Result<(), Fault> {
        let line = self.tickets.as_role(NAME);
        if let Some(reading) = &seen.reading {
            let came = self
                .settle(&line, seen, trigger, reading, Some(reading.version))
                .await?;
            if came != Came::Moved {
                return Ok(());
            }
        }
        let reading = match read(line.clone(), seen.number).await {
            Err(fault) if fault.code() == Code::NotFound => return Ok(()),
            reading => reading?,
        };
        self.settle(&line, seen, trigger, &reading, None).await.map(drop)
    }

    async fn settle(
        &self,
        line: &Line,
        seen: &Seen,
        trigger: Trigger,
        reading: &Reading,
        expected: Option<u32>,
    ) -> Result<Came, Fault> {
        if !reading.is_waiting {
            return Ok(Came::Done);
        }
        let today = self.today().await?;
        let given = Given::on(reading, Some(trigger));
        let opinion = today.opinion(&reading.words, 0);
        let (mut suggestion, verdict) =
            today.weigh(reading, &given, opinion.as_ref(), &self.similar.landmarks());
        today.explain(&mut suggestion, &reading.words, opinion.as_ref());
        let mut decision = decide(&suggestion, &verdict, &given, reading);
        if let Decision::Dispatch { support, .. } = &mut decision {
            support.similar = self.similar.to_be_named(&today.rules, seen.number, reading);
        }
        match self.order(line, seen, &decision, expected).await? {
            // The rules have moved in between, or say no for a reason of their own: a person looks. The refused
            // request was not recorded, so its id is still free.
            Came::Refused => {
                let decision = held(&suggestion, Hold::NoEntry, &given, reading);
                self.order(line, seen, &decision, expected).await
            }
            came @ (Came::Done | Came::Moved) => Ok(came),
        }
    }

    async fn order(
        &self,
        line: &Line,
        seen: &Seen,
        decision: &Decision,
        expected: Option<u32>,
    ) -> Result<Came, Fault> {
        let request = seen.request().map_err(Fault::internal)?;
        let mut tickets = TicketServiceClient::new(line.clone());
        let answer = match decision {
            Decision::Dispatch { .. } => tickets
                .dispatch(wire::dispatch(seen.number, &request, expected, decision))
                .await
                .map(drop),
            Decision::Hold { .. } => tickets
                .classify(wire::classify(seen.number, &request, expected, decision))
                .await
                .map(drop),
        };
        came(answer.map_err(Fault::from))
    }

    async fn today(&self) -> Result<Today, Fault> {
        let rules = self.rules.current().await?;
        let model = self.models.current();
        let lexis = self.lexica.of(&rules, model.as_deref())?;
        let on = rules.calendar().local(self.clock.now()).date();
        Ok(Today {
            rules,
            lexis,
            model,
            on,
        })
    }
}

impl Today {
    /// What the model says of some words, with the words that spoke for that many of its labels.
    fn opinion(&self, words: &Texts, explained: usize) -> Option<Opinion> {
        let message = Message::text(&words.subject, &words.body);
        self.model
            .as_ref()
            .map(|model| opinion(model, &message, explained))
    }

    /// What the words say, settled around what is given, and whether that is enough.
    fn weigh(
        &self,
        reading: &Reading,
        given: &Given,
        opinion: Option<&Opinion>,
        landmarks: &Landmarks,
    ) -> (Suggestion, Verdict) {
        let input = input(
            &reading.words,
            given.kind,
            reading.area.clone(),
            opinion,
            landmarks,
        );
        let suggestion = self.lexis.suggest(&self.rules, &input, self.on);
        let suggestion = given.settle(suggestion, &self.rules, self.on);
        let verdict = self.lexis.verdict(&suggestion, reading.sealed);
        (suggestion, verdict)
    }

    /// Where the model alone says what a matter is about, its words are the evidence.
    fn explain(&self, suggestion: &mut Suggestion, words: &Texts, opinion: Option<&Opinion>) {
        let first = suggestion.categories.first_mut();
        let (Some(first), Some(model), Some(opinion)) = (first, &self.model, opinion) else {
            return;
        };
        if let (By::Model, Some(top)) = (&first.by, opinion.said.first()) {
            let message = Message::text(&words.subject, &words.body);
            first.model_words = words_for(model, &message, top.label);
        }
    }

    fn spoken(&self, opinion: Option<&Opinion>) -> Option<Spoken> {
        let opinion = opinion?;
        let threshold = opinion
            .said
            .first()
            .and_then(|top| self.lexis.threshold(top.label));
        Some(Spoken {
            sureness: opinion.sureness,
            threshold: threshold.unwrap_or(opinion.threshold),
        })
    }
}

async fn read(line: Line, number: TicketNumber) -> Result<Reading, Fault> {
    let answer = TicketServiceClient::new(line)
        .get_ticket(wire::get_ticket(number))
        .await?
        .into_inner();
    wire::reading(answer)
}

fn input<'a>(
    words: &'a Texts,
    kind: Option<RequestType>,
    area: Option<domain::id::AreaId>,
    opinion: Option<&'a Opinion>,
    landmarks: &'a Landmarks,
) -> SuggestInput<'a> {
    let Texts { subject, body, place } = words;
    SuggestInput {
        subject,
        body,
        place,
        declared_kind: kind,
        declared_area: area,
        landmarks: Some(landmarks),
        opinion,
    }
}

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// It was done, or somebody was faster.
    Done,
    /// A rule says no.
    Refused,
    /// The ticket is not at the version it was read at.
    Moved,
}

/// Somebody was faster where the request was used before, the ticket is gone from sight or merged into another, or its
/// phase no longer fits. Other refusals are about the command itself.
fn came(answer: Result<(), Fault>) -> Result<Came, Fault> {
    let Err(fault) = answer else { return Ok(Came::Done) };
    let is = |code: Code| fault.code() == code;
    if is(Code::AlreadyExists) || is(Code::NotFound) {
        return Ok(Came::Done);
    }
    if is(Code::Aborted) {
        return Ok(Came::Moved);
    }
    if is(Code::FailedPrecondition) {
        let was_faster = matches!(fault.reason(), "WRONG_PHASE" | "NOTHING_CHANGES" | "MERGED");
        return Ok(if was_faster { Came::Done } else { Came::Refused });
    }
    if is(Code::InvalidArgument) {
        tracing::error!(
            reason = fault.reason(),
            "tickets finds a triage command malformed"
        );
        return Ok(Came::Refused);
    }
    Err(fault)
}

#[cfg(test)]
mod tests {
    use domain::refusal::{Reason, Refusal};

    use super::*;

    #[test]
    fn somebody_faster_is_done() {
        let faster = [
            Fault::reused(),
            Fault::not_found(),
            Fault::refused(Refusal::new(Reason::WrongPhase)),
            Fault::refused(Refusal::new(Reason::NothingChanges)),
            Fault::refused(Refusal::new(Reason::Merged)),
        ];
        for fault in faster {
            assert_eq!(came(Err(fault)).unwrap(), Came::Done);
        }
        assert_eq!(came(Ok(())).unwrap(), Came::Done);
        assert_eq!(came(Err(Fault::moved(7))).unwrap(), Came::Moved);
    }

    #[test]
    fn another_refusal_goes_to_a_person() {
        for reason in [
            Reason::WrongEntry,
            Reason::WrongRelation,
            Reason::UnknownUnit,
            Reason::Recused,
        ] {
            assert_eq!(
                came(Err(Fault::refused(Refusal::new(reason)))).unwrap(),
                Came::Refused
            );
        }
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        assert!(came(Err(Fault::unavailable("", ""))).unwrap_err().is_passing());
        assert!(came(Err(Fault::deadline())).is_err());
    }

    #[test]
    fn the_reasons_that_mean_done_are_those_of_the_domain() {
        assert_eq!(
            (
                Reason::WrongPhase.as_str(),
                Reason::NothingChanges.as_str(),
                Reason::Merged.as_str()
            ),
            ("WRONG_PHASE", "NOTHING_CHANGES", "MERGED")
        );
    }
}
