//! Coordinates inside a place's text, as a geo URI (RFC 5870): `金砂路88号 geo:23.3541,116.7128;u=30`. There they are
//! sealed, erased and encrypted with the words.

use std::borrow::Cow;
use std::fmt;

use crate::limits::{COORDINATES_MAX, UNCERTAINTY_MAX_M, URI_BYTES_MAX};

/// A point on the ground, WGS 84, and how far off it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    lat: f64,
    lon: f64,
    uncertainty_m: f64,
}

/// Why coordinates are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoordinatesError {
    /// Not two decimal numbers.
    #[error("coordinates are not LATITUDE,LONGITUDE in decimal degrees")]
    Malformed,
    /// A latitude beyond the poles or a longitude beyond the date line.
    #[error("latitude is not within 90 degrees or longitude not within 180; latitude comes first")]
    OutOfRange,
    /// Another system of coordinates than WGS 84.
    #[error("only WGS 84 coordinates are taken")]
    OtherCrs,
    /// An uncertainty that is no length, or so great that nothing is said.
    #[error("the uncertainty is no number of metres within 100000")]
    Uncertainty,
}

impl CoordinatesError {
    /// What is wrong and what to do, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Malformed => "坐标应为十进制度数：纬度,经度，例如 23.3541,116.7128",
            Self::OutOfRange => "坐标超出范围：纬度在前，±90 以内；经度在后，±180 以内",
            Self::OtherCrs => "只接受 WGS 84 坐标",
            Self::Uncertainty => "误差应为不超过 100000 的米数",
        }
    }

    /// The same in English.
    pub fn en(self) -> String {
        self.to_string()
    }
}

impl Coordinates {
    /// Reads `LAT,LON`, or a geo URI.
    ///
    /// # Errors
    /// When they are no coordinates, with what to do.
    pub fn parse(text: &str) -> Result<Self, CoordinatesError> {
        let text = text.trim();
        if text.len() > URI_BYTES_MAX {
            return Err(CoordinatesError::Malformed);
        }
        let path = match text.get(..SCHEME.len()) {
            Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &text[SCHEME.len()..],
            Some(_) | None => text,
        };
        path_of_uri(path)
    }

    /// Degrees north.
    pub fn lat(&self) -> f64 {
        self.lat
    }

    /// Degrees east.
    pub fn lon(&self) -> f64 {
        self.lon
    }

    /// The radius within which the point lies, in metres; 0 where nothing is said.
    pub fn uncertainty_m(&self) -> f64 {
        self.uncertainty_m
    }

    /// A place's text with these coordinates behind it.
    pub fn append_to(&self, place: &str) -> String {
        match place.trim_end() {
            "" => self.to_string(),
            place => format!("{place} {self}"),
        }
    }
}

/// As a geo URI.
impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |degrees: f64| (degrees * 1e6).round() / 1e6;
        write!(f, "{SCHEME}{},{}", short(self.lat), short(self.lon))?;
        if self.uncertainty_m > 0.0 {
            write!(f, ";u={}", self.uncertainty_m)?;
        }
        Ok(())
    }
}

const SCHEME: &str = "geo:";

/// Takes the geo URIs out of a place's text: what remains, and the first few of them. A text without any is borrowed.
pub(crate) fn take_from(place: &str) -> (Cow<'_, str>, Vec<Result<Coordinates, CoordinatesError>>) {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut after = place;
    while let Some(at) = scheme_in(after) {
        let uri = &after[at..];
        let end = uri
            .find(|one: char| !(one.is_ascii_alphanumeric() || "-.,;:=%+_~!*'()".contains(one)))
            .unwrap_or(uri.len());
        // A sentence may end right behind it.
        let read = uri[..end].trim_end_matches(['.', ',', ';', ':', ')', '!', '\'']);
        if found.len() < COORDINATES_MAX {
            found.push(Coordinates::parse(read));
        }
        rest.push_str(&after[..at]);
        rest.push(' ');
        after = &after[at + read.len()..];
    }
    if found.is_empty() {
        return (Cow::Borrowed(place), found);
    }
    rest.push_str(after);
    (Cow::Owned(rest), found)
}

/// Where a scheme begins that is no end of another word.
fn scheme_in(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_scheme = |(_, four): &(usize, &[u8])| four.eq_ignore_ascii_case(SCHEME.as_bytes());
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    bytes
        .windows(SCHEME.len())
        .enumerate()
        .filter(is_scheme)
        .map(|(at, _)| at)
        .find(|at| begins(*at))
}

