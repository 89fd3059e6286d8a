//! What a text is made of: its normal form, its words, its grams, a sketch to compare it by.
//!
//! Pure and deterministic: the same text gives the same words and the same hashes on every machine. Knows nothing of
//! tickets, keeps no text. Start at `Segmenter`.
