//! `hotline token`: bearer tokens for people and machines.

use proto::common::v1::Role;
use proto::vault::v1::{CreateTokenRequest, ListTokensRequest, RevokeTokenRequest, Token};
use serde_json::json;

use super::common::RequestName;
use crate::client::{Answer as _, Client};
use crate::out::{Out, pad};
use crate::terms::{name, term, word};
use crate::view::{json_time, short_time};

pub(super) const ABOUT: &str = "令牌:创建、吊销、列表
Tokens: create, revoke, list";

pub(super) const EXAMPLES: &str = "示例 · Examples:
  hotline token create clerk-07 --role unit_clerk --unit longhu-chengguan --ttl 90d
  hotline token revoke TOKEN_ID
  hotline token list";

const CREATE_EXAMPLES: &str = "示例 · Examples:
  hotline token create web-portal --role channel
  hotline token create clerk-07 --role unit_clerk --unit longhu-chengguan --ttl 90d
  hotline token create desk-03 --role triager --cleared --json";

const REVOKE_EXAMPLES: &str = "示例 · Examples:
  hotline token revoke 0190f3c2-6c1e-7b6e-9d39-2f6f0b1b7a11";

const LIST_EXAMPLES: &str = "示例 · Examples:
  hotline token list
  hotline token list --json";

/// What to do.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(about = "创建令牌,仅显示一次\nCreate a token; it is shown once")]
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Create),
    #[command(about = "吊销令牌\nRevoke a token: at once, and within 30 seconds everywhere")]
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke {
        /// 令牌名 · the token's id, as created
        token_id: String,
        #[command(flatten)]
        request: RequestName,
    },
    #[command(about = "列出令牌(不含秘密)\nList tokens, without their secrets")]
    #[command(after_help = LIST_EXAMPLES)]
    List,
}

/// Whom for.
#[derive(Debug, clap::Args)]
struct Create {
    /// 持有者代码,不用姓名 · the holder's code, never a person's name
    holder: String,
    /// 角色 · what the holder is
    #[arg(long, value_parser = term::<Role>())]
    role: Role,
    /// 承办单位(单位角色必填)· the unit; required for a unit's roles
    #[arg(long, required_if_eq_any([("role", "unit_clerk"), ("role", "unit_leader"), ("role", "unit_head")]))]
    unit: Option<String>,
    /// 可看密件 · cleared for the sealed desk
    #[arg(long)]
    cleared: bool,
    /// 有效期,如 12h、90d;默认一年 · how long it lasts, such as 12h or 90d; a year by default
    #[arg(long, value_name = "SPAN", value_parser = span)]
    ttl: Option<u64>,
    #[command(flatten)]
    request: RequestName,
}

/// Reads `90d`, `12h`, `30m` or `45s` as seconds.
fn span(text: &str) -> Result<u64, String> {
    let unfit = || "expected a span such as 90d, 12h, 30m or 45s".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(unfit)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return Err(unfit()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|span| *span > 0)
        .ok_or_else(unfit)
}

pub(super) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    match args.verb {
        Verb::Create(args) => create(client, args, out).await,
        Verb::Revoke { token_id, request } => {
            let id = token_id.clone();
            let request = RevokeTokenRequest {
                token_id,
                request_id: request.take(),
            };
            client.vault().revoke_token(request).await.answer()?;
            if out.json() {
                return out.object(&json!({ "token_id": id, "revoked": true }));
            }
            out.note(format_args!("已吊销 {id}"), format_args!("revoked {id}"));
            Ok(())
        }
        Verb::List => list(client, out).await,
    }
}

async fn create(client: Client, args: Create, out: &Out) -> anyhow::Result<()> {
    let request = CreateTokenRequest {
        holder: args.holder.clone(),
        role: args.role.into(),
        unit: args.unit.clone().unwrap_or_default(),
        cleared: args.cleared,
        ttl_seconds: args.ttl.unwrap_or(0),
        request_id: args.request.take(),
    };
    let answer = client.vault().create_token(request).await.answer()?;

    if out.json() {
        return out.object(&json!({
            "token_id": answer.token_id,
            "token": answer.token,
            "expire_time": json_time(&answer.expire_time),
            "holder": args.holder,
            "role": word::<Role>(args.role.into()),
            "unit": args.unit.unwrap_or_default(),
        }));
    }
    // The token alone on standard output, so that `TOKEN=$(hotline token create …)` works.
    out.line(&answer.token)?;
    let (id, until) = (&answer.token_id, short_time(&answer.expire_time));
    out.note(
        format_args!("令牌名 {id},有效至 {until};令牌仅此一次显示"),
        format_args!("token id {id}, until {until}; the token is shown only here"),
    );
    Ok(())
}

async fn list(client: Client, out: &Out) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListTokensRequest {
            page_size: 200,
            page_token,
        };
        let page = client.vault().list_tokens(request).await.answer()?;
        for token in &page.tokens {
            show(token, out)?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        page_token = page.next_page_token;
    }
}

fn show(token: &Token, out: &Out) -> anyhow::Result<()> {
    if out.json() {
        return out.object(&json!({
            "token_id": token.token_id,
            "holder": token.holder,
            "role": word::<Role>(token.role),
            "unit": token.unit,
            "cleared": token.cleared,
            "create_time": json_time(&token.create_time),
            "expire_time": json_time(&token.expire_time),
            "revoked": token.revoked,
        }));
    }
    let lang = out.lang();
    let mut marks = Vec::new();
    if token.cleared {
        marks.push(lang.word("密件席", "cleared"));
    }
    if token.revoked {
        marks.push(lang.word("已吊销", "revoked"));
    }
    out.line(format_args!(
        "{}  {}{}{}{}  {}",
        pad(&token.token_id, 38),
        pad(&token.holder, 24),
        pad(name::<Role>(token.role, lang), 16),
        pad(&token.unit, 24),
        short_time(&token.expire_time),
        marks.join(" ")
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(span("90d"), Ok(7_776_000));
        assert_eq!(span("12h"), Ok(43_200));
        assert!(span("d").is_err() && span("0s").is_err() && span("12").is_err() && span("1天").is_err());
    }
}
