//! Where a matter lies, from the names of areas, roads and landmarks in the text.

use domain::id::AreaId;
use domain::rules::{AreaLevel, Rules};

use super::lexis::{Lexis, SUBJECT_TIMES};
use super::{Evidence, SUGGESTED_MAX, Scored, SuggestInput};

/// How much louder a name speaks where the place is asked for.
const PLACE_TIMES: u32 = 3;
/// What a declared area weighs: more than a name in the place, not enough to overrule one that lies elsewhere.
const DECLARED_TIMES: u32 = 4;
/// Repeating a name adds no more than this to it.
const REPEATS_MAX: u32 = 6;
/// Nothing read from text is certain.
const SUREST: f64 = 0.95;
/// Confidence of either of two districts named alike.
const LEVEL: f64 = 0.25;

/// A name found and the areas that bear it.
struct Naming<'a> {
    text: &'a str,
    areas: &'a [AreaId],
    count: u32,
}

impl Lexis {
    /// At most three areas, best first. Districts are weighed against each other by all names in them; within the
    /// best one the street leads that is named clearly more often than the next. Two districts named alike leave both
    /// below [`super::AREA_CONFIDENCE_MIN`].
    pub(super) fn places(&self, rules: &Rules, input: &SuggestInput<'_>) -> Vec<Scored<AreaId>> {
        let declared = input.declared_area.as_slice();
        let mut namings = self.namings(input);
        if let Some(area) = declared.first() {
            namings.push(Naming {
                text: area.as_str(),
                areas: declared,
                count: DECLARED_TIMES,
            });
        }
        let mut districts = weigh(rules, &namings, AreaLevel::District, None);
        districts.truncate(SUGGESTED_MAX);
        if districts.is_empty() {
            return city(rules, &namings);
        }
        let heaviest = districts[0].1;
        let rival = districts.get(1).map_or(0, |(_, mass)| *mass);
        let found = districts.iter().enumerate().map(|(rank, (area, mass))| {
            let confidence = if rank == 0 {
                SUREST - (SUREST - LEVEL) * f64::from(rival) / f64::from(heaviest)
            } else {
                LEVEL * f64::from(*mass) / f64::from(heaviest)
            };
            refine(rules, &namings, area, confidence)
        });
        found.collect()
    }

    fn namings(&self, input: &SuggestInput<'_>) -> Vec<Naming<'_>> {
        let mut counts = vec![0u32; self.names.len()];
        for (text, times) in [
            (input.place, PLACE_TIMES),
            (input.subject, SUBJECT_TIMES),
            (input.body, 1),
        ] {
            for found in self.places.find_iter(text) {
                let count = &mut counts[found.pattern().as_usize()];
                *count = count.saturating_add(times).min(REPEATS_MAX);
            }
        }
        let named = self.names.iter().zip(counts).filter(|(_, count)| *count > 0);
        named
            .map(|((text, areas), count)| Naming { text, areas, count })
            .collect()
    }
}

/// The areas of a level, heaviest first, by the names that lie in them; a name that several parts of one area bear
/// counts once for it.
fn weigh(
    rules: &Rules,
    namings: &[Naming<'_>],
    level: AreaLevel,
    within: Option<&AreaId>,
) -> Vec<(AreaId, u32)> {
    let mut found: Vec<(AreaId, u32)> = Vec::new();
    for naming in namings {
        let mut of_naming: Vec<&AreaId> = Vec::new();
        for area in naming.areas {
            let Some(one) = rules.areas.line(area).find(|one| one.level == level) else {
                continue;
            };
            let inside = within.is_none_or(|whole| rules.areas.is_within(&one.id, whole));
            if inside && !of_naming.contains(&&one.id) {
                of_naming.push(&one.id);
            }
        }
        for area in of_naming {
            match found.iter_mut().find(|(one, _)| one == area) {
                Some((_, mass)) => *mass += naming.count,
                None => found.push((area.clone(), naming.count)),
            }
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// The street within a district, where one is named clearly.
fn refine(rules: &Rules, namings: &[Naming<'_>], district: &AreaId, confidence: f64) -> Scored<AreaId> {
    let streets = weigh(rules, namings, AreaLevel::Street, Some(district));
    let rival = streets.get(1).map_or(0, |(_, mass)| *mass);
    let street = streets.first().filter(|(_, mass)| *mass > rival);
    let value = street.map_or(district, |(area, _)| area);
    let named_in = |naming: &&Naming<'_>| {
        naming
            .areas
            .iter()
            .any(|one| rules.areas.is_within(one, district))
    };
    Scored {
        value: value.clone(),
        confidence,
        evidence: evidence(namings.iter().filter(named_in)),
    }
}

/// The city itself, where nothing smaller is named.
fn city(rules: &Rules, namings: &[Naming<'_>]) -> Vec<Scored<AreaId>> {
    let city = &rules.bundle().city_area;
    let named: Vec<&Naming<'_>> = namings
        .iter()
        .filter(|naming| naming.areas.contains(city))
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    vec![Scored {
        value: city.clone(),
        confidence: SUREST,
        evidence: evidence(named.into_iter()),
    }]
}

fn evidence<'a>(namings: impl Iterator<Item = &'a Naming<'a>>) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = namings
        .map(|naming| Evidence {
            text: naming.text.to_owned(),
            count: naming.count,
            weight: 1,
        })
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.count));
    found.truncate(8);
    found
}
