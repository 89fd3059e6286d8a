//! The lives of the tickets of a copy, one after the other, read from its journal alone: every fact in order, without words.
//!
//! A journal has them in the order of time. It is read through once to see what is there, and once more to put together
//! what belongs to each ticket: in memory, or in parts that fit there one by one ([`spill`]). A ticket and what was merged
//! into it are in one part.

mod spill;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use domain::access::Actor;
use domain::clock::Outages;
use domain::id::{RulesVersion, TicketNumber};
use domain::rules::{Book, Bundle, Rules, Under};
use domain::ticket::{Event, Fact, Recorded};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use storage::OpenError;
use storage::port::Commit;

use self::spill::Spill;
use super::{TICKETS, stop};
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Bytes of records whose tickets are held in memory at a time. What is held of them takes less: it has no words.
const PART_BYTES_MAX: u64 = 512 << 20;
/// Parts, and so files open at once.
const PARTS_MAX: u64 = 256;

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Days {
    pub(in crate::cli) from: Date,
    pub(in crate::cli) to: Date,
}

impl Days {
    fn holds(self, number: TicketNumber) -> bool {
        (self.from..=self.to).contains(&number.date())
    }
}

/// What a first reading of a journal has found.
pub(in crate::cli) struct Lives {
    dir: PathBuf,
    days: Option<Days>,
    /// Merged tickets, and into which.
    incidents: BTreeMap<TicketNumber, BTreeSet<TicketNumber>>,
    parts: usize,
    /// Tickets whose lives are asked for.
    pub(in crate::cli) tickets: u64,
    /// The first and the last of their dates.
    pub(in crate::cli) dates: Option<(Date, Date)>,
    /// The time of the last commit.
    pub(in crate::cli) last_at: Option<Timestamp>,
    /// Rules by version, as they were published.
    rules: BTreeMap<RulesVersion, String>,
    /// The last of them.
    pub(in crate::cli) latest: Option<RulesVersion>,
    /// When the system was down, as all of its tickets say.
    pub(in crate::cli) outages: Outages,
}

/// A commit on one ticket, as it is held.
#[derive(Serialize, Deserialize)]
struct Held {
    at: Timestamp,
    actor: Actor,
    rules: RulesVersion,
    base: u32,
    events: Vec<Event>,
}

/// Tickets in memory: what each was written, in order.
type Part = BTreeMap<TicketNumber, Vec<u8>>;

/// One ticket, and those it may ask about.
pub(in crate::cli) struct Life<'a> {
    pub(in crate::cli) history: Vec<Recorded>,
    part: &'a Part,
}

impl Life<'_> {
    /// The history of a ticket that was merged into this one.
    pub(in crate::cli) fn merged(&self, number: TicketNumber) -> Option<Vec<Recorded>> {
        history(number, self.part.get(&number)?).ok()
    }
}

impl Lives {
    /// Reads through the journal of a data directory, or of a copy of one.
    pub(in crate::cli) fn open(data: &Path, days: Option<Days>, out: &Out) -> anyhow::Result<Self> {
        let dir = data.join(TICKETS);
        refuse_in_use(&dir, out)?;
        let mut lives = Self {
            dir: dir.clone(),
            days,
            incidents: BTreeMap::new(),
            parts: 1,
            tickets: 0,
            dates: None,
            last_at: None,
            rules: BTreeMap::new(),
            latest: None,
            outages: Outages::default(),
        };
        let mut bytes = 0;
        let bar = super::bar(TICKETS, out);
        let walked = storage::walk(&dir, super::advance(&bar), |record| {
            lives.look_at(record, &mut bytes)?;
            Ok::<(), OpenError>(())
        });
        bar.finish_and_clear();
        walked.map_err(|error| stop(error, TICKETS))?;
        lives.parts = usize::try_from((bytes / PART_BYTES_MAX + 1).min(PARTS_MAX)).unwrap_or(1);
        Ok(lives)
    }

