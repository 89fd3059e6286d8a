//! The ground of areas: rings that close, do not cross themselves, and stay on the globe. Whole numbers throughout, so
//! what is refused here is refused everywhere alike.

use super::Found;
use crate::rules::{Areas, Boundary, MICRO, Position, Ring};

/// The most areas with a boundary.
const BOUNDARIES_MAX: usize = 5_000;
/// The most polygons of one area.
const POLYGONS_MAX: usize = 500;
/// The most rings of one polygon.
const RINGS_MAX: usize = 100;
/// The most positions of one ring.
const RING_POSITIONS_MAX: usize = 10_000;
/// The most positions of a city: with them a bundle still fits into one message.
const POSITIONS_MAX: usize = 60_000;
/// The fewest positions of a ring: a triangle and its first corner again.
const RING_POSITIONS_MIN: usize = 4;
/// No city is wider or higher than this.
const SPAN_MAX: i32 = 20 * MICRO;

/// What no release could work with.
pub(super) fn shapes(found: &mut Found, boundaries: &[Boundary], areas: &Areas) {
    found.count("boundaries", boundaries.len(), BOUNDARIES_MAX);
    found.twice("boundaries", boundaries.iter().map(|one| &one.id));
    let positions = boundaries.iter().flat_map(|one| one.polygons.iter().flatten());
    let count = positions.map(Vec::len).sum::<usize>();
    if count > POSITIONS_MAX {
        found.add(
            "boundaries",
            format!("共 {count} 个点，最多 {POSITIONS_MAX} 个：请简化边界"),
            format!("have {count} positions, at most {POSITIONS_MAX} are taken: simplify them"),
        );
    }
    for (place, boundary) in boundaries.iter().enumerate() {
        let at = at(place, boundary);
        if areas.get(&boundary.id).is_none() {
            found.add(
                &*at,
                format!("没有区域 {}", boundary.id),
                format!("{} is no area", boundary.id),
            );
        }
        if boundary.polygons.is_empty() {
            found.add(&*at, "没有多边形", "has no polygon");
        }
        found.count(&at, boundary.polygons.len(), POLYGONS_MAX);
        for rings in &boundary.polygons {
            if rings.is_empty() {
                found.add(&*at, "有一个多边形没有环", "a polygon has no ring");
            }
            found.count(&at, rings.len(), RINGS_MAX);
            rings.iter().for_each(|one| ring(found, &at, one));
        }
        span(found, &at, boundary);
    }
}

/// What is sound point by point and encloses no ground. Reads every pair of sides that lie abreast.
pub(super) fn grounds(found: &mut Found, boundaries: &[Boundary]) {
    for (place, boundary) in boundaries.iter().enumerate() {
        let at = at(place, boundary);
        for ring in boundary.polygons.iter().flatten() {
            if doubled_ground(ring) == 0 {
                found.add(
                    &*at,
                    format!("从 {} 开始的环不围成面积", shown(ring)),
                    format!("the ring from {} on encloses nothing", shown(ring)),
                );
            } else if let Some(position) = crossing(ring) {
                let [lon, lat] = position.map(degrees);
                found.add(
                    &*at,
                    format!("环从 [{lon}, {lat}] 开始的一边与另一边相交：请重画"),
                    format!("the side of a ring from [{lon}, {lat}] on meets another: draw it anew"),
                );
            }
        }
    }
}

/// Counted as one counts the features of the file: the first is 1.
fn at(place: usize, boundary: &Boundary) -> String {
    format!("boundaries[{}].feature_{}", boundary.id, place + 1)
}

fn ring(found: &mut Found, at: &str, ring: &Ring) {
    found.count(at, ring.len(), RING_POSITIONS_MAX);
    if ring.len() < RING_POSITIONS_MIN {
        found.add(
            at,
            format!("有一个环只有 {} 个点，至少 {RING_POSITIONS_MIN} 个", ring.len()),
            format!(
                "a ring has {} positions, at least {RING_POSITIONS_MIN} are needed",
                ring.len()
            ),
        );
    } else if ring.first() != ring.last() {
        found.add(
            at,
            format!("从 {} 开始的环没有闭合：末点须与首点相同", shown(ring)),
            format!(
                "the ring from {} on is not closed: its last position must be its first",
                shown(ring)
            ),
        );
    }
    let is_on_the_globe = |[lon, lat]: &Position| {
        (-180 * MICRO..=180 * MICRO).contains(lon) && (-90 * MICRO..=90 * MICRO).contains(lat)
    };
    if let Some([lon, lat]) = ring.iter().find(|one| !is_on_the_globe(one)) {
        let (lon, lat) = (degrees(*lon), degrees(*lat));
        found.add(
            at,
            format!("[{lon}, {lat}] 超出范围：先经度 ±180，后纬度 ±90"),
            format!(
                "[{lon}, {lat}] is out of range: longitude within 180 comes first, then latitude within 90"
            ),
        );
    }
}

