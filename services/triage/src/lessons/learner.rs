//! The step of learning: what people have corrected since the last step, on a copy of the model, through the gate, into
//! force. Reads words through tickets, holds up nobody: answers go on with the model in force until the copy takes its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use classifier::{Features, Lesson as Learned, Message, Model, Shadow};
use domain::id::TicketNumber;
use domain::rules::Rules;
use futures::StreamExt as _;
use kit::clock::SharedClock;
use kit::drain::Drain;
use kit::fault::{Code, Fault};
use kit::link::Link;
use kit::rules::RulesCache;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;

use super::files::Files;
use super::gate::{Compared, Item, Questions, judge};
use super::labels::{label_of, of_the_lexicon};
use super::ledger::Record;
use super::lesson::{Key, Lesson};
use super::version::{Figures, Origin, Reason, Refused, Version, Why};
use super::{Lessons, Needs, wire};
use crate::NAME;
use crate::limits::{
    HELD_OUT_EVERY, HELD_OUT_MAX, LEARN_AT_ONCE_MAX, LEARN_WITHIN, LESSON_READS_MAX, MODELS_MAX, PAUSE_MAX,
    PAUSE_MIN,
};

/// Learns.
pub(super) struct Learner {
    lessons: Arc<Lessons>,
    tickets: Link,
    rules: Arc<RulesCache>,
    clock: SharedClock,
    drain: Drain,
}

/// What came of trying.
struct Tried {
    /// Corrections nothing was learned from.
    passed_over: Vec<(Why, Key)>,
    /// Corrections the gate did not let in.
    refused: Vec<Turned>,
    /// The copy that takes the place of the model; none where nothing was let in.
    copy: Option<Copy>,
}

/// A copy that has learned, and what the gate says of it.
struct Copy {
    model: Arc<Model>,
    from: Vec<Key>,
    figures: Figures,
}

/// Corrections that are not let in, and why.
struct Turned {
    from: Vec<Key>,
    reason: Reason,
    figures: Figures,
}

/// A correction as hashes: the label of what was said, where there is one, and the right one.
#[derive(Clone)]
struct Due {
    key: Key,
    said: Option<String>,
    item: Item,
}

/// The models and what they are asked beside the corrections.
struct Bench {
    original: Arc<Model>,
    held_out: Vec<Item>,
    lexicon: Vec<Item>,
}

/// Whether a ticket's lessons are held out: asked about, and never learned from. By its number, so for good.
pub(super) fn is_held_out(number: TicketNumber) -> bool {
    text::hash64(number.to_string().as_bytes()).is_multiple_of(HELD_OUT_EVERY)
}

impl Learner {
    pub(super) fn new(lessons: Arc<Lessons>, needs: &Needs) -> Self {
        Self {
            lessons,
            tickets: needs.tickets.clone(),
            rules: Arc::clone(&needs.rules),
            clock: needs.clock.clone(),
            drain: needs.drain.clone(),
        }
    }

