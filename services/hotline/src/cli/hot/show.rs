//! Topics for people, with a picture of their course, and for machines.

use insight::topics::Hot;
use jiff::Timestamp;
use owo_colors::OwoColorize as _;
use proto::insight::v1::{HotTopic, ListHotTopicsResponse};
use serde_json::{Value, json};

use super::file::{Replayed, summary};
use crate::out::{COLUMNS_MAX, Lang, Out, wrap};
use crate::view::{CITY, json_time, short_time};

/// Parts of the course of a topic.
const PARTS: usize = 24;
/// From nothing to the most.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The longest bar of people.
const BAR_MAX: u32 = 20;

/// One topic as it is printed.
struct Line<'a> {
    rank: usize,
    name: String,
    area: &'a str,
    people: u32,
    messages: u32,
    likes: u64,
    first: String,
    last: String,
    found: String,
    found_after: u32,
    times: f64,
    score: f64,
    course: &'a [u32],
    words: &'a [String],
    ids: Vec<&'a str>,
}

/// The topics of a file.
pub(super) fn of_file(replayed: &Replayed, top: usize, out: &Out) -> anyhow::Result<()> {
    let shown = replayed.hot.iter().take(top).enumerate();
    if out.json() {
        for (at, hot) in shown {
            out.object(&hot_json(at + 1, hot, replayed.until))?;
        }
        return out.object(&summary(replayed));
    }
    let most = replayed
        .hot
        .iter()
        .map(|hot| count(hot.people))
        .max()
        .unwrap_or(0);
    for (at, hot) in shown {
        let course = hot.course(hot.last_at(), PARTS);
        let line = Line {
            rank: at + 1,
            name: hot.name(),
            area: &hot.area,
            people: count(hot.people),
            messages: count(hot.members.len()),
            likes: hot.likes,
            first: day(hot.first_at()),
            last: day(hot.last_at()),
            found: day(hot.found.at),
            found_after: count(hot.found.after),
            times: hot.surge.times(),
            score: hot.score,
            course: &course,
            words: &hot.words,
            ids: hot.members.iter().map(|one| one.id.as_str()).collect(),
        };
        print(&line, most, out)?;
    }
    let Replayed {
        messages, seconds, ..
    } = replayed;
    let (topics, speed) = (replayed.hot.len(), *messages as f64 / seconds.max(1e-9));
    out.note(
        format_args!("{messages} 条消息,{topics} 个话题,{seconds:.1} 秒,每秒 {speed:.0} 条"),
        format_args!("{messages} messages, {topics} topics, {seconds:.1} s, {speed:.0} messages a second"),
    );
    Ok(())
}

/// The topics of a server.
pub(super) fn of_server(answer: &ListHotTopicsResponse, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        for (at, topic) in answer.topics.iter().enumerate() {
            out.object(&topic_json(at + 1, topic))?;
        }
        return out.object(&json!({
            "summary": true,
            "topics": answer.topics.len(),
            "complete": answer.complete,
            "as_of_time": json_time(&answer.as_of_time),
        }));
    }
    let most = answer.topics.iter().map(|topic| topic.people).max().unwrap_or(0);
    for (at, topic) in answer.topics.iter().enumerate() {
        let line = Line {
            rank: at + 1,
            name: topic.name.clone(),
            area: &topic.area,
            people: topic.people,
            messages: topic.messages,
            likes: 0,
            first: short_time(&topic.first_time),
            last: short_time(&topic.last_time),
            found: short_time(&topic.found_time),
            found_after: topic.found_after,
            times: topic.seen / topic.expected.max(f64::MIN_POSITIVE),
            score: topic.score,
            course: &topic.course,
            words: &topic.words,
            ids: topic.numbers.iter().map(String::as_str).collect(),
        };
        print(&line, most, out)?;
        print_incident(topic, out)?;
    }
    let (topics, until) = (answer.topics.len(), short_time(&answer.as_of_time));
    out.line(out.say(
        format_args!("{topics} 个话题;截至 {until}"),
        format_args!("{topics} topics; as of {until}"),
    ))?;
    if !answer.complete {
        out.note(
            "正在补读历史工单,话题尚不完整",
            "earlier tickets are still being read, topics are missing",
        );
    }
    Ok(())
}

fn print(line: &Line, most: u32, out: &Out) -> anyhow::Result<()> {
    let lang = out.lang();
    let Line {
        rank,
        people,
        messages,
        likes,
        score,
        times,
        found_after,
        ..
    } = line;
    let area = if line.area.is_empty() {
        String::new()
    } else {
        format!("  {}", line.area)
    };
    out.line(format!("{rank:>2}  {}{area}", line.name.bold()))?;
    let likes = if *likes > 0 {
        lang.phrase(format_args!(" {likes} 赞"), format_args!(", {likes} likes"))
    } else {
        String::new()
    };
    let said = lang.phrase(
        format_args!("{people} 人 {messages} 件{likes},热度 {score:.1},为常情的 {times:.0} 倍"),
        format_args!(
            "{people} people, {messages} messages{likes}, score {score:.1}, {times:.0} times the usual"
        ),
    );
    out.line(format!("    {} {said}", bar(*people, most)))?;
    let (first, last, found) = (&line.first, &line.last, &line.found);
    let when = lang.phrase(
        format_args!("{first} 至 {last},{found} 第 {found_after} 件时发现"),
        format_args!("{first} to {last}, found {found} with {found_after}"),
    );
    out.line(format!("    {}  {when}", spark(line.course)))?;
    list(lang.word("词", "words"), &line.words.join(" "), out)?;
    list(lang.word("件", "of"), &line.ids.join(" "), out)
}

