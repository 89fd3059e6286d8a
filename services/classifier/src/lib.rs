//! Learns from labelled messages what a message is about, and says how sure it is.
//!
//! Pure and deterministic: the same files give the same model, byte for byte. A model holds numbers and hashed features,
//! no text. No tickets, no tonic, no files: bytes in, bytes out.
