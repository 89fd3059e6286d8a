//! A file of messages, replayed in the order of time.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;
use insight::topics::{Detector, Hot, Message, Settings};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kit::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Args, show};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::view::CITY;

/// The longest line, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// Messages of a file.
const MESSAGES_MAX: usize = 200_000;
/// Characters of a subject and a body that are kept for the replay.
const TEXT_CHARS_MAX: usize = 600;
/// Lines that cannot be read and are told one by one; the others are counted.
const TOLD_MAX: usize = 20;
/// People a topic takes, where nothing else is said.
const PEOPLE_MIN: u32 = 5;
const DAY_SECONDS: i64 = 86_400;

/// A message of the file.
struct Row {
    at: i64,
    line: u64,
    id: String,
    user: Option<String>,
    subject: String,
    body: String,
    likes: u32,
    area: String,
    category: String,
}

/// The messages of a file, and what of it could not be used.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    lines: u64,
    bad: usize,
    empty: usize,
    twice: usize,
    late: usize,
}

/// What came of a replay.
pub(super) struct Replayed {
    pub(super) hot: Vec<Hot>,
    /// Where it ended.
    pub(super) until: i64,
    pub(super) messages: usize,
    /// Lines that were not used.
    pub(super) skipped: usize,
    pub(super) seconds: f64,
}

pub(super) fn run(file: &Path, args: &Args, out: &Out) -> anyhow::Result<()> {
    let at = args.at.as_deref().map(at).transpose()?;
    let mut rows = read(file, out)?;
    rows.tell(out);
    if rows.rows.is_empty() {
        let told = out.say(
            "文件中没有可用的消息",
            "there is no message in the file that can be used",
        );
        return Err(Stop::because(Exit::Failed, told));
    }
    // Of the same second as they stand in the file.
    rows.rows.sort_by_key(|row| (row.at, row.line));
    let replayed = replay(&rows, args, at);
    show::of_file(&replayed, usize::try_from(args.top)?, out)
}

fn replay(rows: &Rows, args: &Args, at: Option<i64>) -> Replayed {
    let window = i64::from(args.window) * DAY_SECONDS;
    let people_min = args.people.unwrap_or(PEOPLE_MIN);
    let mut detector = Detector::new(Settings {
        window,
        people_min: usize::try_from(people_min).unwrap_or(usize::MAX),
        areas: Vec::new(),
    });
    let started_at = SystemClock.now();
    let replayed = rows
        .rows
        .iter()
        .take_while(|row| at.is_none_or(|at| row.at <= at));
    let mut messages = 0;
    for row in replayed {
        detector.push(&Message {
            id: &row.id,
            person: row.user.as_deref(),
            at: row.at,
            subject: &row.subject,
            body: &row.body,
            likes: row.likes,
            area: &row.area,
            category: &row.category,
        });
        messages += 1;
    }
    let took = SystemClock.now().duration_since(started_at);
    let since = at.map_or(i64::MIN, |at| at - window);
    Replayed {
        // What was found by fewer people with very many likes is shown as well.
        hot: detector.hot(since, 2, |_| true),
        until: at.or(detector.now()).unwrap_or_default(),
        messages,
        skipped: rows.bad + rows.empty + rows.twice,
        seconds: took.as_secs_f64(),
    }
}

fn read(file: &Path, out: &Out) -> anyhow::Result<Rows> {
    let opened = File::open(file).with_context(|| {
        out.say(
            format_args!("打不开 {}", file.display()),
            format_args!("cannot open {}", file.display()),
        )
    })?;
    let mut reader = BufReader::new(opened);
    let (mut rows, mut ids, mut bytes) = (Rows::default(), HashSet::new(), Vec::new());
    let mut last = i64::MIN;
    loop {
        bytes.clear();
        let length = reader
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)?;
        if length == 0 {
            return Ok(rows);
        }
        rows.lines += 1;
        if length as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
            reader.skip_until(b'\n')?;
            rows.reject("超过 1 MB", "longer than 1 MB", out);
            continue;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        match row(&bytes, rows.lines) {
            Err((zh, en)) => rows.reject(&zh, &en, out),
            Ok(row) if row.subject.trim().is_empty() && row.body.trim().is_empty() => rows.empty += 1,
            Ok(row) if !ids.insert(row.id.clone()) => rows.twice += 1,
            Ok(_) if rows.rows.len() == MESSAGES_MAX => {
                let told = out.say(
                    format_args!("文件超过 {MESSAGES_MAX} 条消息,请分段"),
                    format_args!("more than {MESSAGES_MAX} messages, split the file"),
                );
                return Err(Stop::because(Exit::Failed, told));
            }
            Ok(row) => {
                rows.late += usize::from(row.at < last);
                last = last.max(row.at);
                rows.rows.push(row);
            }
        }
    }
}