fn list(head: &str, text: &str, out: &Out) -> anyhow::Result<()> {
    for (at, line) in wrap(text, COLUMNS_MAX - 8).iter().enumerate() {
        let head = if at == 0 { head } else { "" };
        out.line(format!(
            "    {} {line}",
            crate::out::pad(head, if out.lang() == Lang::En { 5 } else { 2 })
        ))?;
    }
    Ok(())
}

/// What is merged, and what is advised.
fn print_incident(topic: &HotTopic, out: &Out) -> anyhow::Result<()> {
    if !topic.incident.is_empty() {
        let (incident, merged) = (&topic.incident, topic.merged);
        out.line(out.say(
            format_args!("    已并入 {incident}:{merged} 件"),
            format_args!("{merged} merged into {incident}"),
        ))?;
    }
    if let (true, Some((child, parent))) = (topic.merge_advised, merge_of(topic)) {
        let command = format!(
            "hotline triage merge {child} --into {parent} --reason {}",
            topic.place
        );
        out.line(out.say(format_args!("    建议并单:{command}"), "advised"))?;
    }
    Ok(())
}

/// The first merge to make: into the incident there is, else into its oldest ticket.
fn merge_of(topic: &HotTopic) -> Option<(&str, &str)> {
    let parent = match topic.incident.as_str() {
        "" => topic.numbers.first()?,
        incident => incident,
    };
    let child = topic.numbers.iter().find(|number| *number != parent)?;
    Some((child, parent))
}

fn bar(people: u32, most: u32) -> String {
    let long = u64::from(people) * u64::from(BAR_MAX) / u64::from(most.max(1));
    let long = usize::try_from(long.max(1)).unwrap_or(1);
    let blank = usize::try_from(BAR_MAX).unwrap_or(0).saturating_sub(long);
    format!("{}{}", "█".repeat(long).red(), " ".repeat(blank))
}

/// A bar for each part of a course; a point where nothing came.
fn spark(course: &[u32]) -> String {
    let most = course.iter().max().copied().unwrap_or(0).max(1);
    let one = |count: &u32| match count {
        0 => '·',
        count => {
            let height = u64::from(*count) * (BARS.len() as u64 - 1) / u64::from(most);
            usize::try_from(height)
                .ok()
                .and_then(|height| BARS.get(height))
                .copied()
                .unwrap_or('█')
        }
    };
    course.iter().map(one).collect()
}

fn hot_json(rank: usize, hot: &Hot, until: i64) -> Value {
    json!({
        "rank": rank,
        "name": hot.name(),
        "place": hot.place,
        "problem": hot.problem,
        "words": hot.words,
        "area": hot.area,
        "category": hot.category,
        "people": hot.people,
        "messages": hot.members.len(),
        "likes": hot.likes,
        "first_time": time(hot.first_at()),
        "last_time": time(hot.last_at()),
        "found_time": time(hot.found.at),
        "found_with": hot.found.id,
        "found_after": hot.found.after,
        "seen": hot.surge.seen,
        "expected": hot.surge.expected,
        "surge": hot.surge.times(),
        "score": hot.score,
        "course": hot.course(until, PARTS),
        "ids": hot.members.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
    })
}

fn topic_json(rank: usize, topic: &HotTopic) -> Value {
    json!({
        "rank": rank,
        "name": topic.name,
        "place": topic.place,
        "problem": topic.problem,
        "words": topic.words,
        "area": topic.area,
        "category": topic.category,
        "people": topic.people,
        "messages": topic.messages,
        "first_time": json_time(&topic.first_time),
        "last_time": json_time(&topic.last_time),
        "found_time": json_time(&topic.found_time),
        "found_after": topic.found_after,
        "seen": topic.seen,
        "expected": topic.expected,
        "surge": topic.seen / topic.expected.max(f64::MIN_POSITIVE),
        "score": topic.score,
        "course": topic.course,
        "ids": topic.numbers,
        "incident": topic.incident,
        "merged": topic.merged,
        "merge_advised": topic.merge_advised,
    })
}

fn time(seconds: i64) -> Value {
    Timestamp::from_second(seconds).map_or(Value::Null, |at| {
        Value::String(at.display_with_offset(CITY).to_string())
    })
}

fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| String::new(), |at| CITY.to_datetime(at).date().to_string())
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_drawn_from_nothing_to_the_most() {
        assert_eq!(spark(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(spark(&[]), "");
    }

    #[test]
    fn the_first_merge_goes_into_the_incident_there_is() {
        let numbers = vec!["1".to_owned(), "2".to_owned()];
        let topic = |incident: &str| HotTopic {
            numbers: numbers.clone(),
            incident: incident.to_owned(),
            ..HotTopic::default()
        };
        assert_eq!(merge_of(&topic("")), Some(("2", "1")));
        assert_eq!(merge_of(&topic("2")), Some(("1", "2")));
    }
}
