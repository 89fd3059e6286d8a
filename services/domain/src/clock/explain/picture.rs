//! A timeline as SVG, on a scale that fits the time it spans, from minutes to years: what counts and what does not; how
//! the clock ran, rested, was extended and stopped; start, due and levels; now. It names no ticket and nobody.

use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::days::{DayKind, of_date};
use super::{Explanation, Move};
use crate::clock::Kind;
use crate::time::{Calendar, Hours, Measure};

const MARGIN: f64 = 16.0;
/// How wide the plot is; labels that begin near its end stand beyond it.
const PLOT: f64 = 920.0;
const FONT: f64 = 11.0;
const ROW: f64 = 16.0;
/// Where the upper labels of the scale stand: years over dates, dates over hours.
const UPPER: f64 = 58.0;
const PLOT_TOP: f64 = 78.0;
const PLOT_HEIGHT: f64 = 44.0;
const BAR_TOP: f64 = 94.0;
const BAR_HEIGHT: f64 = 12.0;
/// Where the first row of marks stands.
const MARKS_TOP: f64 = 138.0;
/// How many labels of the scale have room, at most.
const TICKS_MAX: i64 = 12;
const DAY: i64 = 24 * 60;
/// Between two labels of the scale, in minutes.
const STEPS: [i64; 19] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    2 * 60,
    3 * 60,
    6 * 60,
    12 * 60,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    365 * DAY,
];
/// Over more days than this they are not shaded: each would be thinner than a line.
const SHADED_DAYS_MAX: usize = 800;

