//! Arguments that many verbs share.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use places::Coordinates;
use proto::common::v1::{Accused, Identity, accused};
use proto::tickets::v1::Ticket;

use crate::client::{Client, Target};
use crate::exit::{Exit, Stop};
use crate::out::Out;
use crate::view::{self, TicketLine};

/// Where to and as whom.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "连接 · Connection")]
pub struct Connection {
    /// 服务地址 · the server, HOST:PORT or a URL with http or https
    #[arg(
        long,
        global = true,
        env = "HOTLINE_ADDR",
        default_value = "127.0.0.1:7345",
        value_name = "ADDR"
    )]
    addr: String,
    /// 令牌 · the bearer token
    #[arg(long, global = true, env = "HOTLINE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// 服务端证书的签发机构(PEM)· authority that signed the server's certificate, PEM
    #[arg(long, global = true, env = "HOTLINE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// 每次调用最长秒数 · how long one call may take, in seconds
    #[arg(
        long,
        global = true,
        env = "HOTLINE_TIMEOUT",
        default_value = "30",
        value_name = "SECONDS"
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: u32,
}

impl Connection {
    /// As the client wants it.
    pub fn target(&self) -> Target {
        Target {
            addr: self.addr.clone(),
            token: self.token.clone().filter(|token| !token.trim().is_empty()),
            ca: self.ca.clone(),
            timeout: Duration::from_secs(u64::from(self.timeout)),
        }
    }
}

