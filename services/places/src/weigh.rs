//! What was read is weighed: districts against each other, then streets within the best one, then communities. Voices
//! that contradict one another leave every side below [`CLEAR_MIN`].

use domain::rules::AreaLevel;

use crate::answer::{Evidence, Found, Source};
use crate::limits::{EVIDENCE_MAX, FOUND_MAX};
use crate::tree::{Row, Tree};

/// Nothing read from text is certain.
const SUREST: f64 = 0.95;
/// Confidence of either of two districts named alike.
const LEVEL: f64 = 0.25;
/// The most that is said of an area another voice contradicts: below [`crate::CLEAR_MIN`].
const CONTRADICTED: f64 = 0.45;

/// How sure it is that what was read means what it was taken for. In falling order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// Written right.
    Exact,
    /// Measured, or learned from tickets.
    Measured,
    /// An official name without 街道, 镇.
    Short,
    /// Characters that sound or look alike.
    Alike,
    /// A character wrong, missing or swapped; coordinates just outside.
    Guess,
}

impl Reading {
    /// The most that is said of an area that nothing surer speaks for.
    fn most(self) -> f64 {
        match self {
            Self::Exact => SUREST,
            Self::Measured => 0.9,
            Self::Short => 0.8,
            Self::Alike => 0.7,
            Self::Guess => CONTRADICTED,
        }
    }
}

/// Who says where it is. Two that disagree are a conflict; what only the text about the matter says is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The place's own words.
    Place,
    /// Subject and body.
    Story,
    /// Coordinates.
    Coordinates,
    /// A declared area.
    Declared,
}

/// Something read and the areas it may mean.
#[derive(Debug)]
pub(crate) struct Naming {
    pub(crate) areas: Vec<Row>,
    pub(crate) count: u32,
    pub(crate) reading: Reading,
    pub(crate) voice: Voice,
    pub(crate) source: Source,
    /// Whether it names a division itself, a house or a learned place: an argument, not a hint.
    pub(crate) is_plain: bool,
    pub(crate) text: String,
}

/// The areas, best first, and whether voices contradict one another.
pub(crate) fn weigh(tree: &Tree, city: Row, namings: &[Naming], is_outside: bool) -> (Vec<Found>, bool) {
    let mut districts = masses(tree, namings, AreaLevel::District, None);
    districts.truncate(FOUND_MAX);
    let Some((_, heaviest)) = districts.first().copied() else {
        return (whole(tree, city, namings), false);
    };
    let rival = districts.get(1).map_or(0, |(_, mass)| *mass);
    let is_conflict = is_outside || contradict(tree, namings);
    let found = districts.iter().enumerate().map(|(rank, (district, mass))| {
        let confidence = if rank == 0 {
            SUREST - (SUREST - LEVEL) * f64::from(rival) / f64::from(heaviest)
        } else {
            LEVEL * f64::from(*mass) / f64::from(heaviest)
        };
        let confidence = confidence.min(surest(tree, namings, *district).most());
        let confidence = if is_conflict {
            confidence.min(CONTRADICTED)
        } else {
            confidence
        };
        Found {
            area: tree.id(refine(tree, namings, *district)).clone(),
            confidence,
            evidence: evidence(tree, namings, *district),
        }
    });
    (found.collect(), is_conflict)
}

/// The areas of a level, heaviest first, by the names that lie in them; a name that several parts of one area bear
/// counts once for it.
fn masses(tree: &Tree, namings: &[Naming], level: AreaLevel, within: Option<Row>) -> Vec<(Row, u32)> {
    let mut found: Vec<(Row, u32)> = Vec::new();
    for naming in namings {
        for area in at_level(tree, naming, level) {
            if within.is_some_and(|whole| !tree.is_within(area, whole)) {
                continue;
            }
            match found.iter_mut().find(|(one, _)| *one == area) {
                Some((_, mass)) => *mass = mass.saturating_add(naming.count),
                None => found.push((area, naming.count)),
            }
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| tree.id(a.0).cmp(tree.id(b.0))));
    found
}

fn at_level(tree: &Tree, naming: &Naming, level: AreaLevel) -> Vec<Row> {
    let mut areas: Vec<Row> = naming
        .areas
        .iter()
        .filter_map(|area| tree.at_level(*area, level))
        .collect();
    areas.sort_unstable();
    areas.dedup();
    areas
}

