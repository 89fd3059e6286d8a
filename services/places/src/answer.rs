//! What is answered: areas with their confidence, what spoke for each and where it comes from, and what a person should
//! know beside that.

use std::fmt;

use domain::id::AreaId;

use crate::coordinates::CoordinatesError;

/// Below this confidence a place is ambiguous.
pub const CLEAR_MIN: f64 = 0.5;

/// Where a matter may lie.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// At most three, best first.
    pub areas: Vec<Found>,
    /// What speaks against taking the first of them unseen, in no order.
    pub notes: Vec<Note>,
}

/// An area, how sure it is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The smallest area that is clear.
    pub area: AreaId,
    /// 0 to 1.
    pub confidence: f64,
    /// What speaks for it, loudest first, at most eight.
    pub evidence: Vec<Evidence>,
}

/// Something that speaks for an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it comes from.
    pub source: Source,
    /// What was read, and what it was taken for where that is not the same.
    pub text: String,
    /// How loudly it speaks: a name counts three times in the place, twice in the subject, once in the body.
    pub count: u32,
}

/// As a triager reads it: `门牌 长平路120号`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source.zh(), self.text)
    }
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The name of a division or a road.
    Name,
    /// A house number of a road that is divided between areas.
    HouseNumber,
    /// A landmark of the gazetteer, or one learned.
    Landmark,
    /// Coordinates.
    Coordinates,
    /// An area somebody chose.
    Declared,
}

impl Source {
    /// Its word in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Name => "名称",
            Self::HouseNumber => "门牌",
            Self::Landmark => "地标",
            Self::Coordinates => "坐标",
            Self::Declared => "申报",
        }
    }

    /// Its word in English, stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::HouseNumber => "house_number",
            Self::Landmark => "landmark",
            Self::Coordinates => "coordinates",
            Self::Declared => "declared",
        }
    }
}

/// Something a person should know of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Two of text, house number, landmark, coordinates and declared area say different districts.
    Conflict,
    /// The coordinates lie so near to a border that they may mean either side.
    Border,
    /// The coordinates lie outside every area that has a boundary.
    Outside,
    /// There are coordinates, and no area has a boundary.
    Undrawn,
    /// There are coordinates that cannot be read.
    Unread(CoordinatesError),
}

impl Note {
    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Conflict => "地点的说法互相矛盾，请人工核对",
            Self::Border => "坐标在区域边界附近，可能属于任一侧",
            Self::Outside => "坐标在各区域边界之外",
            Self::Undrawn => "有坐标，但本市没有区域边界数据",
            Self::Unread(error) => error.zh(),
        }
    }

    /// In English.
    pub fn en(self) -> String {
        match self {
            Self::Conflict => "what is said of the place contradicts itself: a person must look".to_owned(),
            Self::Border => "the coordinates lie near a border and may mean either side".to_owned(),
            Self::Outside => "the coordinates lie outside every area that has a boundary".to_owned(),
            Self::Undrawn => "there are coordinates, but no area of the city has a boundary".to_owned(),
            Self::Unread(error) => error.en(),
        }
    }
}
