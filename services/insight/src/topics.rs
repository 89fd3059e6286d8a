//! Hot topics: what many people say about one place and one problem.
//!
//! Pure: messages in the order of time go in, topics come out; the same messages give the same topics. A place alone is
//! no topic, nor is a problem alone: a topic is a name (`anchor`) of which many people lately say much the same
//! (`profile`, `likeness`), more than the season lets one expect (`season`, [`Surge`]). People are counted, not
//! messages. Everything is in memory and bounded. Start at [`Detector::push`], then `birth`, then `review`.

mod anchor;
mod birth;
mod clean;
mod detector;
mod hot;
mod likeness;
mod profile;
mod review;
mod season;
mod store;
mod title;
mod topic;
mod words;

#[cfg(test)]
mod tests;

pub use detector::{Detector, Settings};
pub use hot::Hot;
pub(crate) use hot::most;
pub use season::Surge;
pub use topic::{Found, Member};

/// Seconds since 1970.
pub type Seconds = i64;

/// A message as it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Message<'a> {
    /// Its id: a ticket's number, or what a file says.
    pub id: &'a str,
    /// Who says it; none: not known, the same text is the same person's.
    pub person: Option<&'a str>,
    /// When it came.
    pub at: Seconds,
    /// What it is called.
    pub subject: &'a str,
    /// What it says.
    pub body: &'a str,
    /// Who likes it; 0 where not known.
    pub likes: u32,
    /// The area it is in; empty: those its text names.
    pub area: &'a str,
    /// What it is about; empty: not known.
    pub category: &'a str,
}
