//! What a text is made of: its normal form, its words, its grams, a sketch to compare it by.
//!
//! Pure and deterministic: the same text gives the same words and the same hashes on every machine. Knows nothing of
//! tickets, keeps no text. Start at [`Segmenter`].

pub mod grams;
mod hash;
pub mod limits;
mod normal;
mod segment;
pub mod sketch;
mod stop;

pub use hash::{hash64, mix64};
pub use normal::{is_word_char, normal};
pub use segment::Segmenter;
pub use stop::is_stop_word;
