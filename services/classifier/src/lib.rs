//! Learns from labelled messages what a message is about, and says how sure it is.
//!
//! Pure and deterministic: the same files give the same model, byte for byte. A model holds numbers and hashed features,
//! no text. No tickets, no tonic, no files: bytes in, bytes out.

//!
//! Start at [`Model`] (asking), [`train()`] (learning from files) and [`Shadow`] (learning from corrections).

mod base;
mod coarse;
mod dense;
mod embedding;
mod explain;
mod features;
mod file;
mod kernel;
mod learn;
pub mod limits;
mod linear;
mod matrix;
mod measure;
mod minimise;
mod model;
mod near;
mod number;
mod random;
mod record;
mod softmax;
mod solver;
mod sureness;
mod svd;
mod threshold;
mod train;
mod vocabulary;

pub use embedding::Passage;
pub use features::{Features, Message};
pub use file::ModelError;
pub use learn::{Lesson, Shadow};
pub use measure::{CurvePoint, Figures, Outcome, curve};
pub use model::{Answer, Model};
pub use record::{Example, Record, RecordError};
pub use train::{Options, Report, TrainError, train};

#[cfg(test)]
mod tests;
