//! What a citizen hotline is: numbers, time, rules, tickets, clocks, ladder, routing, figures.
//!
//! Owns every decision. Does no I/O, is not async, reads no clock, draws no random number (invariant A-1):
//! whoever calls passes the time, the ids and the rules. Start at [`ticket`], whose [`ticket::Ticket::decide`]
//! turns a command into events and whose [`ticket::Ticket::apply`] folds them.

#![warn(missing_docs)]

pub mod access;
pub mod clock;
pub mod duplicate;
pub mod id;
pub mod missed_call;
pub mod redact;
pub mod refusal;
pub mod routing;
pub mod rules;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
pub mod scoring;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
pub mod ticket;
pub mod time;
pub mod words;
