//! From the words or the coordinates of a place to the area it lies in.
//!
//! Pure: a gazetteer built from the rules, no store, no clock. Conflicts are shown, not guessed away.
