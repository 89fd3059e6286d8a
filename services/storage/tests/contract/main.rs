//! What every store must do, on every store; and what only the embedded one can get wrong.

#![allow(clippy::unwrap_used, reason = "all of it is tests, helpers included")]

mod commits;
mod copies;
mod damage;
mod facts;
mod golden;
mod log;
mod model;
mod reads;
mod stores;
