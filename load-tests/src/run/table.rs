//! The outcome of a run as a table: a column a round, then the median.

use super::stage::{HotlineRound, Measured};
use super::{Report, Round};
use crate::report::{Table, fine, median, megabytes, whole};

/// Processors others may use without spoiling a comparison; the kernel's threads that write for the server are among them.
const OTHERS_MAX: f64 = 0.4;

pub(super) fn of(report: &Report) -> String {
    let mut table = Table::default();
    let rounds = (1..=report.rounds.len()).map(|nth| format!("round {nth}"));
    table.row("", rounds.chain(["median".to_owned()]));
    line(
        &mut table,
        report,
        "fdatasync of 1 KiB, a second",
        whole,
        |round| round.syncs_a_second,
    );
    stage(&mut table, report, "bare echo", |round| round.echo.as_ref());
    stage(&mut table, report, "bare journal", |round| round.journal.as_ref());
    stage(&mut table, report, "hotline", Round::of_hotline);
    followers(&mut table, report);
    format!(
        "{}\n{table}\n{}{}{}",
        heading(report),
        ratios(report),
        disturbance(report),
        errors(report)
    )
}

fn heading(report: &Report) -> String {
    format!(
        "SubmitComplaint of {:.0} bytes, half of them anonymous, over {} connections with one call outstanding on each.\n\
         {} s measured after {} s of warm-up. {} processors, shared by server and generator. Load average before: {}.\n\
         {}, in {}\n",
        report.request_bytes,
        report.connections,
        report.seconds,
        report.warm_up_seconds,
        report.cores,
        report.load_average_before,
        report.at,
        report.folder,
    )
}

fn stage<'a>(
    table: &mut Table,
    report: &'a Report,
    name: &str,
    measured: impl Fn(&'a Round) -> Option<&'a Measured> + Copy,
) {
    if report.rounds.iter().all(|round| measured(round).is_none()) {
        return;
    }
    let mut row = |label: &str, number: fn(f64) -> String, value: fn(&Measured) -> Option<f64>| {
        line(table, report, label, number, |round| value(measured(round)?));
    };
    row(&format!("{name}, calls a second"), whole, |m| {
        Some(m.calls_a_second)
    });
    row("  latency p50, ms", fine, |m| Some(m.p50_ms));
    row("  latency p95, ms", fine, |m| Some(m.p95_ms));
    row("  latency p99, ms", fine, |m| Some(m.p99_ms));
    row("  latency max, ms", fine, |m| Some(m.max_ms));
    row("  server's processor time a call, µs", whole, |m| {
        m.server_cpu_us
    });
    row("  generator's processor time a call, µs", whole, |m| {
        m.client_cpu_us
    });
    row("  processors used by others", fine, |m| m.other_cores);
    row("  answer, bytes", whole, |m| Some(m.answer_bytes));
    row("  errors", whole, |m| Some(m.error_count as f64));
}

fn followers(table: &mut Table, report: &Report) {
    if report.rounds.iter().all(|round| round.hotline.is_none()) {
        return;
    }
    let load_seconds = report.warm_up_seconds + report.seconds;
    line(
        table,
        report,
        "  taken in and triaged, a second",
        whole,
        |round| round.hotline.as_ref()?.through_a_second(load_seconds),
    );
    let mut row = |label: &str, number: fn(f64) -> String, value: fn(&HotlineRound) -> Option<f64>| {
        line(table, report, label, number, |round| {
            value(round.hotline.as_ref()?)
        });
    };
    row("  forms acknowledged", whole, |r| {
        Some(r.catch_up.acknowledged as f64)
    });
    row("  untouched by triage, at most", whole, |r| {
        Some(r.untouched_max() as f64)
    });
    row("  untouched by triage, at the end", whole, |r| {
        Some(r.catch_up.untouched as f64)
    });
    row("  until triage had caught up, s", fine, |r| {
        r.catch_up.triage_seconds
    });
    row("  server's processor time a form meanwhile, µs", whole, |r| {
        r.catch_up.triage_cpu_us
    });
    row("  until the board had caught up, s", fine, |r| {
        r.catch_up.board_seconds
    });
    row("  then dispatched", whole, |r| Some(r.fates.dispatched as f64));
    row("  then waiting for a triager", whole, |r| {
        Some(r.fates.held as f64)
    });
    row("  then untouched", whole, |r| Some(r.fates.untouched as f64));
    row("  resident at the end, MB", whole, |r| {
        Some(megabytes(r.memory?.resident))
    });
    row("  start on an empty folder, s", fine, |r| {
        Some(r.started_within_seconds)
    });
    row("  stop by SIGTERM, s", fine, |r| Some(r.stopped_within_seconds));
}

fn line<'a>(
    table: &mut Table,
    report: &'a Report,
    label: &str,
    number: fn(f64) -> String,
    value: impl Fn(&'a Round) -> Option<f64>,
) {
    let values: Vec<f64> = report
        .rounds
        .iter()
        .map(|round| value(round).unwrap_or(f64::NAN))
        .collect();
    let middle = if values.iter().any(|value| value.is_nan()) {
        f64::NAN
    } else {
        median(&values)
    };
    table.row(label, values.iter().copied().chain([middle]).map(number));
}

fn ratios(report: &Report) -> String {
    let mut table = Table::default();
    for target in &report.targets {
        table.row(target.what.clone(), target.cells(fine));
    }
    if report.journal_of_echo.is_finite() {
        table.row("bare journal / bare echo", [fine(report.journal_of_echo)]);
    }
    table.to_string()
}

/// A baseline that was disturbed compares with nothing.
fn disturbance(report: &Report) -> String {
    let stages = |round: &'_ Round| {
        [round.echo.as_ref(), round.journal.as_ref(), round.of_hotline()].map(|stage| stage?.other_cores)
    };
    let cores = report
        .rounds
        .iter()
        .flat_map(stages)
        .flatten()
        .fold(0.0, f64::max);
    if cores < OTHERS_MAX {
        return String::new();
    }
    format!(
        "\nOther programs used up to {cores:.2} processors: measure again on a quiet machine before trusting a ratio.\n"
    )
}

fn errors(report: &Report) -> String {
    let mut text = String::new();
    for (nth, round) in report.rounds.iter().enumerate() {
        let stages = [("echo", round.echo.as_ref()), ("journal", round.journal.as_ref())];
        for (name, measured) in stages.into_iter().chain([("hotline", round.of_hotline())]) {
            for (error, count) in measured.into_iter().flat_map(|measured| &measured.errors) {
                text.push_str(&format!("\nround {}, {name}: {count} × {error}", nth + 1));
            }
        }
    }
    text
}
