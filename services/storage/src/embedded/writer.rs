//! The one thread that writes: checks a group, keeps it in the journal, applies it to the index, answers all.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use domain::id::RulesVersion;
use domain::ticket::Ticket;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::body::{COMMIT, RULES};
use super::index::{Batch, Index, Unusable};
use super::keys;
use super::mark::Left;
use super::reads::{decode_answered, is_remembered};
use super::ring::Recent;
use super::shared::{Meta, Shared, restart};
use super::space;
use super::stage::Stage;
use crate::disk::Lock;
use crate::group::Keeper;
use crate::journal::{Appender, Draft, Position};
use crate::limits::{SWEEP_COMMITS, SWEEP_ROWS};
use crate::port::{Commit, CommitError, Committed, Failure};

/// What waits for the writer; bodies are written as JSON by whoever asks.
pub(crate) enum Job {
    Commit {
        commit: Box<Commit>,
        body: Vec<u8>,
        answer: oneshot::Sender<Result<Committed, CommitError>>,
    },
    Rules {
        version: RulesVersion,
        at: Timestamp,
        body: Vec<u8>,
        answer: oneshot::Sender<Result<(), Failure>>,
    },
}

pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) appender: Appender,
    pub(crate) meta: Meta,
    pub(crate) free_bytes_min: u64,
    /// Commits since old request ids were last looked for, and where to go on.
    pub(crate) since_sweep: usize,
    pub(crate) sweep_from: Vec<u8>,
    pub(crate) lock: Lock,
}

/// What becomes of a job once its group is kept.
enum Outcome {
    Refused {
        error: CommitError,
        answer: oneshot::Sender<Result<Committed, CommitError>>,
    },
    Kept {
        commit: Box<Commit>,
        bytes: usize,
        nth: usize,
        tickets: Vec<Ticket>,
        answer: oneshot::Sender<Result<Committed, CommitError>>,
    },
    Published {
        answer: oneshot::Sender<Result<(), Failure>>,
    },
}

impl Outcome {
    /// Answers; `failed` is what befell the whole group. An answer nobody waits for any more is dropped.
    fn answer(self, failed: Option<&Failure>, positions: &[Position]) {
        let failed = failed.cloned();
        match self {
            // A refusal may rest on an earlier commit of the same group: if that is not kept, it is void.
            Outcome::Refused { error, answer } => {
                drop(answer.send(Err(failed.map_or(error, CommitError::from))))
            }
            Outcome::Published { answer } => drop(answer.send(failed.map_or(Ok(()), Err))),
            Outcome::Kept {
                commit,
                nth,
                tickets,
                answer,
                ..
            } => {
                let committed = || Committed {
                    sequence: positions[nth].sequence,
                    at: commit.at,
                    tickets,
                };
                drop(answer.send(failed.map_or_else(|| Ok(committed()), |failure| Err(failure.into()))));
            }
        }
    }
}

impl Keeper for Writer {
    type Item = Job;

    fn keep(&mut self, group: Vec<Job>) {
        let shared = Arc::clone(&self.shared);
        let mut stage = Stage::new(&shared, self.appender.end().at);
        let mut drafts = Vec::with_capacity(group.len());
        let outcomes = group
            .into_iter()
            .map(|job| stage_job(&mut stage, &mut drafts, job))
            .collect::<Vec<_>>();
        let kept = if drafts.is_empty() {
            Ok(Vec::new())
        } else {
            self.keep_drafts(stage, &drafts, &outcomes)
        };
        match kept {
            Ok(positions) => outcomes
                .into_iter()
                .for_each(|outcome| outcome.answer(None, &positions)),
            Err(failure) => outcomes
                .into_iter()
                .for_each(|outcome| outcome.answer(Some(&failure), &[])),
        }
        if self.since_sweep >= SWEEP_COMMITS {
            self.sweep();
        }
    }

    fn close(self) -> Result<(), Failure> {
        let Writer {
            shared,
            appender,
            lock,
            ..
        } = self;
        // Waits for the reads under way; later ones find nothing.
        let index = shared
            .index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let closed = index.map_or(Ok(()), |index| leave(&shared, index));
        drop(appender);
        drop(lock);
        closed
    }
}