/// A kind of bar or shade: colour and name. The legend tells those that are there.
type Paint = (&'static str, &'static str, &'static str);

const RUNS: Paint = ("#3b78c3", "计时", "runs");
const YELLOW: Paint = ("#e0a800", "黄灯", "yellow");
const LATE: Paint = ("#c62828", "超期", "late");
const RESTED: Paint = ("#8a8a8a", "暂停", "rested");
const EXTENDED: Paint = ("#5fa55a", "延期", "extended");
const LEFT: Paint = ("#c9d8ec", "停时所余", "left when it stopped");
const WEEKEND: Paint = ("#e4e4e4", "周末", "weekend");
const HOLIDAY: Paint = ("#f3d9d9", "节假日", "holiday");
const MAKE_UP: Paint = ("#d9efdb", "调休上班", "make-up working day");
const CLOSED: Paint = ("#eeeeee", "不计时段", "does not count");
const COUNTS: Paint = ("#fafafa", "计时时段", "counts");

impl Explanation<'_> {
    /// The timeline, readable in a browser and by a screen reader.
    pub fn svg(&self) -> String {
        self.drawn(None)
    }

    /// The same with the instant at which it is drawn.
    pub fn svg_at(&self, now: Timestamp) -> String {
        self.drawn(Some(now))
    }

    fn drawn(&self, now: Option<Timestamp>) -> String {
        let scale = Scale::over(self, now);
        let mut drawing = Drawing::default();
        self.draw_days(&scale, &mut drawing);
        draw_ticks(&scale, &mut drawing);
        self.draw_run(&scale, now, &mut drawing);
        let marks = placed(self.marks(&scale, now));
        drawing.draw_marks(&marks);
        drawing.draw_legend(marks.iter().map(|mark| mark.row).max().unwrap_or_default() + 1);

        let (title, said) = (self.full().remove(0), self.short());
        let (zh, en) = (escaped(&title.zh), escaped(&title.en));
        let ends = marks.iter().map(Mark::end);
        let titles = [&title.zh, &title.en].map(|line| MARGIN + width_of(line) * 13.0 / FONT);
        let width = ends.chain(titles).fold(MARGIN + PLOT, f64::max) + MARGIN;
        let (height, body) = (drawing.bottom, drawing.svg);
        let desc = escaped(&said.map(|line| format!("{} · {}", line.zh, line.en)).join("; "));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title desc\" font-family=\"sans-serif\" \
             font-size=\"{FONT}\">\n\
             <title id=\"title\">{zh} · {en}</title>\n<desc id=\"desc\">{desc}</desc>\n\
             <rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>\n\
             <text x=\"{MARGIN}\" y=\"18\" font-size=\"13\">{zh}</text>\n\
             <text x=\"{MARGIN}\" y=\"36\" font-size=\"13\" fill=\"#555\">{en}</text>\n{body}</svg>\n"
        )
    }

    fn calendar(&self) -> &Calendar {
        let unit = self.unit.as_ref();
        unit.map_or(self.rules.calendar(), |unit| self.rules.calendar_of(unit))
    }

    /// In which hours minutes count; none where whole days do, or every minute.
    fn open_hours(&self) -> Option<&[Hours]> {
        let calendar = self.calendar();
        match self.clock.run.limit.measure() {
            _ if self.clock.run.kind == Kind::Callback => Some(&calendar.callback_hours),
            Measure::Working => Some(&calendar.working_hours),
            Measure::Desk => Some(&calendar.desk_hours),
            Measure::Callback => Some(&calendar.callback_hours),
            Measure::Natural => None,
        }
    }

    fn draw_days(&self, scale: &Scale<'_>, drawing: &mut Drawing) {
        let calendar = self.calendar();
        let by_days = self.steps.iter().any(|step| self.counts_working_days(step));
        let hours = self.open_hours().filter(|_| scale.step < DAY);
        let days = scale.days();
        for date in days.iter().filter(|_| days.len() <= SHADED_DAYS_MAX) {
            let (from, to) = (
                scale.midnight(*date),
                scale.midnight(date.saturating_add(1.day())),
            );
            let paint = match of_date(calendar, *date) {
                DayKind::Weekend if by_days => WEEKEND,
                DayKind::Holiday if by_days => HOLIDAY,
                DayKind::MakeUp if by_days => MAKE_UP,
                DayKind::Weekend
                | DayKind::Holiday
                | DayKind::MakeUp
                | DayKind::Counted
                | DayKind::Start
                | DayKind::Outside
                | DayKind::Natural => hours.map_or(COUNTS, |_| CLOSED),
            };
            drawing.shade(scale, from, to, paint, &date.to_string());
            let is_off = paint == WEEKEND || paint == HOLIDAY;
            for open in hours.into_iter().flatten().filter(|_| !is_off) {
                let (from, to) = (
                    calendar.instant(open.open_on(*date)),
                    calendar.instant(open.close_on(*date)),
                );
                drawing.shade(scale, from, to, COUNTS, &date.to_string());
            }
        }
    }

    fn draw_run(&self, scale: &Scale<'_>, now: Option<Timestamp>, drawing: &mut Drawing) {
        let run = &self.clock.run;
        let stopped = self.stopped_at();
        let until = stopped.or(now);
        let ran_until = stopped.map_or(run.due_at, |at| at.min(run.due_at));
        drawing.bar(scale, run.started_at, ran_until, RUNS);
        drawing.bar(scale, run.yellow_at.max(run.started_at), ran_until, YELLOW);
        for step in &self.steps {
            if let Move::Extended(_) = step.what {
                drawing.bar(scale, step.from, step.to.min(run.due_at), EXTENDED);
            }
        }
        drawing.bar(scale, ran_until, run.due_at, LEFT);
        if let Some(until) = until {
            drawing.bar(scale, run.late_after(), until, LATE);
        }
        for step in &self.steps {
            if let Move::Rested {
                since: Some(since), ..
            } = step.what
            {
                drawing.bar(scale, since, step.at, RESTED);
            }
        }
    }

    /// Instants worth a name, those that are the same under one, in their order.
    fn marks(&self, scale: &Scale<'_>, now: Option<Timestamp>) -> Vec<Mark> {
        let run = &self.clock.run;
        let upper = |level: crate::clock::Level| level.as_str().to_uppercase();
        let mut named = vec![(run.started_at, "起 start".to_owned())];
        named.extend(
            self.fired
                .iter()
                .map(|fired| (fired.at, format!("{} ✓", upper(fired.level)))),
        );
        named.extend(self.ahead().map(|step| (step.at, upper(step.level))));
        let extended = self
            .steps
            .iter()
            .filter(|step| matches!(step.what, Move::Extended(_)));
        named.extend(extended.map(|step| (step.from, "原到期 was due".to_owned())));
        named.push((run.due_at, "到期 due".to_owned()));
        named.extend(self.stopped_at().map(|at| (at, "停 stopped".to_owned())));
        // Of a clock that stopped long ago it says nothing.
        let now = now.filter(|now| scale.holds(*now));
        named.extend(now.map(|now| (now, "现在 now".to_owned())));
        named.sort_by_key(|(at, _)| *at);
        named
            .chunk_by(|one, next| one.0 == next.0)
            .map(|same| {
                let names: Vec<&str> = same.iter().map(|(_, name)| name.as_str()).collect();
                let (at, colour) = (same[0].0, if now == Some(same[0].0) { LATE.0 } else { "#333" });
                Mark {
                    x: scale.x(at),
                    text: format!("{} {}", names.join(" "), scale.said(at)),
                    colour,
                    row: 0,
                }
            })
            .collect()
    }

    /// Levels that are to fire: none of a clock that has stopped.
    fn ahead(&self) -> impl Iterator<Item = &crate::clock::Step> {
        let is_running = self.clock.is_running();
        let steps = self.clock.run.steps.iter();
        steps.filter(move |step| is_running && self.clock.is_ahead(step.level))
    }
}

