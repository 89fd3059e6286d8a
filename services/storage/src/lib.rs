//! Where tickets are kept: the port and its adapters, one contract suite for all.

#![warn(missing_docs)]

pub mod port;