/// The arguments of a verb that talks to a server.
#[derive(Debug, clap::Args)]
pub struct Remote<A: clap::Args> {
    #[command(flatten)]
    pub(crate) args: A,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

impl<A: clap::Args> Remote<A> {
    /// Opens the way to the server.
    pub(crate) fn open(&self, out: &Out) -> anyhow::Result<Client> {
        Client::open(&self.connection.target(), out.lang())
    }
}

/// The name of a mutation, so that repeating it is safe.
#[derive(Debug, Clone, clap::Args)]
pub struct RequestName {
    /// 请求号,重试时沿用;默认随机 · name of this request, kept when repeating it; random by default
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
}

impl RequestName {
    /// The name given, or a new one.
    pub fn take(self) -> String {
        self.request_id
            .unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
    }
}

/// Which ticket a command is for.
#[derive(Debug, Clone, clap::Args)]
pub struct OnTicket {
    /// 工单编号 · the ticket's number
    pub number: String,
    /// 仅当工单仍为此版本时执行 · only if the ticket is still at this version
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<u32>,
    #[command(flatten)]
    pub request: RequestName,
}

/// Who the resident is.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "诉求人 · Resident")]
pub struct Person {
    /// 姓名 · name
    #[arg(long)]
    name: Option<String>,
    /// 电话 · telephone number
    #[arg(long)]
    phone: Option<String>,
    /// 证件号码 · number of an identity card
    #[arg(long, value_name = "NUMBER")]
    id_number: Option<String>,
    /// 住址 · home address
    #[arg(long, value_name = "ADDRESS")]
    home_address: Option<String>,
    /// 匿名:不留身份,不回访 · anonymous: no identity is kept, nobody is rung back
    #[arg(long, conflicts_with_all = ["name", "phone", "id_number", "home_address", "standing"])]
    anonymous: bool,
    /// 来件身份 · on whose behalf
    #[arg(long, value_parser = crate::terms::term::<proto::common::v1::Standing>())]
    standing: Option<proto::common::v1::Standing>,
}

impl Person {
    /// The standing and the identity; a person who says nothing of himself is anonymous.
    pub fn take(self) -> (proto::common::v1::Standing, Option<Identity>) {
        use proto::common::v1::Standing;
        let identity = Identity {
            name: self.name.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            id_number: self.id_number.unwrap_or_default(),
            home_address: self.home_address.unwrap_or_default(),
        };
        let identity = Some(identity).filter(|identity| *identity != Identity::default());
        let standing = match (self.anonymous, self.standing, &identity) {
            (true, ..) | (false, None, None) => Standing::Anonymous,
            (false, Some(standing), _) => standing,
            (false, None, Some(_)) => Standing::Own,
        };
        (standing, identity)
    }
}

/// Who is accused by a report.
#[derive(Debug, Clone, clap::Args)]
pub struct AccusedBy {
    /// 被举报单位(须回避)· the accused unit, which is recused
    #[arg(long, value_name = "UNIT", conflicts_with = "accused_outsider")]
    accused_unit: Option<String>,
    /// 被举报对象不属于任何承办单位 · the accused is no unit of the hotline's
    #[arg(long)]
    accused_outsider: bool,
}

impl AccusedBy {
    /// As the contract says it.
    pub fn take(self) -> Option<Accused> {
        match (self.accused_unit, self.accused_outsider) {
            (Some(unit), _) => Some(Accused {
                who: Some(accused::Who::Unit(unit)),
            }),
            (None, true) => Some(Accused {
                who: Some(accused::Who::Outsider(true)),
            }),
            (None, false) => None,
        }
    }
}

/// Takes a text as given, or from standard input for `-`.
pub fn text(given: String) -> anyhow::Result<String> {
    if given != "-" {
        return Ok(given);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Stop::because(
            Exit::Usage,
            "标准输入不是 UTF-8 文本 · standard input is not UTF-8 text",
        )
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads `LAT,LON` in decimal degrees.
pub(crate) fn coordinates(text: &str) -> Result<Coordinates, String> {
    Coordinates::parse(text).map_err(|error| format!("{} · {}", error.zh(), error.en()))
}

/// A place in words with its coordinates behind it, as they travel: a geo URI is sealed and erased with the words.
pub(crate) fn place(words: Option<String>, at: Option<Coordinates>) -> String {
    let words = words.unwrap_or_default();
    at.map_or_else(|| words.clone(), |at| at.append_to(&words))
}

/// Shows how a ticket stands after a command.
pub fn done(ticket: Option<Ticket>, out: &Out) -> anyhow::Result<()> {
    let ticket = ticket.context("the server's answer has no ticket")?;
    if out.json() {
        return out.object(&TicketLine::basic(&ticket));
    }
    out.line(view::row(&ticket, out.lang()))?;
    Ok(())
}

/// Reads a time by which something is to be: as [`local_time`], but a date alone means that day to its end.
pub fn by_time(text: &str) -> Result<jiff::Timestamp, String> {
    let is_date = text.len() == "2026-11-21".len() && text.parse::<jiff::civil::Date>().is_ok();
    if is_date {
        local_time(&format!("{text}T23:59"))
    } else {
        local_time(text)
    }
}

/// Reads a time as people write it: RFC 3339, or local `2026-11-21T09:30`, `2026-11-21 09:30:00`, `2026-11-21`.
pub fn local_time(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(instant);
    }
    let local = text.parse::<jiff::civil::DateTime>().map_err(|_| {
        "expected a time such as 2026-11-21T09:30 (local) or 2026-11-21T09:30:00+08:00".to_owned()
    })?;
    view::CITY.to_timestamp(local).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_zone_is_the_citys() {
        let instant = "2026-11-21T01:30:00Z".parse().unwrap();
        assert_eq!(local_time("2026-11-21T09:30"), Ok(instant));
        assert_eq!(local_time("2026-11-21 09:30:00"), Ok(instant));
        assert_eq!(local_time("2026-11-21T09:30:00+08:00"), Ok(instant));
        assert_eq!(
            local_time("2026-11-21"),
            Ok("2026-11-20T16:00:00Z".parse().unwrap())
        );
        assert!(local_time("yesterday").is_err());
    }

    #[test]
    fn coordinates_stand_behind_the_words_of_a_place() {
        let at = coordinates("23.3541,116.7128").ok();
        assert_eq!(
            place(Some("金砂路88号".to_owned()), at),
            "金砂路88号 geo:23.3541,116.7128"
        );
        assert_eq!(place(None, at), "geo:23.3541,116.7128");
        assert_eq!(place(None, None), "");
        let error = coordinates("116.7128,23.3541").unwrap_err();
        assert!(
            error.contains("纬度在前") && error.contains("latitude comes first"),
            "{error}"
        );
    }

    #[test]
    fn a_date_by_which_something_is_to_be_lasts_to_its_end() {
        assert_eq!(by_time("2026-12-20"), Ok("2026-12-20T15:59:00Z".parse().unwrap()));
        assert_eq!(by_time("2026-12-20T09:30"), local_time("2026-12-20T09:30"));
        assert_eq!(
            by_time("2026-12-20T09:30:00+08:00"),
            local_time("2026-12-20T09:30")
        );
        assert!(by_time("tomorrow").is_err());
    }
}
