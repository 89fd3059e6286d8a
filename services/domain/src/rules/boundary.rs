//! Where areas end: polygons as whole numbers, so that a bundle's hash is the same on every machine.

use serde::{Deserialize, Serialize};

use crate::id::AreaId;

/// A position: longitude, then latitude, in millionths of a degree (WGS 84). One is at most eleven centimetres.
pub type Position = [i32; 2];

/// Positions in order, the last the same as the first.
pub type Ring = Vec<Position>;

/// The ground of an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// The area.
    pub id: AreaId,
    /// Its parts: of each the outer ring, then the rings of its holes.
    pub polygons: Vec<Vec<Ring>>,
}

/// Of how many millionths of a degree one consists.
pub const MICRO: i32 = 1_000_000;
