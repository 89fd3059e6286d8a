//! Between the contract and the vault's own values.

use domain::access::Role;
use domain::id::{KeySlot, RequestId, TicketNumber};
use domain::words::Sealed;
use jiff::SignedDuration;
use kit::auth::TokenHash;
use kit::fault::Fault;
use kit::wire::{self, ClosedSet as _};
use proto::common::v1 as common;
use proto::vault::v1 as pb;
use zeroize::Zeroizing;

use crate::erase::ToErase;
use crate::ledger::{Token, Unlock, Whose};
use crate::limits::{CONTENT_BYTES_MAX, OPEN_MAX, PURPOSE_CHARS, TOKEN_FOR_MAX, WORDS_BYTES_MAX};
use crate::tokens::NewToken;
use crate::unlock::ToUnlock;
use crate::words::{Opened, SealedAll, ToSeal};

/// A mutation: what is asked, under which name, and its canonical content for comparison.
pub(crate) struct Mutation<T> {
    pub(crate) what: T,
    pub(crate) id: RequestId,
    pub(crate) content: String,
}

pub(crate) fn create_token(request: &pb::CreateTokenRequest) -> Result<Mutation<NewToken>, Fault> {
    let id = kit::call::request_id(&request.request_id)?;
    let holder = wire::holder("holder", &request.holder)?;
    let role: Role = wire::required("role", request.role)?;
    if matches!(role, Role::Citizen | Role::System) {
        return Err(Fault::invalid(
            "role",
            "该角色没有凭证",
            "nobody holds a token as this role",
        ));
    }
    let unit = wire::optional_unit("unit", &request.unit)?;
    // Desks may name the unit a person comes from: nobody reviews his own unit's work.
    let is_machine = matches!(role, Role::Channel);
    if unit.is_none() && role.is_of_a_unit() {
        return Err(Fault::invalid(
            "unit",
            "承办单位角色须指明单位",
            "this role needs a unit",
        ));
    }
    if unit.is_some() && is_machine {
        return Err(Fault::invalid(
            "unit",
            "该角色不属于承办单位",
            "this role has no unit",
        ));
    }
    let ttl = match request.ttl_seconds {
        0 => None,
        seconds => Some(ttl(seconds)?),
    };
    let content = format!(
        "create {holder} {} {} {} {}",
        role.as_str(),
        request.unit,
        request.cleared,
        request.ttl_seconds
    );
    let what = NewToken {
        holder,
        role,
        unit,
        cleared: request.cleared,
        ttl,
    };
    Ok(Mutation { what, id, content })
}

fn ttl(seconds: u64) -> Result<SignedDuration, Fault> {
    let ttl = i64::try_from(seconds).ok().map(SignedDuration::from_secs);
    ttl.filter(|ttl| *ttl <= TOKEN_FOR_MAX)
        .ok_or_else(|| Fault::invalid("ttl_seconds", "有效期最长一年", "ttl_seconds: at most a year"))
}

pub(crate) fn created(token: &Token, secret: String) -> pb::CreateTokenResponse {
    pb::CreateTokenResponse {
        token_id: token.token_id.clone(),
        token: secret,
        expire_time: Some(wire::timestamp(token.expires_at)),
    }
}

pub(crate) fn revoke_token(request: &pb::RevokeTokenRequest) -> Result<Mutation<String>, Fault> {
    let id = kit::call::request_id(&request.request_id)?;
    if request.token_id.is_empty() || request.token_id.len() > 64 {
        return Err(wire::missing("token_id"));
    }
    let content = format!("revoke {}", request.token_id);
    Ok(Mutation {
        what: request.token_id.clone(),
        id,
        content,
    })
}

pub(crate) fn token_hash(request: &pb::IntrospectTokenRequest) -> Result<TokenHash, Fault> {
    TokenHash::parse(&request.token_hash).ok_or_else(|| {
        Fault::invalid(
            "token_hash",
            "须为 SHA-256 的十六进制",
            "token_hash: SHA-256 in lower-case hex",
        )
    })
}

pub(crate) fn token(token: &Token) -> pb::Token {
    pb::Token {
        token_id: token.token_id.clone(),
        holder: token.holder.to_string(),
        role: token.role.to_wire(),
        unit: token.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        cleared: token.cleared,
        create_time: Some(wire::timestamp(token.created_at)),
        expire_time: Some(wire::timestamp(token.expires_at)),
        revoked: token.revoked,
    }
}