impl Rows {
    /// The current line cannot be read; the others can.
    fn reject(&mut self, zh: &str, en: &str, out: &Out) {
        self.bad += 1;
        if self.bad <= TOLD_MAX {
            let line = self.lines;
            out.warn(out.say(
                format_args!("第 {line} 行已跳过:{zh}"),
                format_args!("line {line} is left out: {en}"),
            ));
        }
    }

    fn tell(&self, out: &Out) {
        let Self {
            bad,
            empty,
            twice,
            late,
            ..
        } = self;
        if *bad > TOLD_MAX {
            out.warn(out.say(
                format_args!("共 {bad} 行读不了"),
                format_args!("{bad} lines cannot be read"),
            ));
        }
        if *empty + *twice > 0 {
            out.note(
                format_args!("跳过空白 {empty} 条、重复编号 {twice} 条"),
                format_args!("left out: {empty} empty, {twice} with an id that was there before"),
            );
        }
        if *late > 0 {
            out.note(
                format_args!("{late} 条不按时间顺序,已排序"),
                format_args!("{late} are not in the order of time, sorted"),
            );
        }
    }
}

/// A line of the file, or what is wrong with it, in Chinese and English; never what it says.
fn row(bytes: &[u8], line: u64) -> Result<Row, (String, String)> {
    let wrong = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let column = error.column();
        (
            format!("第 {column} 列不是 JSON"),
            format!("not JSON at column {column}"),
        )
    })?;
    if !value.is_object() {
        return Err(wrong("不是 JSON 对象", "not a JSON object"));
    }
    let text = |key: &str| {
        let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
        text.chars().take(TEXT_CHARS_MAX).collect::<String>()
    };
    let name = |key: &str| match value.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let time = value.get("time").and_then(Value::as_str);
    let time = time.ok_or_else(|| wrong("缺少 time", "time is missing"))?;
    Ok(Row {
        at: instant(time).ok_or_else(|| wrong("time 不是时间", "time is not a time"))?,
        line,
        id: name("id").unwrap_or_else(|| format!("line-{line}")),
        user: name("user").filter(|user| !user.is_empty()),
        subject: text("subject"),
        body: text("body"),
        likes: value
            .get("likes")
            .and_then(Value::as_u64)
            .map_or(0, |likes| u32::try_from(likes).unwrap_or(u32::MAX)),
        area: text("area"),
        category: text("category"),
    })
}

/// Local time without a zone, or an instant with one.
fn instant(text: &str) -> Option<i64> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(CITY.to_time_zone()).ok();
    let instant = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| Some(local()?.timestamp()))?;
    Some(instant.as_second())
}

fn at(text: &str) -> anyhow::Result<i64> {
    instant(text).ok_or_else(|| {
        let told = "--at 不是时间,例如 2026-09-01T00:00:00 · --at is not a time, such as 2026-09-01T00:00:00";
        Stop::because(Exit::Usage, told)
    })
}

/// The replay as one JSON object.
pub(super) fn summary(replayed: &Replayed) -> Value {
    json!({
        "summary": true,
        "topics": replayed.hot.len(),
        "messages": replayed.messages,
        "skipped": replayed.skipped,
        "seconds": replayed.seconds,
        "messages_per_s": replayed.messages as f64 / replayed.seconds.max(1e-9),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_the_citys() {
        assert_eq!(instant("2026-09-01T08:00:00"), instant("2026-09-01T00:00:00Z"));
        assert_eq!(instant("2026-09-01"), instant("2026-08-31T16:00:00Z"));
        assert_eq!(instant("yesterday"), None);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_without_what_it_says() {
        let told = |line: &str| row(line.as_bytes(), 7).err().map(|(_, en)| en);
        assert_eq!(told("{\"time\":"), Some("not JSON at column 8".to_owned()));
        assert_eq!(told("[1]"), Some("not a JSON object".to_owned()));
        assert_eq!(told(r#"{"subject":"路灯"}"#), Some("time is missing".to_owned()));
        assert_eq!(told(r#"{"time":"昨天"}"#), Some("time is not a time".to_owned()));
    }

    #[test]
    fn a_line_without_an_id_has_its_number_for_one() {
        let row = row(
            r#"{"time":"2026-09-01","subject":"路灯","likes":3}"#.as_bytes(),
            7,
        );
        assert_eq!(
            row.map(|row| (row.id, row.likes)).ok(),
            Some(("line-7".to_owned(), 3))
        );
    }
}
