//! A mutation as it comes from the wire: parsed, its words still in the clear.

use domain::id::{AreaId, CategoryId, EntryId, RequestId, TicketNumber};
use domain::ticket::{Accused, Channel, Classification, Command, Grade, RequestType, Standing};
use domain::words::Words;
use jiff::Timestamp;
use kit::fault::Fault;

/// Who the resident is, on the way to the vault.
pub(crate) type Identity = proto::common::v1::Identity;

/// A command on a ticket that exists.
pub(crate) struct Order {
    pub(crate) number: TicketNumber,
    pub(crate) request: RequestId,
    pub(crate) expected: Option<u32>,
    pub(crate) deed: Deed,
    pub(crate) words: Words,
    pub(crate) identity: Option<Identity>,
    /// Which request it is and how it was encoded, for comparing repeated ones.
    pub(crate) content: Vec<u8>,
}

impl Order {
    /// Whether anything goes to the vault with it.
    pub(crate) fn says_something(&self) -> bool {
        !self.words.is_empty() || self.identity.is_some() || matches!(self.deed, Deed::Split(_))
    }
}

/// What is to be done, and so which tickets are written together.
pub(crate) enum Deed {
    /// To this ticket alone.
    Alone(Command),
    /// 拆单: it and its parts.
    Split(Vec<Part>),
    /// 并单: it and the incident of this number.
    Merge(TicketNumber),
    /// 解除并单: it and its incident.
    Unmerge,
    /// It alone, as its incident stands.
    Rejoin,
}

/// One matter of several, its words still in the clear.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) kind: RequestType,
    pub(crate) grade: Option<Grade>,
    pub(crate) category: Option<CategoryId>,
    pub(crate) area: Option<AreaId>,
    pub(crate) accused: Option<Accused>,
    pub(crate) words: Words,
}

/// The code of the directory entry that a ruling on a ticket proposes.
pub(crate) fn proposed_entry(number: TicketNumber) -> Result<EntryId, Fault> {
    EntryId::parse(&format!("ruling-{number}")).map_err(Fault::internal)
}

/// A matter to be taken in.
pub(crate) struct Registration {
    pub(crate) request: RequestId,
    pub(crate) words: Words,
    pub(crate) identity: Option<Identity>,
    pub(crate) content: Vec<u8>,
    pub(crate) matter: Matter,
}

/// What is known of it, but for what the rim makes: number, key, codes.
pub(crate) struct Matter {
    pub(crate) channel: Channel,
    pub(crate) classification: Classification,
    pub(crate) standing: Standing,
    pub(crate) call: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) confidential: bool,
    pub(crate) accused: Option<Accused>,
}
