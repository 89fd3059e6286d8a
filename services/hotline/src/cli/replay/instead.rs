//! The rules that are to hold in place of those that held.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::id::CategoryId;
use domain::rules::{Profile, Rules, Statute, Under};
use domain::time::Calendar;

use crate::city;
use crate::cli::offline::lives::Shelf;
use crate::exit::{Exit, Stop};

/// The profile of a city's folder, where it has one of its own.
const PROFILE: &str = "profile.toml";

/// What changes. Units, areas and directory stay those of the time: where a ticket went is not asked here.
pub(super) struct Instead {
    profile: Option<Profile>,
    days: Option<(Calendar, BTreeMap<CategoryId, Option<Statute>>)>,
}

impl Instead {
    /// Of a profile, or of a city's folder.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let usage = |error: anyhow::Error| Stop::because(Exit::Usage, format!("{error:#}"));
        if !path.is_dir() || city::is_shipped(path) {
            let profile = Some(city::profile(path).map_err(usage)?);
            return Ok(Self { profile, days: None });
        }
        let own = path.join(PROFILE);
        let has_own = own.is_file();
        let under = if has_own {
            own.as_path()
        } else {
            Path::new("general")
        };
        let bundle = city::from_files(Some(path), under).map_err(usage)?;
        let statutes = bundle.categories.into_iter().map(|one| (one.id, one.statute));
        Ok(Self {
            profile: has_own.then_some(bundle.profile),
            days: Some((bundle.calendar, statutes.collect())),
        })
    }

    fn of(&self, held: &Rules) -> Result<Rules, String> {
        let mut bundle = held.bundle().clone();
        if let Some(profile) = &self.profile {
            bundle.profile = profile.clone();
        }
        if let Some((calendar, statutes)) = &self.days {
            bundle.calendar = calendar.clone();
            for category in &mut bundle.categories {
                if let Some(statute) = statutes.get(&category.id) {
                    category.statute.clone_from(statute);
                }
            }
        }
        Rules::new(bundle).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            problems.join("; ")
        })
    }
}

/// The rules of a journal, changed, each made once.
pub(super) struct Changed<'a> {
    instead: Instead,
    shelf: Shelf<'a>,
    made: BTreeMap<Under, Arc<Rules>>,
    unsound: Option<String>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(instead: Instead, shelf: Shelf<'a>) -> Self {
        Self {
            instead,
            shelf,
            made: BTreeMap::new(),
            unsound: None,
        }
    }

    /// What is to hold where something held.
    pub(super) fn hold(&mut self, under: &Under) -> Option<Arc<Rules>> {
        if let Some(made) = self.made.get(under) {
            return Some(Arc::clone(made));
        }
        let held = self.shelf.hold(under)?;
        match self.instead.of(&held) {
            Ok(rules) => {
                let made = Arc::new(rules);
                self.made.insert(under.clone(), Arc::clone(&made));
                Some(made)
            }
            Err(problems) => {
                self.unsound = Some(problems);
                None
            }
        }
    }

    /// Refuses rules that cannot be worked with.
    pub(super) fn sound(&self) -> anyhow::Result<()> {
        match &self.unsound {
            None => Ok(()),
            Some(problems) => {
                let message = format!("新规则有误 · the new rules are not sound: {problems}");
                Err(Stop::because(Exit::Usage, message))
            }
        }
    }
}