pub(crate) fn to_seal(request: pb::SealWordsRequest) -> Result<ToSeal, Fault> {
    let number = wire::number(&request.number)?;
    if request.words.len() > WORDS_BYTES_MAX {
        return Err(too_long("words", WORDS_BYTES_MAX));
    }
    if request.content.len() > CONTENT_BYTES_MAX {
        return Err(too_long("content", CONTENT_BYTES_MAX));
    }
    let identity = match &request.identity {
        Some(identity) => wire::identity_words(identity)?,
        None => domain::words::Words::new(),
    };
    let known = match request.known_identity {
        Some(known) => Some((
            wire::number_of("known_number", &request.known_number)?,
            sealed(known),
        )),
        None => None,
    };
    Ok(ToSeal {
        number,
        known,
        slot: request.slot.filter(|slot| *slot != 0).map(KeySlot),
        words: Zeroizing::new(request.words),
        identity,
        query_code: request.query_code,
        content: request.content,
    })
}

fn too_long(field: &'static str, max: usize) -> Fault {
    Fault::invalid(
        field,
        format!("{field} 最多 {max} 字节"),
        format!("{field}: at most {max} bytes"),
    )
}

pub(crate) fn sealed_all(all: SealedAll) -> pb::SealWordsResponse {
    pb::SealWordsResponse {
        slot: all.slot.map_or(0, |slot| slot.0),
        words: all.words.map(sealed_pb),
        identity: all.identity.map(sealed_pb),
        caller_hash: all.caller.map(String::from).unwrap_or_default(),
        query_code: all.query_code.unwrap_or_default(),
        content_hash: all.content_hash.unwrap_or_default(),
    }
}

fn sealed_pb(sealed: Sealed) -> common::Sealed {
    common::Sealed {
        slot: sealed.slot.0,
        text: sealed.text.into(),
    }
}

pub(crate) fn sealed(sealed: common::Sealed) -> Sealed {
    Sealed {
        slot: KeySlot(sealed.slot),
        text: sealed.text.into(),
    }
}

pub(crate) fn to_open(request: pb::OpenWordsRequest) -> Result<(TicketNumber, Vec<Sealed>), Fault> {
    let number = wire::number(&request.number)?;
    if request.sealed.len() > OPEN_MAX {
        return Err(Fault::invalid(
            "sealed",
            format!("最多 {OPEN_MAX} 条"),
            format!("sealed: at most {OPEN_MAX}"),
        ));
    }
    Ok((number, request.sealed.into_iter().map(sealed).collect()))
}

pub(crate) fn opened(all: Vec<Opened>) -> pb::OpenWordsResponse {
    let words = all.into_iter().map(|one| match one {
        Opened::Words(words) => pb::OpenedWords {
            words: words.to_string(),
            erased: false,
        },
        Opened::Erased => pb::OpenedWords {
            words: String::new(),
            erased: true,
        },
    });
    pb::OpenWordsResponse {
        words: words.collect(),
    }
}

pub(crate) fn unlock(request: &pb::UnlockRequest) -> Result<Mutation<ToUnlock>, Fault> {
    let id = kit::call::request_id(&request.request_id)?;
    let number = wire::number(&request.number)?;
    if request.contact == 0 {
        return Err(Fault::invalid(
            "contact",
            "来件序号从 1 起",
            "contact: counted from 1",
        ));
    }
    let purpose = purpose(&request.purpose)?;
    let content = format!("unlock {number} {} {purpose}", request.contact);
    Ok(Mutation {
        what: ToUnlock {
            number,
            contact: request.contact,
            purpose,
        },
        id,
        content,
    })
}

pub(crate) fn destroy(request: &pb::DestroyKeyRequest) -> Result<Mutation<ToErase>, Fault> {
    use pb::destroy_key_request::What;

    let id = kit::call::request_id(&request.request_id)?;
    let number = wire::number(&request.number)?;
    let whose = match request.what {
        Some(What::Contact(contact)) if contact != 0 => Whose::Contact(contact),
        Some(What::Words(true)) => Whose::Words,
        Some(What::Contact(_) | What::Words(_)) | None => return Err(wire::missing("what")),
    };
    let purpose = purpose(&request.purpose)?;
    let content = format!("destroy {number} {whose:?} {purpose}");
    Ok(Mutation {
        what: ToErase {
            number,
            whose,
            purpose,
        },
        id,
        content,
    })
}

fn purpose(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    let is_plain = !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if is_plain && PURPOSE_CHARS.contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Fault::invalid(
        "purpose",
        "须写明用途，4 至 400 字",
        "purpose: 4 to 400 characters",
    ))
}

pub(crate) fn unlock_record(unlock: Unlock) -> pb::UnlockRecord {
    pb::UnlockRecord {
        unlock_id: unlock.unlock_id,
        number: unlock.number.to_string(),
        contact: unlock.contact,
        holder: unlock.holder.to_string(),
        role: unlock.role.to_wire(),
        purpose: unlock.purpose,
        unlock_time: Some(wire::timestamp(unlock.at)),
    }
}
