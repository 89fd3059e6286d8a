//! Every limit of this crate.

/// The most bytes of a boundaries file.
pub(crate) const FILE_BYTES_MAX: usize = 16 << 20;
/// The most features a boundaries file may hold; the rules hold fewer.
pub(crate) const FEATURES_MAX: usize = 5_000;
/// The most positions read from a boundaries file before it is given up; the rules hold fewer.
pub(crate) const POSITIONS_MAX: usize = 200_000;

/// Coordinates read from one place.
pub(crate) const COORDINATES_MAX: usize = 3;
/// The longest geo URI, in bytes.
pub(crate) const URI_BYTES_MAX: usize = 120;
/// The greatest uncertainty that still says something, in metres.
pub(crate) const UNCERTAINTY_MAX_M: f64 = 100_000.0;
/// Nearer to a border than this a point may lie on either side, in metres.
pub(crate) const BORDER_M: f64 = 50.0;

/// Areas proposed.
pub(crate) const FOUND_MAX: usize = 3;
/// Evidence for one area.
pub(crate) const EVIDENCE_MAX: usize = 8;
/// Characters of a place in which names written wrong are looked for.
pub(crate) const TYPOS_CHARS_MAX: usize = 200;
/// The longest name that is looked for written wrong, in characters.
pub(crate) const TYPO_NAME_CHARS_MAX: usize = 12;
/// Names in the table of names written wrong; a city with more goes without it.
pub(crate) const TYPO_NAMES_MAX: usize = 200_000;
/// Occurrences of names read one by one in a place; further ones are passed over.
pub(crate) const OCCURRENCES_MAX: usize = 64;
/// How far behind a name its house number, gate or relation may stand, in characters.
pub(crate) const BEHIND_CHARS_MAX: usize = 24;

/// Confirmed tickets remembered; the oldest are forgotten.
pub(crate) const TICKETS_MAX: usize = 50_000;
/// Confirmations remembered of one phrase; the oldest are forgotten.
pub(crate) const CONFIRMATIONS_MAX: usize = 64;
/// Characters of a phrase that is learned.
pub(crate) const PHRASE_CHARS: std::ops::RangeInclusive<usize> = 3..=30;
/// Tickets that must agree before a phrase is taken to name a place.
pub(crate) const AGREEING_MIN: usize = 3;
/// Of a phrase's tickets so many percent must lie in one area.
pub(crate) const AGREEING_PERCENT: usize = 90;
