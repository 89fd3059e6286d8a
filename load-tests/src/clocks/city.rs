//! The rules of the server that is measured, read back from a ledger it has begun, and the people who work by them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use domain::access::{Actor, Role};
use domain::id::{AreaId, CategoryId, EntryId, HolderId, RulesVersion, UnitId};
use domain::routing::{self, Matter};
use domain::rules::{AreaLevel, Bundle, Rules};
use jiff::Timestamp;
use jiff::civil::Date;
use storage::port::Ledger;
use storage::{Embedded, Options};

use crate::clock;

/// Kinds of matters the tickets are about: enough for many units, few enough to route once.
const PLACES: usize = 96;

/// A city and who acts in it.
pub(crate) struct City {
    pub(crate) rules: Rules,
    /// What tickets are about, where, and who is responsible.
    pub(crate) places: Vec<Place>,
    pub(crate) channel: Actor,
    pub(crate) triager: Actor,
    pub(crate) system: Actor,
}

/// A matter that the directory knows whose it is.
pub(crate) struct Place {
    pub(crate) category: CategoryId,
    pub(crate) area: AreaId,
    pub(crate) entry: EntryId,
    pub(crate) lead: UnitId,
    /// Signs for the lead.
    pub(crate) clerk: Actor,
}

/// Rules as a ledger keeps them.
pub(crate) struct Kept {
    version: RulesVersion,
    json: String,
}

/// The rules that a server which has been started once has published in its ledger.
pub(crate) async fn rules_of(data: &Path) -> anyhow::Result<Kept> {
    let ledger = open(data, clock::today()).await?;
    let rules = ledger.rules(None).await?.context("the ledger has rules");
    ledger.close().await?;
    let (version, json) = rules?;
    Ok(Kept { version, json })
}

/// Opens the ledger of a stopped server, as the server would; one that is begun now begins at `at`.
pub(crate) async fn open(data: &Path, at: Timestamp) -> anyhow::Result<Arc<Embedded>> {
    let options = Options {
        at,
        ..Options::default()
    };
    Ok(Embedded::open(&data.join("tickets"), options, |_, _| {}).await?)
}

impl City {
    /// The city of some rules.
    pub(crate) fn of(kept: &Kept) -> anyhow::Result<Self> {
        let bundle: Bundle = serde_json::from_str(&kept.json)?;
        let problems = |problems: Vec<_>| anyhow!("the rules have {} problems", problems.len());
        let rules = Rules::new(bundle).map_err(problems)?;
        let today = rules.calendar().local(clock::today()).date();
        Ok(Self {
            places: places(&rules, today)?,
            rules,
            channel: actor("load-tests-channel", Role::Channel, None)?,
            triager: actor("load-tests-triager", Role::Triager, None)?,
            system: actor("system.supervision", Role::System, None)?,
        })
    }

    /// Begins a ledger of this city in which the past can be recorded: its rules are of `at`.
    pub(crate) async fn begin(
        &self,
        kept: &Kept,
        data: &Path,
        at: Timestamp,
    ) -> anyhow::Result<Arc<Embedded>> {
        let ledger = open(data, at).await?;
        let (version, json) = (kept.version.clone(), kept.json.clone());
        ledger
            .publish_rules(version, json, at, self.system.clone())
            .await?;
        Ok(ledger)
    }
}

fn places(rules: &Rules, today: Date) -> anyhow::Result<Vec<Place>> {
    let areas: Vec<_> = rules
        .areas
        .iter()
        .filter(|area| area.level > AreaLevel::City)
        .collect();
    let leaves = rules
        .categories
        .iter()
        .filter(|category| category.statute.is_none());
    let mut places = Vec::new();
    for (nth, category) in leaves.enumerate() {
        let Some(area) = areas.get(nth * 7 % areas.len().max(1)) else {
            break;
        };
        let Some(route) = routing::route(rules, &Matter::ordinary(&category.id, Some(&area.id), today))
        else {
            continue;
        };
        places.push(Place {
            category: category.id.clone(),
            area: area.id.clone(),
            entry: route.entry,
            clerk: actor(
                &format!("load-tests-clerk-{nth}"),
                Role::UnitClerk,
                Some(route.lead.clone()),
            )?,
            lead: route.lead,
        });
        if places.len() == PLACES {
            break;
        }
    }
    if places.is_empty() {
        return Err(anyhow!("the directory routes nothing"));
    }
    Ok(places)
}

fn actor(holder: &str, role: Role, unit: Option<UnitId>) -> anyhow::Result<Actor> {
    Ok(Actor {
        holder: HolderId::parse(holder)?,
        role,
        unit,
        cleared: role == Role::System,
    })
}
