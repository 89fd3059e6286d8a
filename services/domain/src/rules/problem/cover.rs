//! Areas nobody covers: where no district stands behind the directory as safety net and the directory has gaps.

use super::Found;
use crate::id::AreaId;
use crate::rules::{Area, AreaLevel, Areas, Bundle, Category, Entry, Lead, Units};

/// Notes each area of its own district or street that has neither a district's unit nor, for every top category, an
/// entry without end that leads somewhere. Of areas within each other the largest is told.
pub(super) fn areas(found: &mut Found, bundle: &Bundle, units: &Units, areas: &Areas) {
    let bare =
        |area: &Area| area.level > AreaLevel::City && !has_authority(area, AreaLevel::District, units, areas);
    for area in bundle.areas.iter().filter(|area| bare(area)) {
        let is_told = |above: &Area| above.id != area.id && gap(above, bundle, units, areas).is_some();
        if areas.line(&area.id).any(|above| bare(above) && is_told(above)) {
            continue;
        }
        if let Some(gap) = gap(area, bundle, units, areas) {
            found.add(
                format!("areas[{}]", area.id),
                format!(
                    "{} 无人承接：既无区县单位兜底，directory 中也没有长期有效的条目覆盖 {}。请补一个 area = \"{}\" 的单位或一条目录",
                    area.zh, gap.id, area.id
                ),
                format!(
                    "nobody covers it: no district's unit stands behind it and no entry of the directory without end \
                     leads for {} there: add a unit with area = {:?}, or an entry",
                    gap.id,
                    area.id.as_str()
                ),
            );
        }
    }
}

/// Whether the part of that level in which the area lies has a unit.
fn has_authority(area: &Area, level: AreaLevel, units: &Units, areas: &Areas) -> bool {
    areas
        .line(&area.id)
        .any(|part| part.level == level && units.of_area(&part.id).is_some())
}

/// The first top category for which nobody leads in the area.
fn gap<'a>(area: &Area, bundle: &'a Bundle, units: &Units, areas: &Areas) -> Option<&'a Category> {
    let leads = |entry: &Entry| match entry.lead {
        Lead::Unit(_) => true,
        Lead::District => has_authority(area, AreaLevel::District, units, areas),
        Lead::Street => has_authority(area, AreaLevel::Street, units, areas),
    };
    let holds = |whole: &AreaId| areas.is_within(&area.id, whole);
    let covers = |entry: &Entry, category: &Category| {
        entry.category == category.id
            && entry.until.is_none()
            && entry.area.as_ref().is_none_or(holds)
            && leads(entry)
    };
    bundle
        .categories
        .iter()
        .filter(|category| category.id.parent().is_none())
        .find(|category| !bundle.directory.iter().any(|entry| covers(entry, category)))
}
