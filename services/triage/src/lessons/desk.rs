//! Answers: which models there were, how often the system was right, what people have corrected; and the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::{CategoryId, HolderId, RequestId, TicketNumber};
use domain::rules::Rules;
use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::link::Link;
use kit::page::Tokens;
use kit::rules::RulesCache;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use super::drift::{Drift, drift};
use super::labels::label_of;
use super::learner::is_held_out;
use super::ledger::Record;
use super::lesson::{Key, Lesson};
use super::version::{Origin, Refused, Version};
use super::{Lessons, Needs, wire};
use crate::NAME;
use crate::given::Texts;
use crate::limits::{LESSON_READS_MAX, VERSIONS_SHOWN_MAX};

/// Who answers.
pub(crate) struct Desk {
    lessons: Arc<Lessons>,
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
    tokens: Tokens,
}

/// A version as it is told.
pub(crate) struct Told {
    pub(crate) version: Version,
    pub(crate) in_force: bool,
    pub(crate) kept: bool,
}

/// What is known of the model.
pub(crate) struct Known {
    pub(crate) versions: Vec<Told>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) learned: u64,
    pub(crate) refused_count: u64,
    pub(crate) waiting: u64,
    pub(crate) passed_over: BTreeMap<&'static str, u64>,
    pub(crate) withheld: u64,
}

/// Back to an earlier version.
pub(crate) struct RollBack {
    pub(crate) request: RequestId,
    pub(crate) by: HolderId,
    /// None: the one before the one in force.
    pub(crate) version: Option<u32>,
    pub(crate) learn_again: bool,
}

/// What going back means.
enum Plan {
    /// It was done before.
    Done(Told),
    /// This version, by a number of its own.
    Back(Version),
}

/// The figures of some weeks.
pub(crate) struct Drifted {
    pub(crate) drift: Drift,
    pub(crate) withheld: u64,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) rules: Arc<Rules>,
}

/// Which corrections.
pub(crate) struct Asked {
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    pub(crate) words: bool,
    pub(crate) size: usize,
    pub(crate) page_token: String,
}

/// A correction with what the caller may read of it.
pub(crate) struct Corrected {
    pub(crate) lesson: Lesson,
    pub(crate) label: Option<String>,
    pub(crate) words: Option<Texts>,
}

/// A page of them.
pub(crate) struct Corrections {
    pub(crate) corrections: Vec<Corrected>,
    pub(crate) missing: u32,
    pub(crate) next_page_token: String,
}

impl Desk {
    pub(super) fn new(lessons: Arc<Lessons>, needs: Needs) -> Self {
        let Needs {
            tickets,
            rules,
            clock,
            drain,
            token_key,
        } = needs;
        Self {
            lessons,
            tickets,
            rules,
            clock,
            drain,
            tokens: Tokens::new(token_key),
        }
    }

    /// The model's versions and what became of corrections.
    pub(crate) fn known(&self) -> Known {
        let book = self.lessons.ledger.book();
        let versions = book.versions();
        let in_force = versions.in_force().map(|one| one.number);
        let (held_out, waiting): (Vec<&Lesson>, Vec<&Lesson>) = book
            .unsettled()
            .partition(|lesson| is_held_out(lesson.key.number));
        let passed = versions.passed_over().iter();
        let mut passed_over: BTreeMap<&'static str, u64> =
            passed.map(|(why, count)| (why.as_str(), *count)).collect();
        passed_over.insert("held_out", held_out.len() as u64);
        let (learned, refused_count) = versions.counts();
        Known {
            versions: versions
                .latest()
                .take(VERSIONS_SHOWN_MAX)
                .map(|version| Told {
                    in_force: in_force == Some(version.number),
                    kept: self.lessons.is_kept(version),
                    version: version.clone(),
                })
                .collect(),
            refused: versions.refused().take(VERSIONS_SHOWN_MAX).cloned().collect(),
            learned,
            refused_count,
            waiting: waiting.len() as u64,
            passed_over,
            withheld: book.withheld().values().sum(),
        }
    }

    /// Puts an earlier version in force. Said twice under one name it is done once.
    pub(crate) async fn roll_back(&self, order: RollBack) -> Result<Told, Fault> {
        let _one = self.lessons.stepping.lock().await;
        let version = match self.plan(order)? {
            Plan::Done(told) => return Ok(told),
            Plan::Back(version) => version,
        };
        let model = self.lessons.model_of(&version.model, &self.drain).await;
        let model = model.ok_or_else(|| no_version(version.of))?;
        let before = self.lessons.models.current();
        self.lessons.models.put(model);
        let record = Record::Version(version.clone());
        if let Err(fault) = self.lessons.ledger.keep(self.clock.now(), record).await {
            before
                .into_iter()
                .for_each(|before| self.lessons.models.put(before));
            return Err(fault);
        }
        self.lessons.wake.notify_one();
        tracing::warn!(
            version = version.number,
            of = version.of,
            "an earlier model is in force"
        );
        Ok(Told {
            version,
            in_force: true,
            kept: true,
        })
    }