/// Closes the index and marks how it was left.
fn leave(shared: &Shared, index: Index) -> Result<(), Failure> {
    index.close().map_err(|Unusable(why)| {
        shared.trust.distrust(&why);
        restart(&why)
    })?;
    if shared.stopped.load(Ordering::Acquire) {
        return Ok(());
    }
    let marked = shared.trust.vouch(Left::Clean, None);
    marked.map_err(|error| Failure::Damaged(error.to_string()))
}

fn stage_job(stage: &mut Stage<'_>, drafts: &mut Vec<Draft>, job: Job) -> Outcome {
    let nth = drafts.len();
    match job {
        Job::Commit {
            mut commit,
            body,
            answer,
        } => match stage.check(&mut commit, nth) {
            Ok(tickets) => {
                let bytes = body.len();
                drafts.push(Draft {
                    kind: COMMIT,
                    at: commit.at,
                    body,
                });
                Outcome::Kept {
                    commit,
                    bytes,
                    nth,
                    tickets,
                    answer,
                }
            }
            Err(error) => Outcome::Refused { error, answer },
        },
        Job::Rules {
            version,
            at,
            body,
            answer,
        } => {
            stage.publish(version, nth);
            drafts.push(Draft {
                kind: RULES,
                at: stage.raise(at),
                body,
            });
            Outcome::Published { answer }
        }
    }
}

impl Writer {
    /// Journal first, index second, memory last. Nothing is answered before all three have it.
    fn keep_drafts(
        &mut self,
        stage: Stage<'_>,
        drafts: &[Draft],
        outcomes: &[Outcome],
    ) -> Result<Vec<Position>, Failure> {
        if !self.shared.takes_writes() {
            return Err(Failure::Stopped);
        }
        space::require(&self.shared.dir, self.free_bytes_min)?;
        let positions = self.appender.append(drafts).inspect_err(|failure| {
            if *failure != Failure::Full {
                self.shared.stopped.store(true, Ordering::Release);
            }
        })?;
        self.meta.end = self.appender.end().clone();
        self.shared.trust.reach(self.meta.end.sequence);
        for outcome in outcomes {
            if let Outcome::Kept { nth, .. } = outcome {
                self.meta.head = positions[*nth].sequence;
                self.since_sweep += 1;
            }
        }
        let applied = stage.finish(&positions, &self.meta).and_then(|(batch, rows)| {
            self.shared.with_index(|index| index.apply(batch))?;
            self.shared.cache.replace(rows);
            Ok(())
        });
        if applied.is_err() {
            // Kept, but the index does not know: only a restart can tell.
            self.shared.stopped.store(true, Ordering::Release);
            return Err(Failure::Stopped);
        }
        self.publish(&positions, outcomes);
        Ok(positions)
    }

    /// Makes a group known to followers.
    fn publish(&self, positions: &[Position], outcomes: &[Outcome]) {
        self.shared.reader.add(self.meta.end.segment);
        let mut ring = self.shared.ring.lock().unwrap_or_else(PoisonError::into_inner);
        for outcome in outcomes {
            if let Outcome::Kept {
                commit, bytes, nth, ..
            } = outcome
            {
                let (sequence, commit) = (positions[*nth].sequence, Arc::new(Commit::clone(commit)));
                ring.push(Recent {
                    sequence,
                    commit,
                    bytes: *bytes,
                });
            }
        }
        drop(ring);
        *self.shared.end.lock().unwrap_or_else(PoisonError::into_inner) = self.meta.end.clone();
        let head = self.meta.head;
        self.shared
            .head
            .send_if_modified(|known| std::mem::replace(known, head) != head);
    }

    /// Forgets request ids that are too old to count, a bounded number at a time, round and round.
    fn sweep(&mut self) {
        self.since_sweep = 0;
        let (begin, end) = keys::requests();
        let now = self.meta.end.at;
        let from = std::mem::take(&mut self.sweep_from);
        let from = if from.is_empty() { begin } else { from };
        let swept = self.shared.with_index(|index| {
            let pairs = index.range(&from, &end, SWEEP_ROWS)?;
            let next = pairs
                .last()
                .filter(|_| pairs.len() == SWEEP_ROWS)
                .map(|(key, _)| key.clone());
            let mut batch = Batch::default();
            for (key, value) in pairs {
                if !is_remembered(&decode_answered(&value)?, now) {
                    batch.remove(key);
                }
            }
            index.apply(batch)?;
            Ok::<_, Unusable>(next.unwrap_or_default())
        });
        // What went wrong is known to the shared state by now, and the next commit will say so.
        self.sweep_from = swept.unwrap_or_default();
    }
}