    fn look_at(&mut self, record: &storage::Walked<'_>, bytes: &mut u64) -> Result<(), OpenError> {
        if let Some((version, json)) = record.rules()? {
            self.latest = Some(version.clone());
            self.rules.insert(version, json);
            return Ok(());
        }
        let written = record.written()?;
        if !written.is_empty() {
            self.last_at = Some(record.at());
            self.hear(record)?;
        }
        let is_asked_for = |number| self.days.is_none_or(|days| days.holds(number));
        for one in written.iter().filter(|one| is_asked_for(one.number)) {
            *bytes += record.bytes() as u64;
            if one.base == 0 {
                self.tickets += 1;
                let date = one.number.date();
                let (first, last) = self.dates.unwrap_or((date, date));
                self.dates = Some((first.min(date), last.max(date)));
            }
        }
        if record.holds("\"kind\":\"child_merged\"")
            && let Some(commit) = record.commit()?
        {
            for write in &commit.writes {
                for fact in &write.facts {
                    if let Event::ChildMerged { child, .. } = &fact.event {
                        self.incidents.entry(*child).or_default().insert(write.number);
                    }
                }
            }
        }
        Ok(())
    }

    /// Only levels that fire tell more than that the system was up.
    fn hear(&mut self, record: &storage::Walked<'_>) -> Result<(), OpenError> {
        if !record.holds("\"system_was_down\":") {
            self.outages.was_up(record.at());
            return Ok(());
        }
        let commit = record.commit()?;
        for fact in commit
            .iter()
            .flat_map(|commit| &commit.writes)
            .flat_map(|write| &write.facts)
        {
            self.outages.hear(&fact.event, record.at());
        }
        Ok(())
    }

