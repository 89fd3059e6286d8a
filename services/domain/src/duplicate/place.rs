//! Where a matter is, as far as it was said: a position, a name, or both.

use std::fmt;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use crate::rules::Areas;

/// The mean radius of the earth, in metres.
const EARTH_M: f64 = 6_371_008.8;
/// What a name must have left once the areas are taken away, in characters: "东路" is no place.
const NAMED_CHARS_MIN: usize = 3;
/// The longest name that is compared, in characters; of a longer one its end counts, where the house number stands.
const NAMED_CHARS_MAX: usize = 60;

/// A point on the earth, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    lat: f32,
    lon: f32,
}

impl Position {
    /// A point by its degrees; none outside -90 to 90 and -180 to 180. Kept to a metre or two.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let is_there = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "24 bits of mantissa are a metre or two anywhere"
        )]
        is_there.then_some(Self {
            lat: lat as f32,
            lon: lon as f32,
        })
    }

    /// The first `geo:lat,lon` (RFC 5870) in a text.
    pub fn in_text(text: &str) -> Option<Self> {
        const SCHEME: &str = "geo:";
        let at = text.find(SCHEME)? + SCHEME.len();
        let is_number = |one: char| one.is_ascii_digit() || matches!(one, '.' | '-' | ',');
        let numbers = text[at..].split(|one| !is_number(one)).next()?;
        let mut parts = numbers.split(',').map(str::parse::<f64>);
        let (lat, lon) = (parts.next()?.ok()?, parts.next()?.ok()?);
        Self::new(lat, lon)
    }

    /// The distance along the surface, in whole metres.
    pub fn metres_to(self, other: Self) -> u32 {
        let radians = |degrees: f32| f64::from(degrees).to_radians();
        let (lat, lat_other) = (radians(self.lat), radians(other.lat));
        let (north, east) = (lat_other - lat, radians(other.lon) - radians(self.lon));
        let half = (north / 2.0).sin().powi(2) + lat.cos() * lat_other.cos() * (east / 2.0).sin().powi(2);
        let metres = 2.0 * EARTH_M * half.sqrt().min(1.0).asin();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to half a meridian"
        )]
        {
            metres.round() as u32
        }
    }
}

/// The official names of a city's areas, to be taken out of the name of a place.
#[derive(Debug, Clone)]
pub struct AreaNames(AhoCorasick);

impl AreaNames {
    /// Of all areas.
    ///
    /// # Errors
    /// Where the names are too many for one automaton.
    pub fn new(areas: &Areas) -> Result<Self, BuildError> {
        let names = areas.iter().map(|area| area.zh.as_str());
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(names);
        built.map(Self)
    }

    fn cut_from(&self, name: &str) -> String {
        let mut left = String::with_capacity(name.len());
        self.0.replace_all_with(name, &mut left, |_, _, _| true);
        left
    }
}

/// The name of a place without the areas it lies in: of "龙湖区珠池街道丹霞庄西区3幢" the "丹霞庄西区3幢". Part of the resident's
/// words: never shown, never written.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedPlace(Box<str>);

impl NamedPlace {
    /// The name in a text, whose letters and digits alone count; none where it names nothing but areas, or nothing.
    pub fn parse(text: &str, areas: &AreaNames) -> Option<Self> {
        let before_position = text.split("geo:").next().unwrap_or_default();
        let name: String = before_position
            .chars()
            .filter(|one| one.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let name = areas.cut_from(&name);
        let count = name.chars().count();
        let kept: String = name.chars().skip(count.saturating_sub(NAMED_CHARS_MAX)).collect();
        (count >= NAMED_CHARS_MIN).then(|| Self(kept.into()))
    }

    /// The same, or one of them the more exact name of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.contains(&*other.0) || other.0.contains(&*self.0)
    }
}

impl fmt::Debug for NamedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NamedPlace(…)")
    }
}

/// Where a matter is, as far as said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Its coordinates.
    pub position: Option<Position>,
    /// Its name.
    pub named: Option<NamedPlace>,
}

impl Place {
    /// What the place field of a ticket says: a name, and coordinates as `geo:lat,lon`.
    pub fn parse(text: &str, areas: &AreaNames) -> Self {
        Self {
            position: Position::in_text(text),
            named: NamedPlace::parse(text, areas),
        }
    }
}
