//! The rules: one versioned bundle of limits, calendar, units, areas, categories, directory and lexicon.
//!
//! Data, never code. A bundle is named by the hash of its content, kept for ever, and every fact computed from it is
//! stored in the event with that name, so history replays the same under any later rules (invariant A-5).

mod area;
mod book;
mod boundary;
mod category;
mod directory;
mod duplicates;
mod lexicon;
mod missed_calls;
mod pattern;
mod problem;
mod procedures;
mod profile;
mod triage;
mod triggers;
mod unit;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use area::{Area, AreaLevel, Areas, Road, Side};
pub use book::{Book, Under};
pub use boundary::{Boundary, MICRO, Position, Ring};
pub use category::{Categories, Category, Statute};
pub use directory::{Conditions, Entry, Lead, Recusal};
pub(crate) use directory::{Directory, specificity};
pub use duplicates::Duplicates;
pub use lexicon::{Emergency, Rule, Term};
pub use missed_calls::MissedCalls;
pub use pattern::{PATTERN_CHARS_MAX, Pattern, PatternError};
pub use problem::Problem;
pub use procedures::{Asking, Extension, Procedures, Returns};
pub use profile::{Cap, GradeLimits, HandleLimits, Ladder, Profile, Stage, Yellow};
pub use triage::{Classifier, Ground, Referral, Triage};
pub use triggers::Triggers;
pub use unit::{Unit, UnitClass, Units};

use crate::id::{AreaId, RulesVersion, UnitId};
use crate::time::Calendar;

/// A city's rules as one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The city's name in Chinese and English.
    pub city_zh: String,
    /// See [`Bundle::city_zh`].
    pub city_en: String,
    /// The area that is the whole city.
    pub city_area: AreaId,
    /// Limits, lights and ladder.
    pub profile: Profile,
    /// Working days and hours.
    pub calendar: Calendar,
    /// Who handles.
    pub units: Vec<Unit>,
    /// Divisions and their other names.
    pub areas: Vec<Area>,
    /// The ground of areas, where the city has drawn it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundaries: Vec<Boundary>,
    /// Subjects, three levels deep.
    pub categories: Vec<Category>,
    /// Who is responsible for what, 派单目录.
    pub directory: Vec<Entry>,
    /// Which units stay out of which matters, 回避名单.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recusals: Vec<Recusal>,
    /// Words that speak for a category, type or grade.
    pub lexicon: Vec<Term>,
    /// What triage goes by beside those words.
    #[serde(default, skip_serializing_if = "Triage::is_silent")]
    pub triage: Triage,
    /// When it takes force and what it follows; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
}

/// When a bundle takes force, and what there was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// From the start of this day of the city's.
    pub from: Date,
    /// The version it follows: what was in force before, or what waited for its day then.
    pub follows: RulesVersion,
    /// What the city's files said when they last took force: as long as they say it, what was published since stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<RulesVersion>,
}

/// A checked bundle with its name and its look-ups. Cheap to share, never changed.
#[derive(Debug)]
pub struct Rules {
    version: RulesVersion,
    bundle: Bundle,
    /// The calendars of the classes that keep hours of their own.
    class_calendars: BTreeMap<UnitClass, Calendar>,
    /// Where the directory has what.
    directory: Directory,
    /// Units by id and as a tree.
    pub units: Units,
    /// Areas by id and as a tree.
    pub areas: Areas,
    /// Categories by id.
    pub categories: Categories,
}

impl Rules {
    /// Checks that a bundle can be worked with and names it. Returns every problem, not the first. What is to be
    /// published is held to more: [`Bundle::problems`].
    pub fn new(bundle: Bundle) -> Result<Self, Vec<Problem>> {
        let units = Units::new(&bundle.units);
        let areas = Areas::new(&bundle.areas);
        let categories = Categories::new(&bundle.categories);
        let problems = problem::unsound(&bundle, &units, &areas, &categories);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            version: bundle.version(),
            class_calendars: class_calendars(&bundle.calendar),
            directory: Directory::new(&bundle.directory, &areas),
            bundle,
            units,
            areas,
            categories,
        })
    }

    /// What holds for a ticket that was dispatched under `kept`: that version's limits, ladder and statutes, with the
    /// calendar, units, areas, categories and directory of these. Named like these.
    #[must_use]
    pub fn keeping(&self, kept: &Rules) -> Rules {
        let mut bundle = self.bundle.clone();
        bundle.profile = kept.bundle.profile.clone();
        for category in &mut bundle.categories {
            category.statute = kept
                .categories
                .get(&category.id)
                .and_then(|was| was.statute.clone());
        }
        let areas = Areas::new(&bundle.areas);
        Rules {
            version: self.version.clone(),
            class_calendars: class_calendars(&bundle.calendar),
            directory: Directory::new(&bundle.directory, &areas),
            units: Units::new(&bundle.units),
            areas,
            categories: Categories::new(&bundle.categories),
            bundle,
        }
    }

    /// The content hash of the bundle.
    pub fn version(&self) -> &RulesVersion {
        &self.version
    }

    /// The bundle itself.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Limits, lights and ladder.
    pub fn profile(&self) -> &Profile {
        &self.bundle.profile
    }

    /// Working days and hours of the hotline itself, and of units whose class keeps no others.
    pub fn calendar(&self) -> &Calendar {
        &self.bundle.calendar
    }

    /// Working days and hours of a unit, by its class.
    pub fn calendar_of(&self, unit: &UnitId) -> &Calendar {
        let own = self.units.get(unit).map(|unit| unit.class);
        own.and_then(|class| self.class_calendars.get(&class))
            .unwrap_or(&self.bundle.calendar)
    }
}

fn class_calendars(calendar: &Calendar) -> BTreeMap<UnitClass, Calendar> {
    let own = |class: &UnitClass| (*class, calendar.of_class(*class).into_owned());
    calendar.class_hours.keys().map(own).collect()
}

impl Bundle {
    /// Everything that keeps a bundle from being published: what no release could work with, and what contradicts
    /// itself. Bundles published before are held to [`Rules::new`] alone, so that they stay in force.
    pub fn problems(&self) -> Vec<Problem> {
        let units = Units::new(&self.units);
        let areas = Areas::new(&self.areas);
        let categories = Categories::new(&self.categories);
        let mut problems = problem::unsound(self, &units, &areas, &categories);
        problems.extend(problem::senseless(self, &units, &areas));
        problems
    }

    /// What refuses nothing and ought to be known: each year that a limit beginning on `today` can reach and whose
    /// holidays are not in the calendar, so that its weekends alone are taken as days off; each label of a model that
    /// stands for no category.
    pub fn warnings(&self, today: Date) -> Vec<Problem> {
        let mut warnings = problem::missing_years(self, today);
        warnings.extend(problem::lost_labels(self));
        warnings
    }

    /// The canonical form: JSON in the order of the fields.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a bundle holds only strings, numbers and lists")
    }

    /// Whether it says the same as another, whenever each takes force.
    pub fn says_the_same(&self, other: &Bundle) -> bool {
        let unpublished = |bundle: &Bundle| Bundle {
            publication: None,
            ..bundle.clone()
        };
        unpublished(self) == unpublished(other)
    }

    /// SHA-256 of [`Bundle::to_json`].
    pub fn version(&self) -> RulesVersion {
        let hash = Sha256::digest(self.to_json().as_bytes());
        RulesVersion(data_encoding::HEXLOWER.encode(&hash))
    }
}
