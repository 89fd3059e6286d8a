//! Follows the feed and keeps the ledger of lessons: what was said as counts, what came of it one by one. Steps are kept
//! some times a second at most, each with the place in the feed it goes up to.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{CategoryId, TicketNumber};
use domain::rules::Rules;
use jiff::Timestamp;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::follow::{Ended, Feed, Start, follow_ahead};
use kit::link::Link;
use kit::rules::RulesCache;
use proto::tickets::v1::WatchResponse;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::book::Tally;
use super::fold::{Happened, Outcome, What, outcomes, said_in, standing};
use super::ledger::{Count, Record};
use super::lesson::{Lesson, Week};
use super::wire::{self, Seen};
use super::{Lessons, Needs};
use crate::NAME;
use crate::limits::{
    AHEAD_MAX, BROKEN_TRIES_MAX, HISTORY_PAGES_MAX, LESSONS_OF_A_STEP, PAUSE_MAX, PAUSE_MIN, STANDING_MAX,
    STEP_CHANGES_MAX, STEP_WITHIN,
};

/// Follows the feed.
pub(super) struct Follower {
    lessons: Arc<Lessons>,
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
}

/// What is not kept yet.
#[derive(Default)]
struct Step {
    token: String,
    at: Option<Timestamp>,
    changes: u32,
    said: BTreeMap<(Week, CategoryId), Tally>,
    lessons: Vec<Lesson>,
    withheld: BTreeMap<Week, u64>,
}

impl Step {
    fn is_full(&self) -> bool {
        self.changes >= STEP_CHANGES_MAX || self.lessons.len() >= LESSONS_OF_A_STEP
    }

    /// Whether it is worth keeping: without content its loss costs a second reading of some changes.
    fn says_something(&self) -> bool {
        !self.said.is_empty() || !self.lessons.is_empty() || !self.withheld.is_empty()
    }
}

/// The category that stands on tickets seen lately, chosen by whoever registered or classified them.
#[derive(Default)]
struct Standing {
    of: HashMap<TicketNumber, Option<CategoryId>>,
    order: VecDeque<TicketNumber>,
}

impl Standing {
    fn put(&mut self, number: TicketNumber, category: Option<CategoryId>) {
        if self.of.insert(number, category).is_none() {
            self.order.push_back(number);
        }
        if self.order.len() > STANDING_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.of.remove(&oldest);
        }
    }
}

impl Follower {
    pub(super) fn new(lessons: Arc<Lessons>, needs: &Needs) -> Self {
        Self {
            lessons,
            tickets: needs.tickets.clone(),
            rules: Arc::clone(&needs.rules),
            clock: needs.clock.clone(),
            drain: needs.drain.clone(),
        }
    }

    /// Until the process drains.
    pub(super) async fn run(self) {
        loop {
            let token = self.lessons.ledger.book().token().to_owned();
            let start = if token.is_empty() {
                Start::FromBeginning
            } else {
                Start::Token(token)
            };
            let feed = Feed {
                tickets: self.tickets.clone(),
                role: NAME,
                words_of: &[],
            };
            let work = |changes| self.work(changes);
            match follow_ahead(feed, self.drain.clone(), start, AHEAD_MAX, work).await {
                Ended::Drained => return,
                Ended::TokenVoid => {
                    tracing::warn!("the feed has another history, lessons are counted anew");
                    self.keep(Record::Anew {}).await;
                }
            }
        }
    }

    /// Takes changes until no more come. What is not kept when it ends is read again.
    async fn work(&self, mut changes: mpsc::Receiver<Arc<WatchResponse>>) {
        let mut standing = Standing::default();
        let mut step = Step::default();
        while let Some(answer) = changes.recv().await {
            let until = Instant::now() + STEP_WITHIN;
            let mut next = Some(answer);
            while let Some(answer) = next.take() {
                if !self.take(&answer, &mut step, &mut standing).await {
                    return;
                }
                if !step.is_full() {
                    next = timeout_at(until, changes.recv()).await.ok().flatten();
                }
            }
            if step.says_something() || step.is_full() {
                if !self.keep_step(std::mem::take(&mut step)).await {
                    return;
                }
            } else if step.at.is_some() {
                *self.lessons.as_of() = step.at;
            }
        }
    }

