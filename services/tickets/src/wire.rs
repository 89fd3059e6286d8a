//! Between the contract and the domain, and nowhere else: requests become drafts, tickets become messages.

mod ask;
pub(crate) mod audit;
mod beside;
mod command;
pub(crate) mod due;
pub(crate) mod explain;
mod message;
mod rules;

pub(crate) use command::*;
pub(crate) use message::*;
pub(crate) use rules::*;
