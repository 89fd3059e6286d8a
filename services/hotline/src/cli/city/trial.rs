//! `hotline city try`: past matters read by the rules of a folder: who would have got each, and who had it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use classifier::{Message, Model};
use domain::rules::Rules;
use domain::ticket::Hold;
use indicatif::ProgressBar;
use jiff::civil::Date;
use kit::clock::{Clock as _, SystemClock};
use serde::Serialize;
use triage::suggest::{Lexis, SuggestInput, Suggestion, Verdict};

use super::history::{self, Fields, Matter};
use crate::city;
use crate::out::{Out, pad};

pub(super) const ABOUT: &str = "用规则目录试派历史工单,与当时的承办单位对照
Dispatch past matters by a folder's rules and compare with the units that had them";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline city try ./springfield history.jsonl --category type --unit owner --text type,address
  hotline city try ./springfield history.jsonl --unit owner --category type --text type --time created --part second --json";

/// Units shown in the table.
const ROWS_MAX: usize = 20;

/// What to try.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 规则目录 · the folder of rules
    folder: PathBuf,
    /// 历史工单,每行一个 JSON 对象 · past matters, one JSON object a line
    file: PathBuf,
    #[command(flatten)]
    fields: Fields,
    /// 作为诉求文字的字段 · the fields whose words are the matter
    #[arg(
        long,
        value_name = "FIELD,…",
        value_delimiter = ',',
        default_value = "subject,body"
    )]
    text: Vec<String>,
    /// 时限规则 · the rule profile
    #[arg(long, value_name = "NAME|FILE", default_value = "general")]
    profile: PathBuf,
    /// 按哪一天的目录,默认今天 · by the directory of this day, today unless said
    #[arg(long, value_name = "DAY")]
    on: Option<Date>,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    matters: usize,
    /// The best unit is the one that had it, whether a person would have looked or not.
    right: usize,
    right_share: f64,
    /// Would have been dispatched by itself.
    routed: usize,
    routed_share: f64,
    routed_right: usize,
    routed_precision: f64,
    /// Why the others would have waited.
    held: BTreeMap<&'static str, usize>,
    by_unit: BTreeMap<String, OfUnit>,
}

#[derive(Debug, Default, Serialize)]
struct OfUnit {
    had: usize,
    right: usize,
    routed: usize,
}

pub(super) fn run(args: &Args, out: &Out) -> anyhow::Result<()> {
    let bundle = city::from_files(Some(&args.folder), Path::new(&args.profile))?;
    let rules = Rules::new(bundle).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let matters = history::read(&args.file, &args.fields, &args.text)?;
    let on = args
        .on
        .unwrap_or_else(|| rules.calendar().local(SystemClock.now()).date());
    let model = crate::model::beside(&args.folder)?;
    let labels = model.as_ref().map_or(&[][..], |model| model.labels());
    let lexis = Lexis::with_labels(&rules, labels).context("lexicon.toml")?;
    let reader = Reader {
        rules: &rules,
        lexis,
        model,
        on,
    };
    let bar = if out.json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(matters.len() as u64)
    };
    let mut outcome = Outcome::default();
    for matter in &matters {
        outcome.take(matter, &reader);
        bar.inc(1);
    }
    bar.finish_and_clear();
    outcome.finish();
    if out.json() {
        return out.object(&outcome);
    }
    outcome.show(out)
}

/// What reads a matter.
struct Reader<'a> {
    rules: &'a Rules,
    lexis: Lexis,
    model: Option<Arc<Model>>,
    on: Date,
}

impl Reader<'_> {
    fn read(&self, text: &str) -> (Suggestion, Verdict) {
        let message = Message::text("", text);
        let opinion = self
            .model
            .as_ref()
            .map(|model| triage::opinion(model, &message, 0));
        let input = SuggestInput {
            body: text,
            opinion: opinion.as_ref(),
            ..SuggestInput::default()
        };
        let suggestion = self.lexis.suggest(self.rules, &input, self.on);
        let verdict = self.lexis.verdict(&suggestion, false);
        (suggestion, verdict)
    }
}

impl Outcome {
    fn take(&mut self, matter: &Matter, reader: &Reader<'_>) {
        let (suggestion, verdict) = reader.read(&matter.text);
        let rules = reader.rules;
        let had = |unit| {
            rules
                .units
                .get(unit)
                .is_some_and(|unit| unit.zh == matter.unit || unit.en == matter.unit)
        };
        let is_right = suggestion.units.first().is_some_and(|one| had(&one.route.lead));
        let of_unit = self.by_unit.entry(matter.unit.clone()).or_default();
        self.matters += 1;
        of_unit.had += 1;
        self.right += usize::from(is_right);
        of_unit.right += usize::from(is_right);
        match verdict {
            Verdict::Dispatch { route, .. } => {
                self.routed += 1;
                of_unit.routed += 1;
                self.routed_right += usize::from(had(&route.lead));
            }
            Verdict::Hold(hold) => *self.held.entry(Hold::as_str(hold)).or_default() += 1,
        }
    }

    fn finish(&mut self) {
        self.right_share = share(self.right, self.matters);
        self.routed_share = share(self.routed, self.matters);
        self.routed_precision = share(self.routed_right, self.routed);
    }

    fn show(&self, out: &Out) -> anyhow::Result<()> {
        out.line(out.say(
            format_args!(
                "{} 件,首选单位相符 {:.2}%",
                self.matters,
                self.right_share * 100.0
            ),
            format_args!(
                "{} matters, the best unit is right for {:.2}%",
                self.matters,
                self.right_share * 100.0
            ),
        ))?;
        out.line(out.say(
            format_args!(
                "可自动派单 {:.2}%,其中相符 {:.2}%",
                self.routed_share * 100.0,
                self.routed_precision * 100.0
            ),
            format_args!(
                "{:.2}% would be dispatched by themselves, {:.2}% of them rightly",
                self.routed_share * 100.0,
                self.routed_precision * 100.0
            ),
        ))?;
        for (hold, count) in &self.held {
            out.line(format!("  {count:>7} {hold}"))?;
        }
        let heads = out.say("单位 · 承办 · 相符 · 自动派出", "unit, had, right, by itself");
        out.line(format!("\n{heads}"))?;
        let mut rows: Vec<_> = self.by_unit.iter().collect();
        rows.sort_by_key(|(_, of_unit)| std::cmp::Reverse(of_unit.had));
        for (unit, of_unit) in rows.into_iter().take(ROWS_MAX) {
            let OfUnit { had, right, routed } = of_unit;
            out.line(format!("  {} {had:>7} {right:>7} {routed:>7}", pad(unit, 30)))?;
        }
        Ok(())
    }
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most some millions")]
    let share = part as f64 / whole.max(1) as f64;
    share
}