/// A name at an instant, under the bar.
struct Mark {
    x: f64,
    text: String,
    colour: &'static str,
    row: u16,
}

impl Mark {
    /// Where its text ends.
    fn end(&self) -> f64 {
        self.x + 4.0 + width_of(&self.text)
    }
}

/// Finds each mark its row, from the last to the first: below all whose lines its text would touch. So no text lies over
/// another and no line runs through one.
fn placed(mut marks: Vec<Mark>) -> Vec<Mark> {
    for at in (0..marks.len()).rev() {
        let end = marks[at].end() + 8.0;
        let touched = marks[at + 1..].iter().take_while(|later| later.x < end);
        marks[at].row = touched.map(|later| later.row + 1).max().unwrap_or_default();
    }
    marks
}

/// Dates or hours over the plot, and over them the year, or the date, where it is another.
fn draw_ticks(scale: &Scale<'_>, drawing: &mut Drawing) {
    let (lower, upper) = if scale.step < DAY {
        ("%H:%M", "%Y-%m-%d")
    } else {
        ("%m-%d", "%Y")
    };
    let mut last = String::new();
    for at in scale.ticks() {
        let (x, local) = (scale.x(at), scale.calendar.local(at));
        let above = local.strftime(upper).to_string();
        if above != last {
            drawing.text(x, UPPER, "#333", &above);
            last = above;
        }
        drawing.text(x, PLOT_TOP - 6.0, "#555", &local.strftime(lower).to_string());
        drawing.line(x, PLOT_TOP - 4.0, PLOT_TOP + PLOT_HEIGHT, "#bbb");
    }
}

#[derive(Default)]
struct Drawing {
    svg: String,
    /// What has been painted, in order, for the legend.
    painted: Vec<Paint>,
    bottom: f64,
}

impl Drawing {
    fn shade(&mut self, scale: &Scale<'_>, from: Timestamp, to: Timestamp, paint: Paint, of: &str) {
        self.rect(scale, (from, to), (PLOT_TOP, PLOT_HEIGHT), paint, of);
    }

    fn bar(&mut self, scale: &Scale<'_>, from: Timestamp, to: Timestamp, paint: Paint) {
        let said = format!("{} – {}", scale.said(from), scale.said(to));
        self.rect(scale, (from, to), (BAR_TOP, BAR_HEIGHT), paint, &said);
    }

    /// Nothing where it would end before it begins, or lies outside.
    fn rect(
        &mut self,
        scale: &Scale<'_>,
        (from, to): (Timestamp, Timestamp),
        (y, height): (f64, f64),
        paint: Paint,
        of: &str,
    ) {
        let (x, end) = (scale.x(from), scale.x(to));
        if to <= from || end <= x {
            return;
        }
        if !self.painted.contains(&paint) {
            self.painted.push(paint);
        }
        let ((colour, zh, en), width) = (paint, end - x);
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\">\
             <title>{of} {zh} {en}</title></rect>"
        );
    }

    fn text(&mut self, x: f64, y: f64, colour: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{text}</text>"
        );
    }

    fn line(&mut self, x: f64, from: f64, to: f64, colour: &str) {
        let _ = writeln!(
            self.svg,
            "<line x1=\"{x:.1}\" y1=\"{from:.1}\" x2=\"{x:.1}\" y2=\"{to:.1}\" stroke=\"{colour}\"/>"
        );
    }

    fn draw_marks(&mut self, marks: &[Mark]) {
        for mark in marks {
            let y = MARKS_TOP + ROW * f64::from(mark.row);
            self.line(mark.x, BAR_TOP - 6.0, y, mark.colour);
            self.text(mark.x + 4.0, y, mark.colour, &mark.text);
        }
    }

    /// What the colours mean, below so many rows of marks.
    fn draw_legend(&mut self, rows: u16) {
        let (mut x, mut y) = (MARGIN, MARKS_TOP + ROW * f64::from(rows) + 8.0);
        for (colour, zh, en) in std::mem::take(&mut self.painted) {
            let text = format!("{zh} · {en}");
            let width = 16.0 + width_of(&text) + 16.0;
            if x + width > MARGIN + PLOT {
                (x, y) = (MARGIN, y + ROW);
            }
            let _ = writeln!(
                self.svg,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"10\" fill=\"{colour}\" stroke=\"#999\" \
                 stroke-width=\"0.5\"/>",
                y - 9.0
            );
            self.text(x + 16.0, y, "#333", &text);
            x += width;
        }
        self.bottom = y + MARGIN;
    }
}

