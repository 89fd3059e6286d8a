//! What is wrong with a bundle: every contradiction, each with its place, in Chinese and English.
//!
//! Two measures. [`unsound`]: what no release could work with; every bundle is held to it, so it never grows stricter
//! than a published bundle. [`senseless`]: numbers and duties that are sound one by one and contradict each other; only
//! what is to be published is held to it. [`missing_years`] warns and refuses nothing.
//!
//! The parts: `city` (units, areas, categories), `boundaries` (the ground of areas), `duties` (directory, lexicon), `times` (calendar, profile),
//! `procedures` (the profile's numbers beside the straight way), `missed_calls`, `triggers`, `duplicates`,
//! `triage` (rules of the lexicon, referrals, labels of a model), `contradictions`, `cover`, `years`.

mod boundaries;
mod city;
mod contradictions;
mod cover;
mod duplicates;
mod duties;
mod missed_calls;
mod procedures;
#[cfg(test)]
mod tests;
mod times;
mod triage;
mod triggers;
mod years;

use std::collections::BTreeSet;
use std::fmt;

pub(super) use triage::lost_labels;
pub(super) use years::missing_years;

use super::{Areas, Bundle, Categories, Units};

/// One thing wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `units[water].parent`.
    pub at: String,
    /// What, and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} · {}", self.at, self.zh, self.en)
    }
}

/// The most units a bundle may hold.
const UNITS_MAX: usize = 5_000;
/// The most areas a bundle may hold.
const AREAS_MAX: usize = 20_000;
/// The most categories a bundle may hold.
const CATEGORIES_MAX: usize = 5_000;
/// The most directory entries a bundle may hold.
const DIRECTORY_MAX: usize = 20_000;
/// The most lines of the recusal list.
const RECUSALS_MAX: usize = 1_000;
/// The most lexicon terms a bundle may hold.
const LEXICON_MAX: usize = 50_000;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// The longest legal basis or source, in characters.
const BASIS_CHARS_MAX: usize = 500;
/// The longest term or alias, in characters.
const TERM_CHARS_MAX: usize = 40;
/// The most other names an area may have.
const ALIASES_MAX: usize = 200;
/// The most parts of roads an area may have.
const ROADS_MAX: usize = 500;
/// The largest bundle, in bytes of JSON: a message takes four mebibytes, and something is around it.
const BUNDLE_BYTES_MAX: usize = (4 << 20) - (64 << 10);
/// The most units that help under one entry.
const CO_MAX: usize = 10;

/// Everything in a bundle that no release could work with, in the order of its fields.
pub(super) fn unsound(
    bundle: &Bundle,
    units: &Units,
    areas: &Areas,
    categories: &Categories,
) -> Vec<Problem> {
    let mut found = Found::default();
    let found_in = &mut found;
    found_in.name("city_zh", &bundle.city_zh);
    found_in.name("city_en", &bundle.city_en);
    times::profile(found_in, &bundle.profile, &bundle.calendar);
    procedures::procedures(found_in, &bundle.profile.procedures, &bundle.calendar);
    missed_calls::missed_calls(found_in, &bundle.profile.missed_call);
    triggers::triggers(found_in, &bundle.profile.triggers);
    duplicates::duplicates(found_in, &bundle.profile.duplicates);
    times::calendar(found_in, &bundle.calendar);
    city::units(found_in, &bundle.units, units, areas);
    city::areas(found_in, bundle, areas);
    boundaries::shapes(found_in, &bundle.boundaries, areas);
    city::categories(found_in, &bundle.categories, categories, &bundle.calendar);
    duties::directory(found_in, bundle, units, areas, categories);
    duties::recusals(found_in, bundle, units, areas, categories);
    duties::lexicon(found_in, bundle, categories);
    triage::triage(found_in, &bundle.triage, categories);
    found.problems
}

/// What contradicts itself in a bundle whose parts are sound.
pub(super) fn senseless(bundle: &Bundle, units: &Units, areas: &Areas) -> Vec<Problem> {
    let mut found = Found::default();
    contradictions::profile(&mut found, &bundle.profile, &bundle.calendar);
    contradictions::statutes(&mut found, bundle);
    cover::areas(&mut found, bundle, units, areas);
    triage::patterns(&mut found, &bundle.triage);
    boundaries::grounds(&mut found, &bundle.boundaries);
    size(&mut found, bundle);
    found.problems
}

/// A bundle that would not fit into the message it is published and fetched by.
fn size(found: &mut Found, bundle: &Bundle) {
    let bytes = bundle.to_json().len();
    if bytes > BUNDLE_BYTES_MAX {
        found.add(
            "city",
            format!("全部规则共 {bytes} 字节，最多 {BUNDLE_BYTES_MAX} 字节：请简化边界或词库"),
            format!("the rules have {bytes} bytes in all, at most {BUNDLE_BYTES_MAX} are taken: simplify boundaries or lexicon"),
        );
    }
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
}

impl Found {
    fn add(&mut self, at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(Problem {
            at: at.into(),
            zh: zh.into(),
            en: en.into(),
        });
    }

    /// A list longer than may be.
    fn count(&mut self, at: &str, count: usize, most: usize) {
        if count > most {
            self.add(
                at,
                format!("有 {count} 行，最多 {most} 行"),
                format!("has {count} rows, at most {most} are taken"),
            );
        }
    }

    /// A name that is empty or too long.
    fn name(&mut self, at: impl Into<String>, text: &str) {
        self.text(at, text, NAME_CHARS_MAX);
    }

    /// A text that is empty or too long.
    fn text(&mut self, at: impl Into<String>, text: &str, most: usize) {
        let count = text.chars().count();
        if text.trim().is_empty() {
            self.add(at, "不能为空：请填写", "is empty: fill it in");
        } else if count > most {
            self.add(
                at,
                format!("有 {count} 个字符，最多 {most} 个"),
                format!("has {count} characters, at most {most} are taken"),
            );
        }
    }

    /// Every code that stands twice.
    fn twice<'a, T: Ord + fmt::Display + 'a>(&mut self, at: &str, ids: impl Iterator<Item = &'a T>) {
        let (mut seen, mut said) = (BTreeSet::new(), BTreeSet::new());
        for id in ids {
            if !seen.insert(id) && said.insert(id) {
                self.add(
                    format!("{at}[{id}]"),
                    "重复出现：请各用一个代码",
                    "stands twice: give each a code of its own",
                );
            }
        }
    }
}
