//! Between the contract and the domain, and nowhere else.

mod books;
mod due_loop;
mod feed;
mod lists;
mod notices;

pub(crate) use books::*;
pub(crate) use due_loop::*;
pub(crate) use feed::*;
pub(crate) use lists::*;
pub(crate) use notices::*;

#[cfg(test)]
mod tests;
