//! What there is to tell, to whom and over which channel; and the name of each telling, which never changes.

use std::fmt;

use domain::id::{TicketNumber, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::limits::ADDRESSEE_BYTES_MAX;

/// How a notice goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    /// A signed POST to one machine, which gets everything.
    Webhook,
    /// Mail to the people of an addressee.
    Mail,
}

impl Channel {
    pub(crate) const ALL: [Channel; 2] = [Channel::Webhook, Channel::Mail];

    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Channel::Webhook => "webhook",
            Channel::Mail => "mail",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Which kind of event it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A level of a clock fired.
    LevelFired,
    /// A level was reached for another reason.
    Escalated,
    /// A level is laid before the city office, which decides.
    LevelProposed,
    /// A supervision order 督办单 was issued.
    OrderIssued,
    /// Somebody urged 催办.
    Urged,
}

impl Event {
    /// The stable name, as the feed has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Event::LevelFired => "level_fired",
            Event::Escalated => "escalated",
            Event::LevelProposed => "level_proposed",
            Event::OrderIssued => "order_issued",
            Event::Urged => "urged",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Event> {
        let all = [
            Event::LevelFired,
            Event::Escalated,
            Event::LevelProposed,
            Event::OrderIssued,
            Event::Urged,
        ];
        all.into_iter().find(|one| one.as_str() == text)
    }
}

/// What happened: facts and codes only, never a word and never an identity. Levels, clocks and causes are kept as the
/// feed names them, so that newer ones are told as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct News {
    pub(crate) number: TicketNumber,
    /// The event's version within the ticket.
    pub(crate) version: u32,
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
    /// `l0` … `l5`, `call`; none for an order and for an urge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    /// `c0` … `c12`; none where no clock fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<String>,
    /// When the clock, or the order, is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<Timestamp>,
    /// Why a level was reached that no clock fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
    /// The order's number within the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<u32>,
    /// Who urged: `citizen`, `supervisor`, `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    /// Late because the system was down: charged to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) system_was_down: bool,
    /// Grade A or B: does not wait out the quiet hours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) urgent: bool,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<UnitId>,
    /// The names of its notices carry its mark. In ledgers of before they did not, and what was heard then keeps its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) marked: bool,
}

impl News {
    /// Tells it from other news of the same version: a ticket whose last events a restore has taken back goes through
    /// that version again. Made of nothing but the event itself, which is the same however often it is heard.
    fn mark(&self) -> u32 {
        let Self { at, event, level, .. } = self;
        let level = level.as_deref().unwrap_or_default();
        let digest = Sha256::digest(format!("{at}/{}/{level}", event.as_str()));
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }
}

/// Who is told: what he is, and of which unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct To {
    pub(crate) addressee: Box<str>,
    /// None for the city's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<UnitId>,
}

/// Names a notice: one per event, addressee and channel, the same for every process and after every restart. It is the
/// idempotency key by which a receiver knows it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct NoticeId {
    pub(crate) number: TicketNumber,
    pub(crate) version: u32,
    pub(crate) addressee: Box<str>,
    pub(crate) channel: Channel,
    /// Of which news of that version; none in names of before.
    pub(crate) mark: Option<u32>,
}

impl NoticeId {
    /// The name under which `to` is told of `news`.
    pub(crate) fn of(news: &News, to: &To, channel: Channel) -> Self {
        Self {
            number: news.number,
            version: news.version,
            addressee: to.addressee.clone(),
            channel,
            mark: news.marked.then(|| news.mark()),
        }
    }

    /// Reads a name; none when it is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (number, version) = (parts.next()?, parts.next()?);
        let (addressee, channel) = (parts.next()?, parts.next()?);
        let mark = parts.next().map(|mark| u32::from_str_radix(mark, 16)).transpose();
        let id = Self {
            number: TicketNumber::parse(number).ok()?,
            version: version.parse().ok()?,
            addressee: Box::from(addressee),
            channel: Channel::parse(channel)?,
            mark: mark.ok()?,
        };
        (parts.next().is_none() && is_addressee(addressee) && id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            version,
            addressee,
            channel,
            mark,
        } = self;
        write!(f, "{number}.{version}.{addressee}.{}", channel.as_str())?;
        mark.map_or(Ok(()), |mark| write!(f, ".{mark:08x}"))
    }
}

impl TryFrom<String> for NoticeId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "no notice's name".to_owned())
    }
}

impl From<NoticeId> for String {
    fn from(id: NoticeId) -> String {
        id.to_string()
    }
}

/// Whether a text may name an addressee: lower-case letters, digits and `_`.
pub(crate) fn is_addressee(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=ADDRESSEE_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_nothing_else_does() {
        let text = "20261123-0000021.17.unit_head.webhook";
        let id = NoticeId::parse(text).unwrap();
        assert_eq!(
            (id.version, &*id.addressee, id.channel),
            (17, "unit_head", Channel::Webhook)
        );
        assert_eq!(id.to_string(), text);
        let marked = "20261123-0000021.17.unit_head.webhook.00a9cf01";
        let id = NoticeId::parse(marked).unwrap();
        assert_eq!((id.mark, id.to_string().as_str()), (Some(0x00a9_cf01), marked));
        for wrong in [
            "",
            "20261123-0000021.17.unit_head",
            "20261123-0000021.17.unit_head.pigeon",
            "20261123-0000022.17.unit_head.mail",
            "20261123-0000021.017.unit_head.mail",
            "20261123-0000021.17.Unit.mail",
            "20261123-0000021.17..mail",
            "20261123-0000021.17.unit_head.mail.x",
            "20261123-0000021.17.unit_head.mail.a9cf01",
            "20261123-0000021.17.unit_head.mail.00a9cf01.x",
        ] {
            assert_eq!(NoticeId::parse(wrong), None, "{wrong}");
        }
    }
}
