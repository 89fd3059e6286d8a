//! From the words or the coordinates of a place to the area it lies in.
//!
//! Pure: a [`Gazetteer`] built from the areas of a city's rules, no store, no clock, linear in the length of a text. It
//! weighs names of divisions, roads with house numbers, landmarks, coordinates and a declared area, and shows a
//! conflict between them instead of guessing it away: then every side stays a candidate below [`CLEAR_MIN`]. A place it
//! has not read it never invents; a name written wrong counts less than one written right and says so.
//!
//! Start at [`Gazetteer::find`]. [`Landmarks`] learns what people call places from confirmed tickets, [`boundaries`]
//! reads the ground of areas from GeoJSON, [`notes`] says what a city should know of its own names.

mod answer;
pub mod boundaries;
mod coordinates;
mod gazetteer;
mod ground;
mod landmarks;
mod limits;
mod names;
mod normal;
mod notes;
mod numeral;
mod phrase;
mod reading;
#[cfg(test)]
mod tests;
mod tree;
mod typos;
mod weigh;

pub use answer::{Answer, CLEAR_MIN, Evidence, Found, Note, Source};
pub use coordinates::{Coordinates, CoordinatesError};
pub use gazetteer::{Gazetteer, Question};
pub use landmarks::{Confirmed, Landmarks};
pub use notes::notes;
