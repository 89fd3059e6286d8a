//! `hotline replay`: what other rules, or another directory, would have done with past tickets, before they are
//! published.

mod directory;
mod instead;
mod rows;
mod show;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::clock::whatif::{Compared, Sides, Tally, Timed, whatif, when_merged};
use domain::clock::{Level, Outages};
use domain::id::UnitId;
use domain::refusal::Reason;
use domain::rules::Under;
use jiff::Timestamp;
use jiff::civil::Date;

use self::instead::Instead;
use self::rows::{Csv, Worst};
use super::offline::lives::{Days, Life, Lives, Shelf};
use crate::exit::{Exit, Stop};
use crate::out::Out;

pub(super) const ABOUT: &str = "规则演算:新的时限、日历、级别或派单目录若当时就施行,哪些工单、哪些单位会变
Replay the past under other rules, or another directory: which tickets and units would change";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline backup --data ./data --to ./copy
  hotline replay --rules strict.toml --from 2026-11-01 --to 2026-11-30 --data ./copy
  hotline replay --rules beijing --data ./copy --csv 变化.csv
  hotline replay --rules ./city --data ./copy --json
  hotline replay --directory ./city --from 2026-10-01 --to 2026-10-31 --data ./copy --csv 改派.csv

只读备份,不改动任何内容;服务运行中请先备份 · reads a copy and changes nothing; of a running server, back up first
--rules 为规则文件或随附规则名时只换时限和级别;为目录时换日历和法定时限,并换其中的 profile.toml(若有)
with a profile (a file, or one we ship) limits and ladder change; with a city's folder its calendar and statutes,
and its profile.toml where it has one
--directory 为新城市目录:按其中某日(默认今天)有效的派单目录和回避名单,看当时的派单会改派给谁;人工、裁定、回避另计
with --directory a city's folder: whom its directory and recusal list, as they hold on a day (today by default), would
have sent each dispatch to; those by hand, by ruling and around a recused unit are told apart
人人照旧:谁在何时做了什么不变,只有时限另算;新规则会拒绝的操作另行列出
everybody does what he did when he did it; what the new rules would have refused is listed
--from、--to 只按登记日选取工单;灯色、是否逾期一律以备份中最后一次记录的时间为准
--from and --to choose tickets by the day of registration; lights and what is late are as of the last record of the copy
系统停机期间本应触发的级别,记为恢复后触发,不计分
a level that would have fired while the system was down fires once it is back and is charged to nobody";

/// Under which rules, and of what.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 新规则:规则文件、随附规则名,或城市目录 · the new rules: a profile's file or name, or a city's folder
    #[arg(long, value_name = "RULES", required_unless_present = "directory")]
    rules: Option<PathBuf>,
    /// 新派单目录:城市目录 · the new directory: a city's folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "rules")]
    directory: Option<PathBuf>,
    /// 新目录按哪一天有效的条目,默认今天 · the day on which the new directory is looked at, today by default
    #[arg(long, value_name = "DATE", requires = "directory")]
    on: Option<Date>,
    /// 自此日登记的工单 · tickets registered on this day or later
    #[arg(
        long,
        value_name = "DATE",
        default_value = "2000-01-01",
        hide_default_value = true
    )]
    from: Date,
    /// 至此日登记的工单 · tickets registered on this day or before
    #[arg(
        long,
        value_name = "DATE",
        default_value = "9999-12-30",
        hide_default_value = true
    )]
    to: Date,
    /// 数据目录的备份,或已停止服务的数据目录 · a copy of a data directory, or that of a stopped server
    #[arg(long, env = "HOTLINE_DATA_DIR", value_name = "DIR")]
    data: PathBuf,
    /// 最多列出多少件工单 · how many tickets are listed at most, the most affected first
    #[arg(long, value_name = "N", default_value = "20")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000))]
    limit: u32,
    /// 全部有变化的工单写入此文件 · write every ticket that changes to this file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// What a replay comes to.