    /// Gives each life to `take`, in the order of numbers within a part.
    pub(in crate::cli) fn each(
        &self,
        out: &Out,
        mut take: impl FnMut(&Life<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let parts = self.put_together(out)?;
        let bar = super::bar(TICKETS, out);
        bar.set_length(self.tickets);
        super::of_tickets(&bar);
        let mut done = 0;
        for part in 0..self.parts {
            let held = parts.take(part)?;
            for (number, bytes) in held.iter() {
                if self.days.is_some_and(|days| !days.holds(*number)) {
                    continue;
                }
                let history = history(*number, bytes)?;
                take(&Life { history, part: &held })?;
                done += 1;
                bar.set_position(done);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// What belongs to each ticket that is asked for, and to those that were merged into it.
    fn put_together(&self, out: &Out) -> anyhow::Result<Parts> {
        let roots = self.roots();
        let part_of = |number: TicketNumber| {
            let root = roots.get(&number).copied().unwrap_or(number);
            usize::try_from(root.sequence()).unwrap_or(0) % self.parts
        };
        let is_wanted = |number: TicketNumber| {
            let asks = |one: TicketNumber| self.days.is_none_or(|days| days.holds(one));
            let incidents = self.incidents.get(&number).into_iter().flatten();
            asks(number) || incidents.copied().any(asks)
        };
        let mut parts = match self.parts {
            1 => Parts::InMemory(Part::new()),
            parts => Parts::InFiles(Spill::create(parts)?),
        };
        let bar = super::bar(TICKETS, out);
        let walked = storage::walk(&self.dir, super::advance(&bar), |record| {
            let written = record.written().map_err(Stopped::Open)?;
            if !written.iter().any(|one| is_wanted(one.number)) {
                return Ok(());
            }
            match record.commit().map_err(Stopped::Open)? {
                Some(commit) => parts.add(commit, &is_wanted, &part_of).map_err(Stopped::Write),
                None => Ok(()),
            }
        });
        bar.finish_and_clear();
        match walked {
            Err(Stopped::Open(error)) => return Err(stop(error, TICKETS)),
            Err(Stopped::Write(error)) => return Err(error).context("temporary files"),
            Ok(()) => {}
        }
        if let Parts::InFiles(spill) = &mut parts {
            spill.finish().context("temporary files")?;
        }
        Ok(parts)
    }

    /// What tickets that were merged in a line, or with one another, are kept together under.
    fn roots(&self) -> BTreeMap<TicketNumber, TicketNumber> {
        let mut roots: BTreeMap<TicketNumber, TicketNumber> = BTreeMap::new();
        let root = |roots: &BTreeMap<_, _>, mut one: TicketNumber| {
            while let Some(above) = roots.get(&one) {
                one = *above;
            }
            one
        };
        for (child, incidents) in &self.incidents {
            for incident in incidents {
                let (one, other) = (root(&roots, *child), root(&roots, *incident));
                if one != other {
                    roots.insert(one, other);
                }
            }
        }
        let all: Vec<TicketNumber> = roots.keys().copied().collect();
        all.into_iter().map(|one| (one, root(&roots, one))).collect()
    }

    /// The rules of the journal.
    pub(in crate::cli) fn shelf(&self) -> Shelf<'_> {
        Shelf {
            json: &self.rules,
            book: Book::default(),
        }
    }
}

/// Why putting together has stopped.
enum Stopped {
    Open(OpenError),
    Write(io::Error),
}

impl From<OpenError> for Stopped {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

/// What is put together.
enum Parts {
    InMemory(Part),
    InFiles(Spill),
}

impl Parts {
    fn add(
        &mut self,
        commit: Commit,
        is_wanted: &dyn Fn(TicketNumber) -> bool,
        part_of: &dyn Fn(TicketNumber) -> usize,
    ) -> io::Result<()> {
        let Commit {
            at,
            actor,
            rules,
            writes,
            ..
        } = commit;
        for write in writes.into_iter().filter(|write| is_wanted(write.number)) {
            let held = Held {
                at,
                actor: actor.clone(),
                rules: rules.clone(),
                base: write.base,
                events: write.facts.into_iter().map(|fact| fact.event).collect(),
            };
            let mut line = serde_json::to_vec(&held)?;
            line.push(b'\n');
            match self {
                Parts::InMemory(part) => part.entry(write.number).or_default().extend_from_slice(&line),
                Parts::InFiles(spill) => spill.add(part_of(write.number), write.number, &line)?,
            }
        }
        Ok(())
    }

    fn take(&self, part: usize) -> anyhow::Result<Cow<'_, Part>> {
        match self {
            Parts::InMemory(held) => Ok(Cow::Borrowed(held)),
            Parts::InFiles(spill) => spill.take(part).map(Cow::Owned),
        }
    }
}

fn history(number: TicketNumber, bytes: &[u8]) -> anyhow::Result<Vec<Recorded>> {
    let mut history = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Held {
            at,
            actor,
            rules,
            base,
            events,
        } = serde_json::from_slice(line)?;
        for (version, event) in (base.saturating_add(1)..).zip(events) {
            history.push(Recorded {
                number,
                version,
                at,
                actor: actor.clone(),
                rules: rules.clone(),
                fact: Fact::from(event),
            });
        }
    }
    Ok(history)
}

/// The rules of a journal, made as they are asked for.
pub(in crate::cli) struct Shelf<'a> {
    json: &'a BTreeMap<RulesVersion, String>,
    book: Book,
}

impl Shelf<'_> {
    /// What held; none where the journal does not have it.
    pub(in crate::cli) fn hold(&mut self, under: &Under) -> Option<Arc<Rules>> {
        if let Some(held) = self.book.hold(under) {
            return Some(held);
        }
        for version in std::iter::once(&under.current).chain(&under.kept) {
            self.version(version)?;
        }
        self.book.hold(under)
    }

    /// A version.
    pub(in crate::cli) fn version(&mut self, version: &RulesVersion) -> Option<Arc<Rules>> {
        if self.book.version(version).is_none() {
            let bundle: Bundle = serde_json::from_str(self.json.get(version)?).ok()?;
            self.book.add(Arc::new(Rules::new(bundle).ok()?));
        }
        self.book.version(version).cloned()
    }
}

/// A copy is read, never what a server is writing.
fn refuse_in_use(dir: &Path, out: &Out) -> anyhow::Result<()> {
    if !storage::is_in_use(dir) {
        return Ok(());
    }
    let message = out.say(
        "服务正在使用此目录;请先备份到新目录(hotline backup --data 目录 --to 新目录),再对备份执行",
        "a server is using this directory: make a copy first (hotline backup --data DIR --to NEW) and read that",
    );
    Err(Stop::because(Exit::Unavailable, message))
}
