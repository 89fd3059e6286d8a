//! The report as people read it.

use std::fmt::Write as _;

use super::passes::{Cost, Pair};
use super::starts::Start;
use super::storm::Life;
use super::{Backlog, Report, Storm};
use crate::report::{Table, fine, median, megabytes, whole};
use crate::usage::Memory;

pub(super) fn of(report: &Report) -> String {
    let mut text = format!(
        "{} processors. Load average {} before, {} after. {}, in {}\n\n",
        report.cores, report.load_average[0], report.load_average[1], report.at, report.folder
    );
    let mut targets = Table::default();
    for target in &report.targets {
        targets.row(target.what.clone(), target.cells(fine));
    }
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "{}\n{}\n{}\n{}\n{targets}",
        backlogs(&report.small, &report.large),
        passes(report),
        lives(&report.storm),
        fired(&report.storm),
    );
    text
}

fn backlogs(small: &Backlog, large: &Backlog) -> Table {
    let mut table = Table::default();
    let both = [small, large];
    table.row("open tickets", both.map(|one| whole(one.filled.tickets as f64)));
    table.row("commits", both.map(|one| whole(one.filled.commits as f64)));
    table.row("events", both.map(|one| whole(one.filled.facts as f64)));
    table.row(
        "filled, commits a second",
        both.map(|one| whole(one.filled.commits as f64 / one.filled.seconds)),
    );
    table.row("on disk, MB", both.map(|one| whole(megabytes(one.bytes))));
    table.row("stop by SIGTERM, s", both.map(|one| fine(one.stop_seconds)));
    start(&mut table, "the first start", both.map(|one| &one.first));
    start(
        &mut table,
        "after a clean stop",
        both.map(|one| &one.after_clean_stop),
    );
    start(&mut table, "after kill -9", both.map(|one| &one.after_kill));
    table.row(
        "idling, ms of processor time a minute",
        both.map(|one| whole(one.idle_ms_a_minute.unwrap_or(f64::NAN))),
    );
    table
}

fn start(table: &mut Table, what: &str, both: [&Start; 2]) {
    let seconds = |seconds: Option<f64>| fine(seconds.unwrap_or(f64::NAN));
    let peak = |memory: Option<Memory>| whole(memory.map_or(f64::NAN, |memory| megabytes(memory.peak)));
    table.row(what, []);
    table.row(
        "  until it serves, s",
        both.map(|start| fine(start.serving_seconds)),
    );
    table.row(
        "  until it is quiet, s",
        both.map(|start| seconds(start.quiet_seconds)),
    );
    table.row(
        "  processor time until then, s",
        both.map(|start| fine(start.processor_seconds)),
    );
    table.row(
        "  resident when it serves, MB",
        both.map(|start| resident(start.memory_serving)),
    );
    table.row(
        "  resident when quiet, MB",
        both.map(|start| resident(start.memory_quiet)),
    );
    table.row("  at most, MB", both.map(|start| peak(start.memory_quiet)));
}

fn resident(memory: Option<Memory>) -> String {
    whole(memory.map_or(f64::NAN, |memory| megabytes(memory.resident)))
}

fn passes(report: &Report) -> Table {
    let mut table = Table::default();
    table.row(
        "the median pass with nothing due, µs",
        ["small", "large", "ratio", "least", "most"].map(str::to_owned),
    );
    let pairs = [
        ("in process", &report.passes),
        ("over gRPC", &report.passes_over_grpc),
        ("in process, after the surge", &report.passes_after),
    ];
    for (what, pair) in pairs {
        let ratios = pair.ratios();
        let end = |ratio: Option<&f64>| fine(ratio.copied().unwrap_or(f64::NAN));
        table.row(
            format!("{what}, {} turns of {}", ratios.len(), pair.passes_a_turn),
            [
                fine(median(&pair.small.micros)),
                fine(median(&pair.large.micros)),
                fine(pair.ratio()),
                end(ratios.first()),
                end(ratios.last()),
            ],
        );
        table.row("  processor time, mean", processor(pair));
    }
    table
}

fn processor(pair: &Pair) -> [String; 3] {
    let of = |cost: &Cost| fine(cost.processor_micros);
    [of(&pair.small), of(&pair.large), fine(pair.processor_ratio())]
}

fn lives(storm: &Storm) -> Table {
    let mut table = Table::default();
    let names = (1..).zip(&storm.lives).map(|(nth, _)| format!("life {nth}"));
    table.row(format!("due at {}", storm.second), names);
    let mut row = |what: &str, cell: &dyn Fn(&Life) -> String| {
        table.row(what, storm.lives.iter().map(cell));
    };
    row("started, s after the due second", &|life| {
        fine(life.started_at.duration_since(storm.second).as_secs_f64())
    });
    row("until it served, s", &|life| fine(life.serving_seconds));
    row("had fired when it began", &|life| whole(life.fired_before as f64));
    row("when it ended", &|life| whole(life.fired_after as f64));
    row("how it ended", &|life| {
        if life.was_killed { "kill -9" } else { "SIGTERM" }.to_owned()
    });
    row("seconds from its first level to its last", &|life| {
        fine(life.firing_seconds)
    });
    let count = |life: &Life| (life.fired_after - life.fired_before) as f64;
    row("levels a second", &|life| {
        whole(count(life) / life.firing_seconds)
    });
    row("processor time a level, µs", &|life| {
        whole(life.processor_seconds * 1e6 / count(life))
    });
    row("processors used by others", &|life| fine(life.others));
    table
}

fn fired(storm: &Storm) -> Table {
    let proof = &storm.proof;
    let mut table = Table::default();
    let mut row = |what: &str, count: u64| table.row(what, [whole(count as f64)]);
    row("levels that were to fire", proof.expected);
    row("fired", proof.fired);
    row("missing", proof.missing);
    row("fired twice", proof.twice);
    row("fired before their instant", proof.early);
    row("recorded with another instant", proof.wrong_instant);
    row("other levels that fired meanwhile", proof.others);
    row("marked late because the system was down", proof.system_was_down);
    row("  marked wrongly, or wrongly not", proof.wrongly_marked);
    row(
        "fired after one that was due later, in one life",
        proof.out_of_order,
    );
    table.row("  by at most, ms", [fine(proof.ahead_ms_max)]);
    for (what, lag) in [
        ("one every 20 ms", &proof.single_lag),
        ("all in one second, by who ran then", &proof.surge_lag),
        ("all in one second, by a later process", &proof.restart_lag),
    ] {
        table.row(format!("late, {what}: levels"), [whole(lag.count as f64)]);
        table.row("  p50, ms", [fine(lag.p50_ms)]);
        table.row("  p99, ms", [fine(lag.p99_ms)]);
        table.row("  max, ms", [fine(lag.max_ms)]);
    }
    // The first life waits for those that come one by one.
    let later = || storm.lives.iter().filter(|life| life.started_at >= storm.second);
    let count: u64 = later().map(|life| life.fired_after - life.fired_before).sum();
    let firing: f64 = later().map(|life| life.firing_seconds).sum();
    table.row("levels a second, after restarts", [whole(count as f64 / firing)]);
    table.row("the journal verified, s", [fine(storm.verify_seconds)]);
    table
}