    /// Until the process drains. What waited when it began is learned first.
    pub(super) async fn run(self) {
        let mut pause = PAUSE_MIN;
        loop {
            match self.step().await {
                // There may be more than one step takes.
                Ok(true) => pause = PAUSE_MIN,
                Ok(false) => {
                    pause = PAUSE_MIN;
                    let woken = async {
                        self.lessons.wake.notified().await;
                        // Several corrections of a minute's work are one step.
                        tokio::time::sleep(LEARN_WITHIN).await;
                    };
                    if !self.unless_draining(woken).await {
                        return;
                    }
                }
                Err(fault) => {
                    tracing::warn!(reason = fault.reason(), "nothing was learned, trying again");
                    if !self.unless_draining(tokio::time::sleep(pause)).await {
                        return;
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    async fn unless_draining(&self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            () = wait => true,
            () = self.drain.draining() => false,
        }
    }

    /// One step; whether there was anything to do.
    async fn step(&self) -> Result<bool, Fault> {
        let _one = self.lessons.stepping.lock().await;
        let original = self.lessons.original.clone();
        let Some((original, model)) = original.zip(self.lessons.models.current()) else {
            return Ok(false);
        };
        let corrections: Vec<Lesson> = {
            let book = self.lessons.ledger.book();
            let due = book.unsettled().filter(|lesson| !is_held_out(lesson.key.number));
            due.take(LEARN_AT_ONCE_MAX).cloned().collect()
        };
        if corrections.is_empty() {
            return Ok(false);
        }
        let rules = self.rules.current().await?;
        let (items, passed_over) = self.to_learn(&model, &rules, corrections).await?;
        self.pass_over(passed_over).await?;
        if items.is_empty() {
            return Ok(true);
        }
        let held_out = self.held_out(&model, &rules).await?;
        let tried = self
            .drain
            .block("learn", move || {
                let lexicon = of_the_lexicon(&model, &rules);
                let bench = Bench {
                    original,
                    held_out,
                    lexicon,
                };
                bench.attempt(&model, items)
            })
            .await;
        self.pass_over(tried.passed_over).await?;
        for turned in tried.refused {
            self.refuse(turned).await?;
        }
        if let Some(copy) = tried.copy {
            self.put_in_force(copy).await?;
        }
        Ok(true)
    }

    /// The corrections that can be read and have a label, and the others.
    async fn to_learn(
        &self,
        model: &Model,
        rules: &Rules,
        corrections: Vec<Lesson>,
    ) -> Result<(Vec<Due>, Vec<(Why, Key)>), Fault> {
        let labelled = corrections.into_iter().map(|lesson| {
            let right = lesson
                .correction()
                .and_then(|right| label_of(model, rules, right));
            let label = right.map(str::to_owned);
            (lesson, label)
        });
        let read = futures::stream::iter(labelled)
            .map(async |(Lesson { key, said, .. }, label)| match label {
                None => Ok((key, Err(Why::NoLabel))),
                Some(label) => {
                    let features = self.features(key.number).await?;
                    let item = features.map(|features| Item { features, label });
                    let said = label_of(model, rules, &said).map(str::to_owned);
                    let due = item.map(|item| Due { key, said, item });
                    Ok::<_, Fault>((key, due.ok_or(Why::Unreadable)))
                }
            })
            .buffered(LESSON_READS_MAX);
        let mut read = std::pin::pin!(read);
        let (mut items, mut passed_over) = (Vec::new(), Vec::new());
        while let Some(one) = read.next().await {
            match one? {
                (_, Ok(due)) => items.push(due),
                (key, Err(why)) => passed_over.push((why, key)),
            }
        }
        Ok((items, passed_over))
    }

    /// They are not tried again.
    async fn pass_over(&self, passed_over: Vec<(Why, Key)>) -> Result<(), Fault> {
        for why in [Why::NoLabel, Why::Unreadable, Why::Known] {
            let these = passed_over.iter().filter(|(one, _)| *one == why);
            let from: Vec<Key> = these.map(|(_, key)| *key).collect();
            if !from.is_empty() {
                tracing::info!(
                    corrections = from.len(),
                    why = why.as_str(),
                    "nothing is learned from corrections"
                );
                self.keep(Record::PassedOver { why, from }).await?;
            }
        }
        Ok(())
    }

    /// The latest lessons held out, read again where they are not remembered.
    async fn held_out(&self, model: &Model, rules: &Rules) -> Result<Vec<Item>, Fault> {
        let wanted: Vec<(TicketNumber, String)> = {
            let book = self.lessons.ledger.book();
            let labelled = book.latest().filter_map(|lesson| {
                let right = lesson.right.as_ref().filter(|_| is_held_out(lesson.key.number))?;
                Some((lesson.key.number, label_of(model, rules, right)?.to_owned()))
            });
            labelled.take(HELD_OUT_MAX).collect()
        };
        self.lessons
            .features()
            .retain(|number, _| wanted.iter().any(|(wanted, _)| wanted == number));
        let read = futures::stream::iter(wanted)
            .map(async |(number, label)| {
                let remembered = self.lessons.features().get(&number).cloned();
                let features = match remembered {
                    Some(features) => Some(features),
                    None => self.features(number).await?,
                };
                Ok::<_, Fault>((number, label, features))
            })
            .buffered(LESSON_READS_MAX);
        let mut read = std::pin::pin!(read);
        let mut items = Vec::new();
        while let Some(one) = read.next().await {
            let (number, label, features) = one?;
            if let Some(features) = features {
                self.lessons.features().insert(number, Arc::clone(&features));
                items.push(Item { features, label });
            }
        }
        Ok(items)
    }

    /// What a ticket's words look like; none where they are not for us, or gone.
    async fn features(&self, number: TicketNumber) -> Result<Option<Arc<Features>>, Fault> {
        let mut tickets = TicketServiceClient::new(self.tickets.as_role(NAME));
        let answer = tickets.get_ticket(crate::wire::get_ticket(number)).await;
        let answer = match answer.map_err(Fault::from) {
            Err(fault) if fault.code() == Code::NotFound => return Ok(None),
            answer => answer?.into_inner(),
        };
        let Some(words) = wire::words(answer)? else {
            return Ok(None);
        };
        let features = Features::of(&Message::text(&words.subject, &words.body));
        Ok((!features.is_empty()).then(|| Arc::new(features)))
    }

    /// Corrections that would make the model worse are told, and not tried again.
    async fn refuse(&self, turned: Turned) -> Result<(), Fault> {
        let Turned {
            from,
            reason,
            figures,
        } = turned;
        let stays = {
            let book = self.lessons.ledger.book();
            book.versions().in_force().map_or(0, |one| one.number)
        };
        tracing::warn!(
            corrections = from.len(),
            reason = reason.as_str(),
            "the gate refuses corrections, the model does not learn from them"
        );
        let refused = Refused {
            at: self.clock.now(),
            stays,
            reason,
            from,
            figures,
        };
        self.keep(Record::Refused(refused)).await
    }

    /// The copy takes its place.
    async fn put_in_force(&self, copy: Copy) -> Result<(), Fault> {
        let Copy { model, from, figures } = copy;
        let corrections = from.len();
        let number = self.lessons.ledger.book().versions().next_number();
        self.write(Arc::clone(&model)).await?;
        let version = Version {
            number,
            at: self.clock.now(),
            origin: Origin::Learned,
            model: model.version().to_owned(),
            of: None,
            from,
            figures: Some(figures),
            by: None,
            request: None,
            again: Vec::new(),
        };
        // Whoever is told of the version is answered by it.
        let before = self.lessons.models.current();
        self.lessons.models.put(model);
        if let Err(fault) = self.keep(Record::Version(version)).await {
            before
                .into_iter()
                .for_each(|before| self.lessons.models.put(before));
            return Err(fault);
        }
        tracing::info!(corrections, version = number, "the model has learned");
        Ok(())
    }

    /// The file comes before the record: a model that is in force can be read after a restart.
    async fn write(&self, model: Arc<Model>) -> Result<(), Fault> {
        let Some(files) = self.lessons.files.clone() else {
            return Ok(());
        };
        let kept = {
            let book = self.lessons.ledger.book();
            kept_with(model.version(), book.versions().latest())
        };
        let written = self
            .drain
            .block("write a model", move || written(&files, &model, &kept))
            .await;
        written.map_err(|error| {
            tracing::error!(%error, "a learned model cannot be written");
            Fault::unavailable("模型无法写入", "the model cannot be written")
        })
    }

    async fn keep(&self, record: Record) -> Result<(), Fault> {
        self.lessons.ledger.keep(self.clock.now(), record).await
    }
}

impl Bench {
    /// Learns on a copy, and asks the gate: all corrections together, and where they are refused by their kind, what was
    /// said and what is right. So a series of wrong ones does not keep the others out, and stays together itself.
    fn attempt(&self, model: &Model, due: Vec<Due>) -> Tried {
        let mut tried = Tried {
            passed_over: Vec::new(),
            refused: Vec::new(),
            copy: None,
        };
        let kinds = match self.learn(model, &due, &mut tried.passed_over) {
            None => return tried,
            Some(Ok(copy)) => {
                tried.copy = Some(copy);
                return tried;
            }
            Some(Err(turned)) => {
                let kinds = kinds_of(due, &turned.from);
                if kinds.len() < 2 {
                    tried.refused.push(turned);
                    return tried;
                }
                kinds
            }
        };
        let mut passed_over = Vec::new();
        for kind in kinds {
            let base = tried.copy.as_ref().map_or(model, |copy| &copy.model);
            match self.learn(base, &kind, &mut passed_over) {
                None => {}
                Some(Err(turned)) => tried.refused.push(turned),
                Some(Ok(mut copy)) => {
                    let before = tried.copy.take().map(|copy| copy.from);
                    copy.from.extend(before.into_iter().flatten());
                    tried.copy = Some(copy);
                }
            }
        }
        tried.passed_over.extend(passed_over);
        tried
    }

    /// None where there is nothing to learn.
    fn learn(
        &self,
        model: &Model,
        due: &[Due],
        passed_over: &mut Vec<(Why, Key)>,
    ) -> Option<Result<Copy, Turned>> {
        let mut shadow = Shadow::of(model);
        let (mut from, mut learned, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for Due { key, item, .. } in due {
            match shadow.learn(&item.features, &item.label) {
                Learned::Learned => {
                    from.push(*key);
                    learned.push(item.clone());
                }
                Learned::Known => known.push(*key),
                Learned::UnknownLabel => passed_over.push((Why::NoLabel, *key)),
                Learned::Blank => passed_over.push((Why::Unreadable, *key)),
            }
        }
        if learned.is_empty() {
            passed_over.extend(known.into_iter().map(|key| (Why::Known, key)));
            return None;
        }
        let questions = Questions {
            learned,
            held_out: self.held_out.clone(),
            lexicon: self.lexicon.clone(),
        };
        let copy = shadow.into_model();
        let models = Compared {
            original: &self.original,
            before: model,
            after: &copy,
        };
        let (figures, reason) = judge(models, &questions);
        Some(match reason {
            Some(reason) => {
                // What the copy knew by then it may have known by the others.
                from.extend(known);
                Err(Turned {
                    from,
                    reason,
                    figures,
                })
            }
            None => {
                passed_over.extend(known.into_iter().map(|key| (Why::Known, key)));
                Ok(Copy {
                    model: Arc::new(copy),
                    from,
                    figures,
                })
            }
        })
    }
}

/// Those of the corrections that count, by what was said and what is right.
fn kinds_of(due: Vec<Due>, counting: &[Key]) -> Vec<Vec<Due>> {
    let mut kinds: BTreeMap<(Option<String>, String), Vec<Due>> = BTreeMap::new();
    for one in due.into_iter().filter(|one| counting.contains(&one.key)) {
        let kind = (one.said.clone(), one.item.label.clone());
        kinds.entry(kind).or_default().push(one);
    }
    kinds.into_values().collect()
}

/// The models worth keeping beside a new one: the latest.
fn kept_with<'a>(fresh: &str, latest: impl Iterator<Item = &'a Version>) -> Vec<String> {
    let mut kept = vec![fresh.to_owned()];
    for version in latest {
        if kept.len() >= MODELS_MAX {
            break;
        }
        if !kept.contains(&version.model) {
            kept.push(version.model.clone());
        }
    }
    kept
}

fn written(files: &Files, model: &Model, kept: &[String]) -> std::io::Result<()> {
    files.write(model)?;
    files.keep_only(kept)
}