/// Where instants lie: a step of the scale, and from its beginning to its end.
struct Scale<'e> {
    calendar: &'e Calendar,
    /// Minutes between two labels.
    step: i64,
    begin: Timestamp,
    end: Timestamp,
    /// The year labels need not name.
    year: i16,
}

impl<'e> Scale<'e> {
    /// From the start to whatever comes last, in whole hours or days by how far that is.
    fn over(of: &'e Explanation<'_>, now: Option<Timestamp>) -> Self {
        let (run, calendar) = (&of.clock.run, of.calendar());
        let now = now.filter(|_| of.clock.is_running());
        let fired = of.fired.iter().map(|fired| fired.at);
        let first = fired
            .clone()
            .chain([run.started_at])
            .min()
            .unwrap_or(run.started_at);
        let ends = [Some(run.late_after()), of.stopped_at(), now]
            .into_iter()
            .flatten();
        let last = of.ahead().map(|step| step.at).chain(fired).chain(ends);
        let last = last.max().unwrap_or(run.due_at);
        let minutes = |span: SignedDuration| span.as_secs().div_euclid(60);
        let span = minutes(last.duration_since(first));
        let fits = |step: &i64| span / step < TICKS_MAX;
        let step = STEPS.into_iter().find(fits).unwrap_or(STEPS[STEPS.len() - 1]);
        let midnight = calendar.instant(calendar.local(first).date().to_datetime(Time::midnight()));
        let whole = step.min(DAY);
        let after = |minutes: i64| midnight.saturating_add(SignedDuration::from_mins(minutes));
        let at = |instant: Timestamp| minutes(instant.duration_since(midnight)).div_euclid(whole) * whole;
        Self {
            calendar,
            step,
            begin: after(at(first)).unwrap_or(first),
            end: after(at(last) + whole).unwrap_or(last),
            year: calendar.local(run.started_at).year(),
        }
    }

    fn holds(&self, at: Timestamp) -> bool {
        (self.begin..=self.end).contains(&at)
    }

