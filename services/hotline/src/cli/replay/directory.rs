//! `hotline replay --directory`: where another directory would have sent past tickets.

mod show;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use domain::id::UnitId;
use domain::routing::whatif::{Compared, How, Sent, whatif};
use domain::rules::Rules;
use jiff::civil::Date;
use kit::clock::{Clock as _, SystemClock};

use super::Args;
use crate::city;
use crate::cli::offline::lives::{Days, Lives};
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// What a replay of a directory comes to.
pub(super) struct Replayed {
    pub(super) days: Days,
    /// As the other directory holds on this day.
    pub(super) on: Date,
    pub(super) tickets: u64,
    pub(super) dispatches: u64,
    /// Dispatches that would have gone to another unit, by how they came about; and all of them.
    pub(super) by_how: BTreeMap<How, (u64, u64)>,
    /// Same unit, by another entry or with other help.
    pub(super) differs: u64,
    /// Of a category the other rules do not have.
    pub(super) unknown: u64,
    /// Tickets that cannot be read.
    pub(super) unreadable: u64,
    /// How many would have moved from one unit to another; none: nobody.
    pub(super) flows: BTreeMap<(Option<UnitId>, Option<UnitId>), u64>,
    /// The first that would have moved, at most as many as are listed.
    pub(super) rows: Vec<Compared>,
    limit: usize,
}

impl Replayed {
    fn count(&mut self, one: &Compared) {
        self.dispatches += 1;
        self.unknown += u64::from(one.is_unknown);
        self.differs += u64::from(one.differs());
        let of_how = self.by_how.entry(one.how).or_default();
        of_how.1 += 1;
        if !one.moves() {
            return;
        }
        of_how.0 += 1;
        let flow = (one.from().cloned(), one.to().cloned());
        *self.flows.entry(flow).or_default() += 1;
        if self.rows.len() < self.limit {
            self.rows.push(one.clone());
        }
    }

    /// How many would have moved.
    pub(super) fn moved(&self) -> u64 {
        self.by_how.values().map(|(moved, _)| moved).sum()
    }
}

pub(super) fn run(folder: &Path, args: &Args, out: &Out) -> anyhow::Result<()> {
    let days = Days {
        from: args.from,
        to: args.to,
    };
    let other = read(folder)?;
    let on = args
        .on
        .unwrap_or_else(|| other.calendar().local(SystemClock.now()).date());
    let lives = Lives::open(&args.data, Some(days), out)?;
    let (first, last) = lives.dates.ok_or_else(|| {
        let message = out.say(
            "此期间没有登记的工单",
            "no ticket was registered between these days",
        );
        Stop::because(Exit::NotFound, message)
    })?;
    let mut csv = args.csv.as_deref().map(Csv::create).transpose()?;
    let mut replayed = Replayed {
        days: Days {
            from: first,
            to: last,
        },
        on,
        tickets: 0,
        dispatches: 0,
        by_how: BTreeMap::new(),
        differs: 0,
        unknown: 0,
        unreadable: 0,
        flows: BTreeMap::new(),
        rows: Vec::new(),
        limit: usize::try_from(args.limit).unwrap_or(usize::MAX),
    };
    let shelf = RefCell::new(lives.shelf());
    lives.each(out, |life| {
        let mut rules_of = |under: &domain::rules::Under| shelf.borrow_mut().hold(under);
        let Some(compared) = whatif(&life.history, &mut rules_of, &other, on) else {
            replayed.unreadable += 1;
            return Ok(());
        };
        replayed.tickets += 1;
        for one in &compared {
            replayed.count(one);
            if let Some(csv) = csv.as_mut().filter(|_| one.moves() || one.differs()) {
                csv.write(one)?;
            }
        }
        Ok(())
    })?;
    csv.map_or(Ok(()), Csv::finish)?;
    show::show(&replayed, folder, &other, out)
}

/// The other directory, sound; its units, areas and recusal list come with it.
fn read(folder: &Path) -> anyhow::Result<Rules> {
    let usage = |error: anyhow::Error| Stop::because(Exit::Usage, format!("{error:#}"));
    if !folder.is_dir() {
        let message = format!("{} 不是城市规则目录 · is no city's folder", folder.display());
        return Err(Stop::because(Exit::Usage, message));
    }
    let bundle = city::as_written(Some(folder)).map_err(usage)?;
    Rules::new(bundle).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        let message = format!("新目录有误 · the new directory is not sound:{}", lines.concat());
        Stop::because(Exit::Usage, message)
    })
}

/// Every dispatch that would have been another, as a file. Codes and times only: nothing in it needs quoting.
struct Csv {
    file: BufWriter<File>,
}

const COLUMNS: &str = "number,version,dispatched_at,how,type,category,area,lead,entry,\
    unit_before,entry_before,co_before,unit_after,entry_after,co_after,moves,unknown_category";

impl Csv {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        writeln!(file, "{COLUMNS}")?;
        Ok(Self { file })
    }

    fn write(&mut self, one: &Compared) -> anyhow::Result<()> {
        let code = |code: Option<&str>| code.unwrap_or_default().to_owned();
        let mut cells = vec![
            one.number.to_string(),
            one.version.to_string(),
            one.at.to_string(),
            one.how.as_str().to_owned(),
            one.kind.as_str().to_owned(),
            one.category.to_string(),
            code(one.area.as_ref().map(|id| id.as_str())),
            one.lead.to_string(),
            code(one.entry.as_ref().map(|id| id.as_str())),
        ];
        for side in [&one.before, &one.after] {
            cells.push(code(side.as_ref().map(|sent| sent.lead.as_str())));
            cells.push(code(side.as_ref().map(|sent| sent.entry.as_str())));
            cells.push(side.as_ref().map(co).unwrap_or_default());
        }
        cells.push(one.moves().to_string());
        cells.push(one.is_unknown.to_string());
        writeln!(self.file, "{}", cells.join(","))?;
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(())
    }
}

fn co(sent: &Sent) -> String {
    let units: Vec<&str> = sent.co.iter().map(UnitId::as_str).collect();
    units.join(";")
}
