//! Domain scripts: a ticket's life in the words of those who work on it, and what a clerk would read of it.
//!
//! A line is a command, an instant (`at 2026-11-23 09:00`), or passing time in which everything due fires in order
//! (`tick to 2026-11-30 18:00`); `catch up` fires what an outage has left behind. What stands above a line `---` is
//! taken for granted: it must succeed and is not shown. Verbs stand in `script`, the city in `city`.

#[cfg(test)]
pub(crate) mod again;
#[cfg(test)]
mod calendar_cases;
pub(crate) mod changes;
pub(crate) mod city;
pub(crate) mod ideas;
#[cfg(test)]
mod incidents;
pub(crate) mod laws;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod print;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod refusals;
#[cfg(test)]
pub(crate) mod scenes;
pub(crate) mod script;
mod table;
mod verbs;

#[cfg(test)]
mod scene;

#[cfg(test)]
pub(crate) use self::scene::{Scene, check};
#[cfg(test)]
pub(crate) use self::script::actor;