fn path_of_uri(path: &str) -> Result<Coordinates, CoordinatesError> {
    let mut parts = path.split(';');
    let mut numbers = parts.next().unwrap_or_default().split(',').map(str::trim);
    let (lat, lon) = (decimal(numbers.next())?, decimal(numbers.next())?);
    // An altitude says nothing about the area, and must be a number all the same.
    if let Some(altitude) = numbers.next() {
        decimal(Some(altitude))?;
    }
    if numbers.next().is_some() {
        return Err(CoordinatesError::Malformed);
    }
    let mut uncertainty_m = 0.0;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.eq_ignore_ascii_case("crs") && !value.eq_ignore_ascii_case("wgs84") {
            return Err(CoordinatesError::OtherCrs);
        }
        if name.eq_ignore_ascii_case("u") {
            uncertainty_m = decimal(Some(value)).map_err(|_| CoordinatesError::Uncertainty)?;
            if !(0.0..=UNCERTAINTY_MAX_M).contains(&uncertainty_m) {
                return Err(CoordinatesError::Uncertainty);
            }
        }
    }
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
        return Err(CoordinatesError::OutOfRange);
    }
    Ok(Coordinates {
        lat,
        lon,
        uncertainty_m,
    })
}

/// `-12.5`, and neither `1e3` nor `inf`.
fn decimal(text: Option<&str>) -> Result<f64, CoordinatesError> {
    let text = text.unwrap_or_default();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = digits.starts_with(|one: char| one.is_ascii_digit())
        && digits.ends_with(|one: char| one.is_ascii_digit())
        && digits.bytes().all(|one| one.is_ascii_digit() || one == b'.');
    if !is_decimal {
        return Err(CoordinatesError::Malformed);
    }
    text.parse().map_err(|_| CoordinatesError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(f64, f64, f64), CoordinatesError> {
        Coordinates::parse(text).map(|one| (one.lat(), one.lon(), one.uncertainty_m()))
    }

    #[test]
    fn a_pair_and_a_uri_are_read() {
        assert_eq!(read("23.3541,116.7128"), Ok((23.3541, 116.7128, 0.0)));
        assert_eq!(read("geo:23.3541,116.7128;u=35"), Ok((23.3541, 116.7128, 35.0)));
        assert_eq!(
            read("GEO:-33,151,12.5;CRS=WGS84;u=2.5;x=y"),
            Ok((-33.0, 151.0, 2.5))
        );
        assert_eq!(read("23.3541, 116.7128"), Ok((23.3541, 116.7128, 0.0)));
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        use CoordinatesError::{Malformed, OtherCrs, OutOfRange, Uncertainty};
        for text in [
            "", "23", "23,", "a,b", "1e1,2", "inf,nan", "1,2,3,4", "1.,2", "1..2,3", "geo:",
        ] {
            assert_eq!(read(text), Err(Malformed), "{text}");
        }
        assert_eq!(read("116.7128,23.3541"), Err(OutOfRange));
        assert_eq!(read("0,181"), Err(OutOfRange));
        assert_eq!(read("geo:1,2;crs=gcj02"), Err(OtherCrs));
        assert_eq!(read("geo:1,2;u=-3"), Err(Uncertainty));
        assert_eq!(read("geo:1,2;u=far"), Err(Uncertainty));
        assert_eq!(read(&"1".repeat(500)), Err(Malformed));
    }

    #[test]
    fn a_uri_is_taken_out_of_the_text_around_it() {
        let (rest, found) = take_from("金砂路88号 geo:23.3541,116.7128，路灯不亮");
        assert_eq!(rest, "金砂路88号  ，路灯不亮");
        assert_eq!(found, [Coordinates::parse("23.3541,116.7128")]);
        let (rest, found) = take_from("在这里(geo:23,116).");
        assert_eq!((rest.as_ref(), found.len()), ("在这里( ).", 1));
        assert!(matches!(take_from("ageo:1,2 没有"), (Cow::Borrowed(_), found) if found.is_empty()));
        let (_, found) = take_from(&"geo:1,2 ".repeat(50));
        assert_eq!(found.len(), COORDINATES_MAX);
        let (_, found) = take_from("geo:什么");
        assert_eq!(found, [Err(CoordinatesError::Malformed)]);
    }

    #[test]
    fn what_is_appended_is_read_again() {
        let one = Coordinates::parse("geo:23.35412345678,116.7;u=30").unwrap();
        assert_eq!(one.append_to("金砂路"), "金砂路 geo:23.354123,116.7;u=30");
        assert_eq!(one.append_to(" "), "geo:23.354123,116.7;u=30");
    }
}