    /// Takes one change into a step, trying until it can be read. False when the process drains before.
    async fn take(&self, answer: &WatchResponse, step: &mut Step, standing: &mut Standing) -> bool {
        step.token.clone_from(&answer.resume_token);
        step.changes = step.changes.saturating_add(1);
        let Some(change) = &answer.change else {
            step.at = Some(self.clock.now());
            return true;
        };
        let seen = wire::seen(change).unwrap_or_else(|fault| {
            tracing::error!(reason = fault.reason(), %fault, "a change of the feed teaches nothing");
            None
        });
        let Some(seen) = seen else { return true };
        step.at = Some(seen.at);
        if seen.is_sealed || seen.is_erased {
            self.lessons.features().remove(&seen.number);
        }
        let (mut tries, mut pause) = (0, PAUSE_MIN);
        while let Err(fault) = self.learn_of(&seen, step, standing).await {
            tries += 1;
            let number = seen.number;
            if !fault.is_passing() && tries >= BROKEN_TRIES_MAX {
                tracing::error!(%number, reason = fault.reason(), "a change teaches nothing");
                return true;
            }
            tracing::warn!(%number, reason = fault.reason(), "what came of a saying is not known yet, trying again");
            if !self.rest(pause).await {
                return false;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
        true
    }

    /// What a change says. The step is changed only where nothing fails.
    async fn learn_of(&self, seen: &Seen, step: &mut Step, standing: &mut Standing) -> Result<(), Fault> {
        let speaks = |one: &Happened| one.by_system && matches!(one.what, What::Classified { .. });
        let chooses = |one: &Happened| matches!(one.what, What::Registered { .. } | What::Classified { .. });
        let may_decide = seen.happened.iter().any(|one| one.what.may_decide(one.by_system));
        if seen.happened.iter().any(speaks) {
            let stood = match standing.of.get(&seen.number) {
                Some(stood) => stood.clone(),
                None => self.stood_before(seen).await?,
            };
            let (said, stands) = said_in(stood, &seen.happened);
            if let Some(said) = said.filter(|_| !seen.is_sealed) {
                let week = self.week(&*self.rules.current().await?, said.at);
                let tally = step.said.entry((week, said.category)).or_default();
                tally.said += 1;
                tally.alone += u64::from(said.alone);
            }
            standing.put(seen.number, stands);
        } else if seen.happened.iter().any(chooses) {
            let stood = standing.of.get(&seen.number).cloned().flatten();
            let (_, stands) = said_in(stood, &seen.happened);
            standing.put(seen.number, stands);
        }
        if may_decide {
            let rules = self.rules.current().await?;
            let known = outcomes(seen.number, &self.history(seen.number).await?);
            self.decide(seen, known, &rules, step);
        }
        Ok(())
    }

    fn decide(&self, seen: &Seen, known: Vec<Outcome>, rules: &Rules, step: &mut Step) {
        let book = self.lessons.ledger.book();
        for outcome in known {
            let week = self.week(rules, outcome.said_at);
            if seen.is_sealed {
                let is_new = outcome.at == seen.at;
                *step.withheld.entry(week).or_default() += u64::from(is_new);
                continue;
            }
            let model = book.versions().at(outcome.said_at).map(|one| one.model.clone());
            let lesson = lesson(outcome, week, model);
            let waiting = step.lessons.iter().rev().find(|one| one.key == lesson.key);
            let before = waiting.or_else(|| book.lesson(&lesson.key));
            if before.is_none_or(|before| (&before.right, before.how) != (&lesson.right, lesson.how)) {
                step.lessons.push(lesson);
            }
        }
        step.withheld.retain(|_, count| *count > 0);
    }

    fn week(&self, rules: &Rules, at: Timestamp) -> Week {
        Week::of(rules.calendar().local(at).date())
    }

    /// The category that stood on a ticket before a change.
    async fn stood_before(&self, seen: &Seen) -> Result<Option<CategoryId>, Fault> {
        let Some(first) = seen.happened.first().map(|first| first.version) else {
            return Ok(None);
        };
        let mut history = self.history(seen.number).await?;
        history.retain(|happened| happened.version < first);
        Ok(standing(&history))
    }

    /// The whole history of a ticket; as far as it goes within the limit.
    async fn history(&self, number: TicketNumber) -> Result<Vec<Happened>, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let (mut history, mut token) = (Vec::new(), String::new());
        for _ in 0..HISTORY_PAGES_MAX {
            let page = tickets
                .list_ticket_events(wire::history_page(number, token))
                .await
                .map_err(Fault::from);
            let page = match page {
                Err(fault) if fault.code() == Code::NotFound => return Ok(Vec::new()),
                page => page?.into_inner(),
            };
            history.extend(wire::happened(&page.events)?);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        Ok(history)
    }

    /// False when the process drains before it is kept.
    async fn keep_step(&self, step: Step) -> bool {
        let corrections = step.lessons.iter().filter(|lesson| !lesson.is_right()).count();
        let said = step.said.into_iter();
        let record = Record::Step {
            token: step.token,
            said: said
                .map(|((week, category), tally)| Count {
                    week,
                    category,
                    tally,
                })
                .collect(),
            lessons: step.lessons,
            withheld: step.withheld.into_iter().collect(),
        };
        if !self.keep(record).await {
            return false;
        }
        *self.lessons.as_of() = step.at;
        if corrections > 0 {
            tracing::info!(corrections, "people have said otherwise");
            self.lessons.wake.notify_one();
        }
        true
    }

    async fn keep(&self, record: Record) -> bool {
        let mut pause = PAUSE_MIN;
        while let Err(fault) = self.lessons.ledger.keep(self.clock.now(), record.clone()).await {
            tracing::warn!(reason = fault.reason(), "lessons are not kept yet, trying again");
            if !self.rest(pause).await {
                return false;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
        true
    }

    /// False when the process drains meanwhile.
    async fn rest(&self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.drain.draining() => false,
        }
    }
}

fn lesson(outcome: Outcome, week: Week, model: Option<String>) -> Lesson {
    Lesson {
        key: outcome.key,
        said_at: outcome.said_at,
        week,
        at: outcome.at,
        said: outcome.said,
        sureness: outcome.sureness,
        alone: outcome.alone,
        right: outcome.right,
        how: outcome.how,
        model,
    }
}