/// The smallest area within a district that is named clearly: the street, then the community.
fn refine(tree: &Tree, namings: &[Naming], district: Row) -> Row {
    let mut area = district;
    for level in [AreaLevel::Street, AreaLevel::Community] {
        let parts = masses(tree, namings, level, Some(area));
        let rival = parts.get(1).map_or(0, |(_, mass)| *mass);
        match parts.first() {
            Some((part, mass)) if *mass > rival => area = *part,
            Some(_) => return area,
            // A community may be part of the district itself.
            None => {}
        }
    }
    area
}

/// Whether two voices that argue mean different districts. Within the place itself: two divisions, house numbers or
/// learned places that share no district.
fn contradict(tree: &Tree, namings: &[Naming]) -> bool {
    let districts = |naming: &Naming| at_level(tree, naming, AreaLevel::District);
    let mut voices: Vec<Vec<Row>> = Vec::new();
    let argues = |naming: &&Naming| match naming.voice {
        Voice::Place => naming.is_plain,
        Voice::Coordinates | Voice::Declared => true,
        Voice::Story => false,
    };
    voices.extend(namings.iter().filter(argues).map(districts));
    // What the place's words come to all in all; where it names nothing, what the story names as its one district.
    let of = |voice: Voice, plain_only: bool| {
        let said: Vec<&Naming> = namings
            .iter()
            .filter(|one| one.voice == voice && (one.is_plain || !plain_only))
            .collect();
        leading(tree, &said)
    };
    let place = of(Voice::Place, false);
    let story = of(Voice::Story, true);
    if !place.is_empty() {
        voices.push(place);
    } else if story.len() == 1 {
        voices.push(story);
    }
    voices.retain(|districts| !districts.is_empty());
    let Some((first, others)) = voices.split_first() else {
        return false;
    };
    let is_shared = |district: &Row| others.iter().all(|voice| voice.contains(district));
    !first.iter().any(is_shared)
}

/// The districts with the most names.
fn leading(tree: &Tree, said: &[&Naming]) -> Vec<Row> {
    let mut found: Vec<(Row, u32)> = Vec::new();
    for naming in said {
        for area in at_level(tree, naming, AreaLevel::District) {
            match found.iter_mut().find(|(one, _)| *one == area) {
                Some((_, mass)) => *mass = mass.saturating_add(naming.count),
                None => found.push((area, naming.count)),
            }
        }
    }
    let most = found.iter().map(|(_, mass)| *mass).max().unwrap_or(0);
    found
        .into_iter()
        .filter(|(_, mass)| *mass == most)
        .map(|(area, _)| area)
        .collect()
}

/// The surest reading that speaks for a district.
fn surest(tree: &Tree, namings: &[Naming], district: Row) -> Reading {
    let readings = of_district(tree, namings, district).map(|naming| naming.reading);
    readings.min().unwrap_or(Reading::Guess)
}

/// The city itself, where nothing smaller is named.
fn whole(tree: &Tree, city: Row, namings: &[Naming]) -> Vec<Found> {
    let named: Vec<&Naming> = namings
        .iter()
        .filter(|naming| naming.areas.contains(&city))
        .collect();
    let Some(reading) = named.iter().map(|naming| naming.reading).min() else {
        return Vec::new();
    };
    vec![Found {
        area: tree.id(city).clone(),
        confidence: reading.most(),
        evidence: shown(named.into_iter()),
    }]
}

fn of_district<'a>(tree: &'a Tree, namings: &'a [Naming], district: Row) -> impl Iterator<Item = &'a Naming> {
    let is_in = move |naming: &&Naming| naming.areas.iter().any(|area| tree.is_within(*area, district));
    namings.iter().filter(is_in)
}

fn evidence(tree: &Tree, namings: &[Naming], district: Row) -> Vec<Evidence> {
    shown(of_district(tree, namings, district))
}

fn shown<'a>(namings: impl Iterator<Item = &'a Naming>) -> Vec<Evidence> {
    let one = |naming: &Naming| Evidence {
        source: naming.source,
        text: naming.text.clone(),
        count: naming.count,
    };
    let mut found: Vec<Evidence> = namings.map(one).collect();
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.source.cmp(&b.source)));
    found.truncate(EVIDENCE_MAX);
    found
}
