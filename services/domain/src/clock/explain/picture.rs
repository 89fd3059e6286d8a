//! A timeline as SVG: days as columns, shaded where nobody works; start, rests, yellow, due and levels. It names no ticket
//! and nobody.

use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};

use super::days::{DayKind, of_date};
use super::{Explanation, Move};

const MARGIN: f64 = 16.0;
const WIDTH_MAX: f64 = 1_120.0;
const COLUMN_MAX: f64 = 40.0;
const HEIGHT: f64 = 190.0;
const BAR: f64 = 96.0;
/// Days a picture shows at most; what lies further off is left out.
const DAYS_MAX: usize = 400;
/// About how many dates have room.
const DATES_MAX: usize = 20;

impl Explanation<'_> {
    /// The timeline, readable in a browser and by a screen reader.
    pub fn svg(&self) -> String {
        let canvas = Canvas::over(self);
        let (title, said) = (self.full().remove(0), self.short());
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {HEIGHT:.0}\" \
             role=\"img\" aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"11\">\n\
             <title id=\"title\">{zh} · {en}</title>\n<desc id=\"desc\">{desc}</desc>\n\
             <rect width=\"{width:.0}\" height=\"{HEIGHT:.0}\" fill=\"#fff\"/>\n\
             <text x=\"{MARGIN}\" y=\"16\" font-size=\"13\">{zh} · {en}</text>\n",
            width = canvas.width(),
            zh = escaped(&title.zh),
            en = escaped(&title.en),
            desc = escaped(&said.map(|line| format!("{} · {}", line.zh, line.en)).join("; ")),
        );
        self.draw_days(&canvas, &mut svg);
        self.draw_run(&canvas, &mut svg);
        self.draw_marks(&canvas, &mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn draw_days(&self, canvas: &Canvas<'_, '_>, svg: &mut String) {
        let every = canvas.days.len().div_ceil(DATES_MAX).max(1);
        for (nth, date) in canvas.days.iter().enumerate() {
            let x = canvas.x_of(*date);
            let (colour, said) = match of_date(self.rules.calendar(), *date) {
                DayKind::Weekend => ("#e4e4e4", "周末 weekend"),
                DayKind::Holiday => ("#f3d9d9", "节假日 holiday"),
                DayKind::MakeUp => ("#d9efdb", "调休上班 make-up working day"),
                DayKind::Counted | DayKind::Start | DayKind::Outside | DayKind::Natural => {
                    ("#fafafa", "工作日 working day")
                }
            };
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"44\" width=\"{:.1}\" height=\"88\" fill=\"{colour}\" stroke=\"#ccc\" \
                 stroke-width=\"0.5\"><title>{date} {said}</title></rect>",
                canvas.column
            );
            if nth % every == 0 {
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"38\" fill=\"#555\">{}</text>",
                    date.strftime("%m-%d")
                );
            }
        }
    }

    fn draw_run(&self, canvas: &Canvas<'_, '_>, svg: &mut String) {
        let run = &self.clock.run;
        let mut bar = |from: Timestamp, to: Timestamp, colour: &str, said: &str| {
            let (x, end) = (canvas.x(from), canvas.x(to));
            let width = (end - x).max(1.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"10\" fill=\"{colour}\"><title>{said}</title></rect>",
                BAR - 5.0
            );
        };
        bar(run.started_at, run.due_at, "#3b78c3", "计时 runs");
        bar(run.yellow_at, run.due_at, "#e0a800", "黄灯 yellow");
        for step in &self.steps {
            if let Move::Rested {
                since: Some(since), ..
            } = step.what
            {
                bar(since, step.at, "#9a9a9a", "暂停 rested");
            }
        }
    }

    fn draw_marks(&self, canvas: &Canvas<'_, '_>, svg: &mut String) {
        let run = &self.clock.run;
        let fired = self
            .fired
            .iter()
            .map(|fired| (fired.at, format!("{} ✓", fired.level.as_str().to_uppercase())));
        let ahead = run.steps.iter().filter(|step| self.clock.is_ahead(step.level));
        let ahead = ahead.map(|step| (step.at, step.level.as_str().to_uppercase()));
        let ends = [
            (run.started_at, "起 start".to_owned()),
            (run.due_at, "到期 due".to_owned()),
        ];
        let mut marks: Vec<(Timestamp, String)> = ends.into_iter().chain(fired).chain(ahead).collect();
        marks.sort_by_key(|(at, _)| *at);
        for (nth, (at, name)) in marks.iter().enumerate().filter(|(_, (at, _))| canvas.holds(*at)) {
            // Three rows, so that near ones do not lie over each other.
            let (x, y) = (canvas.x(*at), [146.0, 162.0, 178.0][nth % 3]);
            let anchor = if x > canvas.width() / 2.0 { "end" } else { "start" };
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{y:.1}\" stroke=\"#333\"/>\
                 <text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{} {}</text>",
                BAR - 12.0,
                escaped(name),
                self.at(*at).get(5..).unwrap_or_default(),
            );
        }
    }
}

/// Where days and instants lie.
struct Canvas<'e, 'r> {
    of: &'e Explanation<'r>,
    days: Vec<Date>,
    column: f64,
}

impl<'e, 'r> Canvas<'e, 'r> {
    fn over(of: &'e Explanation<'r>) -> Self {
        let run = &of.clock.run;
        let levels = run
            .steps
            .iter()
            .map(|step| step.at)
            .chain(of.fired.iter().map(|fired| fired.at));
        let last = levels.chain([run.due_at]).max().unwrap_or(run.due_at);
        let date = |at: Timestamp| of.rules.calendar().local(at).date();
        let last = date(last);
        let days = date(run.started_at)
            .series(1.day())
            .take_while(|day| *day <= last);
        let days: Vec<Date> = days.take(DAYS_MAX).collect();
        let room = u32::try_from(days.len()).unwrap_or(1).max(1);
        let column = ((WIDTH_MAX - 2.0 * MARGIN) / f64::from(room)).min(COLUMN_MAX);
        Self { of, days, column }
    }

    fn width(&self) -> f64 {
        let days = u32::try_from(self.days.len()).unwrap_or(1);
        (2.0 * MARGIN + self.column * f64::from(days)).max(480.0)
    }

    fn x_of(&self, date: Date) -> f64 {
        self.x(self
            .of
            .rules
            .calendar()
            .instant(date.to_datetime(Time::midnight())))
    }

    fn x(&self, at: Timestamp) -> f64 {
        let Some(first) = self.days.first() else {
            return MARGIN;
        };
        let begin = self
            .of
            .rules
            .calendar()
            .instant(first.to_datetime(Time::midnight()));
        let days = at.duration_since(begin).as_secs_f64() / (24.0 * 60.0 * 60.0);
        let most = f64::from(u32::try_from(self.days.len()).unwrap_or(1));
        MARGIN + self.column * days.clamp(0.0, most)
    }

    fn holds(&self, at: Timestamp) -> bool {
        let date = self.of.rules.calendar().local(at).date();
        self.days.last().is_some_and(|last| date <= *last)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