    /// What going back means now, changing nothing.
    fn plan(&self, order: RollBack) -> Result<Plan, Fault> {
        let book = self.lessons.ledger.book();
        let versions = book.versions();
        let in_force = versions.in_force();
        if let Some(done) = versions.asked_for(&order.by, &order.request) {
            return Ok(Plan::Done(Told {
                in_force: in_force.is_some_and(|one| one.number == done.number),
                kept: self.lessons.is_kept(done),
                version: done.clone(),
            }));
        }
        let target = match order.version {
            Some(number) => versions.get(number),
            None => versions.before(),
        };
        let target = target.ok_or_else(|| no_version(order.version))?;
        if in_force.is_some_and(|one| one.model == target.model) {
            return Err(in_force_already(target.number));
        }
        let stands_for = target.of.unwrap_or(target.number);
        let since = versions.latest().filter(|one| one.number > stands_for);
        let learned = since.flat_map(|one| one.from.iter().copied());
        Ok(Plan::Back(Version {
            number: versions.next_number(),
            at: self.clock.now(),
            origin: Origin::RolledBack,
            model: target.model.clone(),
            of: Some(stands_for),
            from: Vec::new(),
            figures: None,
            by: Some(order.by),
            request: Some(order.request),
            again: if order.learn_again {
                learned.collect()
            } else {
                Vec::new()
            },
        }))
    }

    /// How often the system was right in the latest weeks.
    pub(crate) async fn drift(&self, weeks: usize, within: Option<CategoryId>) -> Result<Drifted, Fault> {
        let rules = self.rules.current().await?;
        let book = self.lessons.ledger.book();
        let drift = drift(book.weeks(), weeks, within.as_ref());
        let withheld = book
            .withheld()
            .iter()
            .filter(|(week, _)| drift.weeks.first() <= Some(*week));
        Ok(Drifted {
            withheld: withheld.map(|(_, count)| *count).sum(),
            drift,
            as_of: *self.lessons.as_of(),
            rules,
        })
    }

    /// A page of corrections, each read on behalf of the caller: what he may not see he is not told of.
    pub(crate) async fn corrections(&self, call: &Call, asked: Asked) -> Result<Corrections, Fault> {
        let Asked {
            from,
            to,
            words,
            size,
            page_token,
        } = asked;
        let query = serde_json::to_vec(&("corrections", &call.actor.holder, from, to, words))
            .map_err(Fault::internal)?;
        let after: Option<Key> = self.tokens.open_page(&query, &page_token)?;
        let rules = self.rules.current().await?;
        let is_within = |lesson: &&Lesson| {
            let day = rules.calendar().local(lesson.at).date();
            from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to)
        };
        let (page, is_last) = {
            let book = self.lessons.ledger.book();
            let mut found = book.corrections_after(after).filter(is_within);
            let page: Vec<Lesson> = found.by_ref().take(size).cloned().collect();
            (page, found.next().is_none())
        };
        let next_page_token = match page.last() {
            Some(last) if !is_last => self.tokens.seal(&query, &last.key),
            _ => String::new(),
        };
        let looked_at = page.len();
        let read = futures::stream::iter(page)
            .map(async |lesson| self.read(call, lesson, words).await)
            .buffered(LESSON_READS_MAX);
        let mut read = std::pin::pin!(read);
        let mut corrections = Vec::new();
        while let Some(one) = read.next().await {
            corrections.extend(one?.map(|(lesson, words)| self.corrected(lesson, words, &rules)));
        }
        let missing = looked_at - corrections.len();
        Ok(Corrections {
            corrections,
            missing: u32::try_from(missing).unwrap_or(u32::MAX),
            next_page_token,
        })
    }

    /// None where the caller may not see the ticket, or its words are wanted and gone.
    async fn read(
        &self,
        call: &Call,
        lesson: Lesson,
        words: bool,
    ) -> Result<Option<(Lesson, Option<Texts>)>, Fault> {
        let number: TicketNumber = lesson.key.number;
        let mut tickets = TicketServiceClient::new(self.tickets.on_behalf_of(NAME, call));
        let request = if words {
            crate::wire::get_ticket(number)
        } else {
            wire::glance(number)
        };
        let answer = match tickets.get_ticket(request).await.map_err(Fault::from) {
            Err(fault) if fault.code() == Code::NotFound => return Ok(None),
            answer => answer?.into_inner(),
        };
        if !words {
            return Ok(Some((lesson, None)));
        }
        Ok(wire::words(answer)?.map(|words| (lesson, Some(words))))
    }

    fn corrected(&self, lesson: Lesson, words: Option<Texts>, rules: &Rules) -> Corrected {
        let model = self.lessons.models.current();
        let label = model
            .zip(lesson.right.as_ref())
            .and_then(|(model, right)| label_of(&model, rules, right).map(str::to_owned));
        Corrected { lesson, label, words }
    }
}

fn no_version(version: Option<u32>) -> Fault {
    match version {
        Some(version) => Fault::invalid(
            "version",
            format!("没有可回退的版本 {version}"),
            format!("version: there is no version {version} to go back to"),
        ),
        None => Fault::invalid(
            "version",
            "没有更早的版本可回退",
            "version: there is no earlier version to go back to",
        ),
    }
}

fn in_force_already(version: u32) -> Fault {
    Fault::invalid(
        "version",
        format!("版本 {version} 已在使用"),
        format!("version: {version} is in force already"),
    )
}
