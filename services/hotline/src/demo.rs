//! A day of a city, played at high speed against a real server: residents, operators, departments, and what follows.
//!
//! Everything goes through the public API with tokens of its own, as people would; only the clock is ours. It begins
//! some working days ago, is stepped from one thing that happens to the next, and runs with the machine's clock once
//! the present is reached.

mod cast;
mod day;
mod stage;
mod stories;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use domain::rules::Rules;
use domain::time::Calendar;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use kit::clock::{Clock as _, SteppedClock, SystemClock};
use serde_json::json;

use crate::cli::board;
use crate::cli::demo::Args;
use crate::config::{self, Raw};
use crate::out::Out;
use crate::serve::{self, Serving};
use stage::Stage;

/// How many working days ago the day began: far enough for the ladder to be climbed to its end.
const WORKING_DAYS_AGO: u32 = 10;

/// Plays a day, prints the board, serves on.
pub async fn run(args: Args, out: &Out) -> anyhow::Result<()> {
    let data = fresh(args.data)?;
    let rules = Rules::new(crate::city::built_in()?).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let now = SystemClock.now();
    let begins = morning(rules.calendar(), now);
    let clock = SteppedClock::new(begins);
    let date = rules.calendar().local(begins).date();
    out.note(
        format!(
            "演示城市{}，从 {date} 演到现在，数据在 {}",
            rules.bundle().city_zh,
            data.display()
        ),
        format!(
            "{} from {date} until now, data in {}",
            rules.bundle().city_en,
            data.display()
        ),
    );
    let raw = Raw {
        data: Some(data.display().to_string()),
        listen: Some(args.listen.to_string()),
        ..Raw::defaults()
    };
    let config = config::resolve(raw).map_err(|problems| problems.into_stop(out.lang()))?;
    let serving = serve::start(&config, Arc::new(clock.clone())).await?;
    let stage = play(&serving, &clock, &rules, now, &data, out).await?;
    run_with_the_machine(&clock, &serving);

    out.line("")?;
    board::print(&stage.board().await?, out)?;
    if args.exit && !out.json() {
        out.note(
            format!("演示已毕，可再启动：hotline serve --data {}", data.display()),
            format!(
                "it is played; serve it again: hotline serve --data {}",
                data.display()
            ),
        );
        return serving.stop().await;
    }
    what_next(&stage, &serving, &data, out)?;
    if args.exit {
        return serving.stop().await;
    }
    out.note("Ctrl-C 结束", "Ctrl-C ends it");
    serving.until(crate::serve::told()?).await
}

/// Plays scene after scene until the present is reached, with the lights of the city beside the bar.
async fn play(
    serving: &Serving,
    clock: &SteppedClock,
    rules: &Rules,
    now: Timestamp,
    data: &Path,
    out: &Out,
) -> anyhow::Result<Stage> {
    const BOARD_EVERY: u64 = 25;
    let mut stage = Stage::open(serving.addr(), data, out.lang()).await?;
    let mut day = day::Day::plan(rules, crate::city::demo_messages()?, clock.now());
    let bar = progress(day.planned(), out);
    while let Some(scene) = day.next_before(now) {
        stage.time_passes(clock, scene.at).await?;
        let at = rules
            .calendar()
            .local(clock.now())
            .strftime("%m-%d %H:%M")
            .to_string();
        stage.play(&mut day, scene, rules).await?;
        bar.set_length(day.planned());
        bar.set_position(day.done());
        if day.done().is_multiple_of(BOARD_EVERY) {
            let total = stage.board().await?.total.unwrap_or_default();
            let lights = format!(
                "在办 {} 黄灯 {} 红灯 {} 办结 {}",
                total.open, total.yellow, total.red, total.done
            );
            bar.set_message(format!("{at}  {lights}"));
        }
    }
    bar.finish_and_clear();
    stage.time_passes(clock, now).await?;
    stage.settled().await?;
    Ok(stage)
}

/// A fresh directory: one with anything in it is refused, so that no city is played over.
fn fresh(data: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let data =
        data.unwrap_or_else(|| std::env::temp_dir().join(format!("hotline-demo-{}", std::process::id())));
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let is_empty = std::fs::read_dir(&data)?.next().is_none();
    anyhow::ensure!(
        is_empty,
        "{} 不是空目录，请用 --data 另选一个 · is not empty: choose another with --data DIR",
        data.display()
    );
    Ok(data)
}

/// Half past seven of a working day long enough ago.
fn morning(calendar: &Calendar, now: Timestamp) -> Timestamp {
    let mut date = calendar.local(now).date();
    let mut left = WORKING_DAYS_AGO;
    while left > 0 {
        let Ok(before) = date.yesterday() else { break };
        date = before;
        if calendar.is_working_day(date) {
            left -= 1;
        }
    }
    calendar.instant(date.at(7, 30, 0, 0))
}

fn progress(scenes: u64, out: &Out) -> ProgressBar {
    if out.json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(scenes).with_style(style)
}

/// From here on the demonstration's clock follows the machine's.
fn run_with_the_machine(clock: &SteppedClock, serving: &Serving) {
    const TICK: SignedDuration = SignedDuration::from_millis(200);
    let (clock, draining) = (clock.clone(), serving.drain().draining());
    serving.drain().spawn("demo clock", async move {
        tokio::pin!(draining);
        loop {
            let next = SystemClock.now() + TICK;
            tokio::select! {
                () = &mut draining => return,
                () = SystemClock.sleep_until(next) => clock.step_to(SystemClock.now().max(clock.now())),
            }
        }
    });
}

fn what_next(stage: &Stage, serving: &Serving, data: &Path, out: &Out) -> anyhow::Result<()> {
    let addr = serving.addr();
    if out.json() {
        let tokens: std::collections::BTreeMap<_, _> = stage.tokens().into_iter().collect();
        return out.object(
            &json!({ "addr": addr.to_string(), "data": data.display().to_string(), "tokens": tokens }),
        );
    }
    out.line(format!(
        "\n{}",
        out.say("服务仍在运行", "the server goes on running")
    ))?;
    out.line(format!("  export HOTLINE_ADDR={addr}"))?;
    for (who, token) in stage.tokens() {
        out.line(format!("  {who:<30} {token}"))?;
    }
    out.line(out.say("接下来可以试试:", "try next:"))?;
    let next = [
        ("hotline board --token SUPERVISOR", "看板", "the board"),
        (
            "hotline supervise list --token SUPERVISOR",
            "临期与超期",
            "what is due and late",
        ),
        (
            "hotline ticket list --light red --token SUPERVISOR",
            "亮红灯的工单",
            "red tickets",
        ),
        (
            "hotline ticket show NUMBER --token SUPERVISOR",
            "一件工单的全过程",
            "the whole life of one",
        ),
        (
            "hotline unit inbox --token CLERK",
            "承办单位的待办",
            "a department's inbox",
        ),
    ];
    for (command, zh, en) in next {
        out.line(format!("  {command:<52} {}", out.say(zh, en)))?;
    }
    for (story, number) in stage.stories() {
        let command = format!("hotline ticket show {number} --token SUPERVISOR");
        let (zh, en) = story.title();
        out.line(format!("  {command:<52} {}", out.say(zh, en)))?;
    }
    if let Some((number, code)) = stage.a_tracked_ticket() {
        let command = format!("hotline track {number} {code}");
        out.line(format!(
            "  {command:<52} {}",
            out.say("居民查询", "what a resident sees")
        ))?;
    }
    Ok(())
}