struct Replayed {
    days: Days,
    until: Timestamp,
    tally: Tally,
    units: BTreeMap<UnitId, Tally>,
    /// What would have been refused, by what and why: how often, and on which ticket first.
    refused: BTreeMap<(&'static str, &'static str), (u64, String)>,
    /// Tickets whose light, level or points change, or on which something would be in time or late instead.
    changed: u64,
    /// Tickets of which only due times move.
    moved: u64,
    /// Tickets that cannot be read.
    unreadable: u64,
    worst: Worst,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let days = Days {
        from: args.from,
        to: args.to,
    };
    if days.from > days.to {
        let message = out.say("--from 晚于 --to", "--from is later than --to");
        return Err(Stop::because(Exit::Usage, message));
    }
    let rules = match (&args.rules, &args.directory) {
        (_, Some(folder)) => return directory::run(folder, args, out),
        (Some(rules), None) => rules,
        (None, None) => {
            let message = out.say("请给出 --rules 或 --directory", "give --rules or --directory");
            return Err(Stop::because(Exit::Usage, message));
        }
    };
    let instead = Instead::read(rules)?;
    let lives = Lives::open(&args.data, Some(days), out)?;
    let (Some(until), true) = (lives.last_at, lives.tickets > 0) else {
        let message = out.say(
            "此期间没有登记的工单",
            "no ticket was registered between these days",
        );
        return Err(Stop::because(Exit::NotFound, message));
    };
    let mut csv = args.csv.as_deref().map(Csv::create).transpose()?;
    let mut replayed = Replayed::new(args, &lives, until);
    let was = RefCell::new(lives.shelf());
    let would = RefCell::new(instead::Changed::new(instead, lives.shelf()));
    lives.each(out, |life| {
        let compared = compare(life, (&was, &would), &lives.outages, until);
        would.borrow().sound()?;
        let Some(compared) = compared else {
            replayed.unreadable += 1;
            return Ok(());
        };
        replayed.count(&compared);
        match &mut csv {
            Some(csv) if is_changed(&compared, until) => csv.write(&compared, until),
            Some(_) | None => Ok(()),
        }
    })?;
    csv.map_or(Ok(()), Csv::finish)?;
    let latest = lives
        .latest
        .as_ref()
        .and_then(|version| was.borrow_mut().version(version));
    show::show(&replayed, rules, latest.as_deref(), out)
}

fn compare(
    life: &Life<'_>,
    (was, would): (&RefCell<Shelf<'_>>, &RefCell<instead::Changed<'_>>),
    outages: &Outages,
    until: Timestamp,
) -> Option<Compared> {
    let number = life.history.first()?.number;
    let merged = |child, at| {
        let (mut was, mut would) = (of_shelf(was), of_changed(would));
        let mut sides = Sides {
            was: &mut was,
            would: &mut would,
            outages,
        };
        when_merged(&life.merged(child)?, &mut sides, number, at)
    };
    let (mut was, mut would) = (of_shelf(was), of_changed(would));
    let mut sides = Sides {
        was: &mut was,
        would: &mut would,
        outages,
    };
    whatif(&life.history, &mut sides, &merged, until)
}

fn of_shelf<'a>(
    shelf: &'a RefCell<Shelf<'_>>,
) -> impl FnMut(&Under) -> Option<std::sync::Arc<domain::rules::Rules>> + 'a {
    |under| shelf.borrow_mut().hold(under)
}

fn of_changed<'a>(
    changed: &'a RefCell<instead::Changed<'_>>,
) -> impl FnMut(&Under) -> Option<std::sync::Arc<domain::rules::Rules>> + 'a {
    |under| changed.borrow_mut().hold(under)
}

impl Replayed {
    fn new(args: &Args, lives: &Lives, until: Timestamp) -> Self {
        let (first, last) = lives.dates.unwrap_or((args.from, args.to));
        Self {
            days: Days {
                from: first,
                to: last,
            },
            until,
            tally: Tally::default(),
            units: BTreeMap::new(),
            refused: BTreeMap::new(),
            changed: 0,
            moved: 0,
            unreadable: 0,
            worst: Worst::new(args.limit),
        }
    }

    fn count(&mut self, one: &Compared) {
        self.tally.count(one, &mut self.units, self.until);
        for refused in &one.refused {
            let reason = refused.reason.map_or("", Reason::as_str);
            let first = || (0, one.number.to_string());
            self.refused.entry((refused.what, reason)).or_insert_with(first).0 += 1;
        }
        if is_changed(one, self.until) {
            self.changed += 1;
            self.worst.add(one, self.until);
        } else if one.differs() {
            self.moved += 1;
        }
    }
}

/// Whether anybody would see it: a light, a level that fires or is proposed, an order, points, something in time that was late, or something refused.
fn is_changed(one: &Compared, now: Timestamp) -> bool {
    let (was, would) = (&one.was, &one.would);
    let seen = |course: &domain::clock::whatif::Course| {
        let told = |timed: &Option<Timed>| timed.and_then(|timed| timed.in_time(now));
        let legs = course.legs.iter();
        let times: Vec<_> = legs
            .map(|leg| (told(&leg.sign), told(&leg.contact), told(&leg.handle)))
            .collect();
        // A warning alone nobody is asked to act on.
        let mut levels = course.levels.clone();
        levels.remove(&Level::L0);
        (
            course.light,
            course.level,
            course.points_tenths,
            levels,
            course.orders,
            times,
        )
    };
    seen(was) != seen(would) || !one.refused.is_empty()
}
