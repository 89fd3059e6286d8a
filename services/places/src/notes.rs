//! What a city should know of its own names and grounds: nothing of it is wrong, each of it costs a triager's look.

use aho_corasick::BuildError;
use domain::rules::{Bundle, Problem, Road};
use geo::{Area as _, BooleanOps as _};

use crate::gazetteer::Gazetteer;
use crate::names::{Bearer, Name};

/// Two grounds may share so much, in square metres: borders are never drawn the same twice.
const SHARED_M2: f64 = 10_000.0;

/// Names that lie in several areas, roads divided twice, grounds that overlap, areas whose neighbours have ground and
/// they have none.
///
/// # Errors
/// As [`Gazetteer::of_rules`].
pub fn notes(bundle: &Bundle) -> Result<Vec<Problem>, BuildError> {
    let gazetteer = Gazetteer::new(&bundle.areas, &bundle.city_area, &bundle.boundaries)?;
    let mut found = Vec::new();
    for name in gazetteer.names() {
        found.extend(ambiguous(&gazetteer, name));
        found.extend(divided_twice(&gazetteer, name));
    }
    found.extend(overlapping(&gazetteer));
    found.extend(undrawn(&gazetteer, bundle));
    Ok(found)
}

/// A name of several areas none of which is part of another, where no house numbers tell them apart.
fn ambiguous(gazetteer: &Gazetteer, name: &Name) -> Option<Problem> {
    let tree = gazetteer.tree();
    let areas = name.areas();
    let is_divided = |one: &Bearer| one.part.as_ref().is_some_and(Road::is_divided);
    let mut undivided = name.bearers.iter().filter(|one| !is_divided(one));
    let is_ambiguous = undivided.any(|one| areas.iter().any(|area| !tree.are_on_one_line(one.area, *area)));
    is_ambiguous.then(|| {
        let bearers: Vec<&str> = areas.iter().map(|row| tree.zh(*row)).collect();
        let bearers = bearers.join("、");
        Problem {
            at: format!("areas name {}", name.text),
            zh: format!("同时属于{bearers}：单凭它不能确定区域，可按门牌划分或加上区名"),
            en: format!(
                "lies in {bearers}: alone it settles nothing; divide it by house numbers or say the district with it"
            ),
        }
    })
}

fn divided_twice(gazetteer: &Gazetteer, name: &Name) -> Option<Problem> {
    let tree = gazetteer.tree();
    let parts = || {
        name.bearers
            .iter()
            .filter_map(|one| Some((one.area, one.part.as_ref()?)))
    };
    let clash = parts().enumerate().find_map(|(place, (area, part))| {
        let mut before = parts().take(place);
        before
            .find(|(other, of_other)| {
                !tree.are_on_one_line(area, *other)
                    && part.is_divided()
                    && of_other.is_divided()
                    && part.overlaps(of_other)
            })
            .map(|(other, _)| (other, area))
    });
    clash.map(|(one, other)| {
        let (one, other) = (tree.zh(one), tree.zh(other));
        Problem {
            at: format!("areas road {}", name.text),
            zh: format!("有门牌同时划给{one}和{other}：请分开"),
            en: format!("has house numbers given to both {one} and {other}: part them"),
        }
    })
}

fn overlapping(gazetteer: &Gazetteer) -> Vec<Problem> {
    let (tree, ground) = (gazetteer.tree(), gazetteer.ground());
    let polygons = ground.polygons();
    let mut found: Vec<Problem> = Vec::new();
    for (one, other) in ground.meeting() {
        let ((a, one), (b, other)) = (&polygons[one], &polygons[other]);
        if tree.level(*a) != tree.level(*b) || a == b {
            continue;
        }
        let shared = one.intersection(other).unsigned_area();
        if shared > SHARED_M2 {
            let (a, b, km2) = (a.min(b), a.max(b), shared / 1e6);
            found.push(Problem {
                at: format!("boundaries[{}]", tree.id(*a)),
                zh: format!("与{}重叠 {km2:.2} 平方公里：其中的坐标不能确定区域", tree.zh(*b)),
                en: format!(
                    "shares {km2:.2} square kilometres with {}: coordinates there settle nothing",
                    tree.id(*b)
                ),
            });
        }
    }
    found.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.en.cmp(&b.en)));
    found
}

/// One note for each level that is drawn in part.
fn undrawn(gazetteer: &Gazetteer, bundle: &Bundle) -> Vec<Problem> {
    let is_drawn = |id| bundle.boundaries.iter().any(|boundary| &boundary.id == id);
    let mut levels: Vec<_> = bundle
        .areas
        .iter()
        .filter(|area| is_drawn(&area.id))
        .map(|area| area.level)
        .collect();
    levels.sort_unstable();
    levels.dedup();
    let tree = gazetteer.tree();
    let missing = |level| {
        let areas = bundle
            .areas
            .iter()
            .filter(move |area| area.level == level && !is_drawn(&area.id));
        let names: Vec<&str> = areas
            .filter_map(|area| Some(tree.zh(tree.row(&area.id)?)))
            .collect();
        (!names.is_empty()).then(|| Problem {
            at: "boundaries".to_owned(),
            zh: format!("{} 个区域没有边界：{}", names.len(), first(&names)),
            en: format!("{} areas have none: {}", names.len(), first(&names)),
        })
    };
    levels.into_iter().filter_map(missing).collect()
}

fn first(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let more = if names.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join("、"))
}
