//! Every limit of this crate.

/// Labels of a model: a city's leaves, with room.
pub const LABELS_MAX: usize = 2_000;

/// Bytes of a label.
pub const LABEL_BYTES_MAX: usize = 300;

/// Features of a model in one block. A model holds fewer, the more labels it has: [`WEIGHTS_MAX`].
pub const FEATURES_MAX: usize = 400_000;

/// Weights of a model, features times labels: two bytes each.
pub const WEIGHTS_MAX: usize = 7_000_000;

/// Numbers of a vector of the dense part.
pub const DIMENSIONS_MAX: usize = 2_048;

/// Landmarks of the dense part.
pub const LANDMARKS_MAX: usize = 20_000;

/// Messages that are learned from at once.
pub const EXAMPLES_MAX: usize = 3_000_000;

/// Bytes of a model's file.
pub const MODEL_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes of a line of a file of messages.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Words of a message that are looked at; what follows in a longer one rarely changes what it is about.
pub const WORDS_MAX: usize = 4_000;

/// Words at the start of a message that stand for its subject.
pub const HEAD_WORDS: usize = 10;
