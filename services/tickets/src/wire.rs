//! Between the contract and the domain, and nowhere else: requests become drafts, tickets become messages.

mod ask;
mod beside;
mod command;
pub(crate) mod explain;
mod message;

pub(crate) use command::*;
pub(crate) use message::*;