    fn x(&self, at: Timestamp) -> f64 {
        let seconds = |at: Timestamp| at.duration_since(self.begin).as_secs_f64();
        MARGIN + PLOT * (seconds(at) / seconds(self.end)).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> impl Iterator<Item = Timestamp> {
        let step = SignedDuration::from_mins(self.step);
        let next = move |at: &Timestamp| at.checked_add(step).ok();
        std::iter::successors(Some(self.begin), next).take_while(|at| *at < self.end)
    }

    fn midnight(&self, date: Date) -> Timestamp {
        self.calendar.instant(date.to_datetime(Time::midnight()))
    }

    fn days(&self) -> Vec<Date> {
        let (first, end) = (self.calendar.local(self.begin).date(), self.end);
        let days = first.series(1.day());
        days.take_while(|day| self.midnight(*day) < end)
            .take(SHADED_DAYS_MAX + 1)
            .collect()
    }

    /// An instant as a label: with its year where that is not the one it began in.
    fn said(&self, at: Timestamp) -> String {
        let local = self.calendar.local(at);
        let format = match local.year() == self.year {
            true => "%m-%d %H:%M",
            false => "%Y-%m-%d %H:%M",
        };
        local.strftime(format).to_string()
    }
}

/// About how wide a text is: Chinese characters are as wide as high.
fn width_of(text: &str) -> f64 {
    let of = |one: char| if one.is_ascii() { 0.63 } else { 1.0 };
    FONT * text.chars().map(of).sum::<f64>()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::explain::explain;
    use crate::ticket::check::Scene;

    /// Plays a script and draws one clock as it is at its end.
    fn drawn(script: &str, kind: &str) -> String {
        let mut scene = Scene::new();
        scene.play(&format!("{script}\n---"));
        let all = explain(&scene.history, |under| scene.held(under)).expect("a history of these rules");
        let kind = Kind::parse(kind).unwrap();
        let one = all.iter().find(|one| one.clock.run.kind == kind).unwrap();
        let svg = one.svg_at(scene.now);
        nothing_touches(&svg);
        svg
    }

    /// Each text of a picture: where it begins, on which line, and how far it goes.
    fn texts(svg: &str) -> Vec<(f64, f64, f64)> {
        svg.lines()
            .filter_map(|line| line.strip_prefix("<text "))
            .map(text)
            .collect()
    }

    fn text(line: &str) -> (f64, f64, f64) {
        let size = number(line, "font-size").unwrap_or(FONT);
        let (_, words) = line.split_once('>').unwrap();
        let words = words.trim_end_matches("</text>");
        let (x, y) = (number(line, "x").unwrap(), number(line, "y").unwrap());
        (x, y, x + width_of(words) * size / FONT)
    }

    fn number(line: &str, name: &str) -> Option<f64> {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        rest.split_once('"')?.0.parse().ok()
    }

    /// No text lies over another, no line runs through one, and none is cut off.
    #[track_caller]
    fn nothing_touches(svg: &str) {
        let width = number(svg, "width").unwrap();
        let texts = texts(svg);
        for (nth, one) in texts.iter().enumerate() {
            assert!(one.2 <= width, "cut off: {one:?} of {width}\n{svg}");
            for other in &texts[nth + 1..] {
                let apart = one.1 != other.1 || one.2 < other.0 || other.2 < one.0;
                assert!(apart, "{one:?} lies over {other:?}\n{svg}");
            }
        }
        for line in svg.lines().filter(|line| line.starts_with("<line ")) {
            let of = |name| number(line, name).unwrap();
            let (x, from, to) = (of("x1"), of("y1"), of("y2"));
            for text in &texts {
                let (low, high) = (text.1 - FONT * 0.3, text.1 - FONT * 0.6);
                let struck = text.0 < x && x < text.2 && from < low && high < to;
                assert!(!struck, "{line} runs through {text:?}\n{svg}");
            }
        }
    }

    const URGENT: &str = "at 2026-10-01 02:00
        register help a utilities.water phone
        operator: dispatch water
        tick to 2026-10-01 02:20";

    #[test]
    fn a_quarter_of_an_hour_is_shown_by_minutes() {
        let svg = drawn(URGENT, "c2");
        assert!(svg.contains(">2026-10-01<") && svg.contains(">02:10<"), "{svg}");
        assert!(
            svg.contains("到期 due 10-01 02:15") && svg.contains(">L2 10-01 02:30<"),
            "{svg}"
        );
        assert!(
            svg.contains("超期 · late") && svg.contains("现在 now 10-01 02:20"),
            "{svg}"
        );
        // Every minute of it counts: no day is a day off.
        assert!(!svg.contains("holiday"), "{svg}");
    }

    #[test]
    fn what_rests_shows_its_stop_and_no_level_ahead() {
        let svg = drawn(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             at 2026-11-24 10:00
             ask water",
            "c4",
        );
        assert!(
            svg.contains("停 stopped") && svg.contains("停时所余 · left when it stopped"),
            "{svg}"
        );
        assert!(
            !svg.contains(">L1") && svg.contains("到期 due 11-30 17:30"),
            "{svg}"
        );
    }

    #[test]
    fn rests_and_extensions_have_a_colour_and_a_place_in_the_legend() {
        let svg = drawn(
            "register complaint c urban.noise phone
             dispatch water
             sign water
             extend water 5
             decide extension yes
             at 2026-11-24 10:00
             ask water
             at 2026-11-26 15:00
             replied",
            "c4",
        );
        assert!(
            svg.contains("暂停 · rested") && svg.contains("延期 · extended"),
            "{svg}"
        );
        assert!(svg.contains("原到期 was due 11-30 17:30"), "{svg}");
    }

    #[test]
    fn the_year_is_shown_where_it_changes() {
        let svg = drawn("register complaint c market.refund phone\ndispatch water", "c4");
        assert_eq!(
            (svg.matches(">2026<").count(), svg.matches(">2027<").count()),
            (1, 1)
        );
        assert!(svg.contains("到期 due 2027-01-25 17:30"), "{svg}");
    }

    #[test]
    fn no_clock_has_labels_over_each_other() {
        let scripts = [
            "register complaint c urban.noise phone\ndispatch water\nat 2026-12-10 09:00\ncatch up",
            "register complaint d urban.noise phone\ndispatch water\nat 2026-12-31 23:00\ncatch up",
            "register consult c urban.noise phone\ndispatch water\nsign water",
            "register help b utilities.water phone\noperator: dispatch water\ntick to 2026-11-23 12:00",
            URGENT,
        ];
        for script in scripts {
            for kind in ["c0", "c2", "c3", "c4"] {
                drawn(script, kind);
            }
        }
    }
}
