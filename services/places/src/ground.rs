//! In whose ground a point lies, and how near to a border: an R-tree over polygons, another over their sides.

use domain::rules::{Boundary, MICRO};
use geo::{Coord, Intersects as _, LineString, Point, Polygon};
use rstar::primitives::{GeomWithData, Line, Rectangle};
use rstar::{AABB, RTree};

use crate::coordinates::Coordinates;
use crate::limits::BORDER_M;
use crate::tree::{Row, Tree};

/// Metres of a degree of latitude on the sphere.
const DEGREE_M: f64 = 111_195.0;

/// Where a point lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Located {
    /// No area has a boundary.
    Undrawn,
    /// In no area that has one.
    Outside,
    /// In this area and near to no other.
    In(Row),
    /// In or near to these, none of which is part of another.
    Between(Vec<Row>),
}

/// The ground of a city's areas in a plane, in metres.
#[derive(Debug)]
pub(crate) struct Ground {
    plane: Plane,
    polygons: Vec<(Row, Polygon)>,
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    sides: RTree<GeomWithData<Line<[f64; 2]>, Row>>,
}

impl Ground {
    pub(crate) fn new(boundaries: &[Boundary], tree: &Tree) -> Self {
        let plane = Plane::around(boundaries);
        let mut polygons = Vec::new();
        for boundary in boundaries {
            let Some(row) = tree.row(&boundary.id) else {
                continue;
            };
            for rings in &boundary.polygons {
                let mut rings = rings.iter().map(|ring| {
                    let coords = ring.iter().map(|[lon, lat]| plane.of(*lon, *lat));
                    LineString::new(coords.collect())
                });
                let Some(outer) = rings.next() else { continue };
                polygons.push((row, Polygon::new(outer, rings.collect())));
            }
        }
        let boxes = polygons.iter().enumerate().filter_map(|(place, (_, polygon))| {
            let (low, high) = span(polygon)?;
            Some(GeomWithData::new(Rectangle::from_corners(low, high), place))
        });
        let sides = polygons.iter().flat_map(|(row, polygon)| {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            rings.flat_map(|ring| ring.lines()).map(|side| {
                let ends = Line::new([side.start.x, side.start.y], [side.end.x, side.end.y]);
                GeomWithData::new(ends, *row)
            })
        });
        let (boxes, sides) = (
            RTree::bulk_load(boxes.collect()),
            RTree::bulk_load(sides.collect()),
        );
        Self {
            plane,
            boxes,
            sides,
            polygons,
        }
    }

    /// The deepest area a point lies in; several where it lies in two side by side, or so near to a border that it may
    /// lie on either side.
    pub(crate) fn locate(&self, tree: &Tree, point: Coordinates) -> Located {
        if self.polygons.is_empty() {
            return Located::Undrawn;
        }
        let at = self.plane.of_degrees(point.lon(), point.lat());
        let reach = BORDER_M.max(point.uncertainty_m());
        let inside = deepest(tree, self.inside(at));
        let near = deepest(tree, self.near(at, reach));
        let mut all = inside.clone();
        for row in near {
            if !all.iter().any(|one| tree.are_on_one_line(*one, row)) {
                all.push(row);
            }
        }
        all.sort_unstable();
        match (inside.as_slice(), all.as_slice()) {
            (_, []) => Located::Outside,
            ([only], [_]) => Located::In(*only),
            (..) => Located::Between(all),
        }
    }

    /// Whether an area has ground drawn, itself or a part of it.
    pub(crate) fn is_drawn(&self, tree: &Tree, row: Row) -> bool {
        self.polygons.iter().any(|(one, _)| tree.is_within(*one, row))
    }

    /// Every polygon with its area.
    pub(crate) fn polygons(&self) -> &[(Row, Polygon)] {
        &self.polygons
    }

    /// Pairs of polygons whose boxes meet, each once.
    pub(crate) fn meeting(&self) -> impl Iterator<Item = (usize, usize)> {
        self.boxes
            .intersection_candidates_with_other_tree(&self.boxes)
            .map(|(one, other)| (one.data, other.data))
            .filter(|(one, other)| one < other)
    }

    fn inside(&self, at: Coord) -> Vec<Row> {
        let point = Point::from(at);
        let boxes = self
            .boxes
            .locate_in_envelope_intersecting(&AABB::from_point([at.x, at.y]));
        boxes
            .map(|one| &self.polygons[one.data])
            .filter(|(_, polygon)| polygon.intersects(&point))
            .map(|(row, _)| *row)
            .collect()
    }

    fn near(&self, at: Coord, reach: f64) -> Vec<Row> {
        let sides = self.sides.locate_within_distance([at.x, at.y], reach * reach);
        let mut rows: Vec<Row> = sides.map(|side| side.data).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// Those of some areas that have no other of them as a part.
fn deepest(tree: &Tree, mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_unstable();
    rows.dedup();
    let is_leaf = |row: &Row| {
        !rows
            .iter()
            .any(|other| other != row && tree.is_within(*other, *row))
    };
    rows.iter().copied().filter(is_leaf).collect()
}

fn span(polygon: &Polygon) -> Option<([f64; 2], [f64; 2])> {
    let first = polygon.exterior().0.first()?;
    let start = ([first.x, first.y], [first.x, first.y]);
    Some(polygon.exterior().0.iter().fold(start, |(low, high), one| {
        (
            [low[0].min(one.x), low[1].min(one.y)],
            [high[0].max(one.x), high[1].max(one.y)],
        )
    }))
}

/// A map of a city: flat, true to a few metres in a hundred kilometres.
#[derive(Debug)]
struct Plane {
    lon: f64,
    lat: f64,
    /// Metres of a degree of longitude here.
    east_m: f64,
}

impl Plane {
    fn around(boundaries: &[Boundary]) -> Self {
        let positions = || {
            boundaries
                .iter()
                .flat_map(|one| one.polygons.iter().flatten().flatten())
        };
        let middle = |axis: usize| {
            let along = || positions().map(|one| f64::from(one[axis]));
            let (least, most) = (along().fold(f64::MAX, f64::min), along().fold(f64::MIN, f64::max));
            if least > most {
                0.0
            } else {
                (least + most) / 2.0 / f64::from(MICRO)
            }
        };
        let lat = middle(1);
        Self {
            lon: middle(0),
            lat,
            east_m: DEGREE_M * lat.to_radians().cos(),
        }
    }

    fn of(&self, lon: i32, lat: i32) -> Coord {
        self.of_degrees(
            f64::from(lon) / f64::from(MICRO),
            f64::from(lat) / f64::from(MICRO),
        )
    }

    fn of_degrees(&self, lon: f64, lat: f64) -> Coord {
        Coord {
            x: (lon - self.lon) * self.east_m,
            y: (lat - self.lat) * DEGREE_M,
        }
    }
}