/// A boundary as wide as a continent has its longitude and latitude mixed up, or a digit lost.
fn span(found: &mut Found, at: &str, boundary: &Boundary) {
    for axis in [0, 1] {
        let along = || {
            boundary
                .polygons
                .iter()
                .flatten()
                .flatten()
                .map(|one| i64::from(one[axis]))
        };
        let (Some(least), Some(most)) = (along().min(), along().max()) else {
            return;
        };
        if most - least > i64::from(SPAN_MAX) {
            let degrees = SPAN_MAX / MICRO;
            found.add(
                at,
                format!("跨度超过 {degrees} 度：请检查坐标"),
                format!("is wider than {degrees} degrees: look at its positions"),
            );
            return;
        }
    }
}

fn degrees(micro: i32) -> f64 {
    f64::from(micro) / f64::from(MICRO)
}

fn shown(ring: &Ring) -> String {
    let [lon, lat] = ring.first().copied().unwrap_or_default().map(degrees);
    format!("[{lon}, {lat}]")
}

/// Twice the ground within, in square millionths; nought for a line there and back.
fn doubled_ground(ring: &Ring) -> i128 {
    let sides = ring.windows(2);
    let cross = |pair: &[Position]| {
        let [a, b] = [pair[0], pair[1]].map(|one| one.map(i128::from));
        a[0] * b[1] - b[0] * a[1]
    };
    sides.map(cross).sum()
}

/// Where a ring crosses or touches itself, if it does. Sides are read from west to east, so that each meets only those
/// beginning before it ends.
fn crossing(ring: &Ring) -> Option<Position> {
    let count = ring.len().saturating_sub(1);
    let mut sides: Vec<(usize, Position, Position)> = ring
        .windows(2)
        .enumerate()
        .map(|(place, pair)| (place, pair[0].min(pair[1]), pair[0].max(pair[1])))
        .collect();
    sides.sort_unstable_by_key(|(_, west, _)| *west);
    for (rank, one) in sides.iter().enumerate() {
        let abreast = sides[rank + 1..]
            .iter()
            .take_while(|other| other.1[0] <= one.2[0]);
        for other in abreast {
            let is_next = one.0.abs_diff(other.0) == 1 || one.0.abs_diff(other.0) + 1 == count;
            let clash = if is_next {
                folds_back(ring, one.0, other.0, count)
            } else {
                meet(one.1, one.2, other.1, other.2)
            };
            if clash {
                return Some(other.1);
            }
        }
    }
    None
}

/// Whether two neighbouring sides run back over one another, or one of them has no length.
fn folds_back(ring: &Ring, one: usize, other: usize, count: usize) -> bool {
    let (before, after) = if (one + 1) % count == other {
        (one, other)
    } else {
        (other, one)
    };
    let (a, b, c) = (ring[before], ring[after], ring[after + 1]);
    let along =
        |axis: usize| (i64::from(a[axis]) - i64::from(b[axis])) * (i64::from(c[axis]) - i64::from(b[axis]));
    a == b || b == c || (turn(a, b, c) == 0 && along(0) + along(1) > 0)
}

/// Whether two sides have a position in common.
fn meet(a: Position, b: Position, c: Position, d: Position) -> bool {
    let (abc, abd, cda, cdb) = (turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b));
    let lies_on = |p: Position, q: Position, r: Position| {
        (0..2).all(|axis| (p[axis].min(q[axis])..=p[axis].max(q[axis])).contains(&r[axis]))
    };
    (abc * abd < 0 && cda * cdb < 0)
        || (abc == 0 && lies_on(a, b, c))
        || (abd == 0 && lies_on(a, b, d))
        || (cda == 0 && lies_on(c, d, a))
        || (cdb == 0 && lies_on(c, d, b))
}

/// To the left 1, to the right −1, straight on 0.
fn turn(a: Position, b: Position, c: Position) -> i128 {
    let [a, b, c] = [a, b, c].map(|one| one.map(i128::from));
    ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).signum()
}

#[cfg(test)]
mod tests;
