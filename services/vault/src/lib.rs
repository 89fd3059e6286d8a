//! Keys, identity, unlocks, erasure, tokens.
//!
//! **Owns** every key there is, and so everything that can be read: a resident's identity and all free text exist
//! outside this crate only as ciphertext (invariant A-6). Owns the bearer tokens and the record of who saw whom.
//! Keeps `keys` (fixed slots, overwritten in place), `master.key` and a small ledger in a directory of its own.
//!
//! **Promises**: no slot is handed out twice; a destroyed key is gone from the disk before the answer; identity is
//! shown only after the look is on record; no secret, key, word or identity is in a log, an error or the ledger.
//!
//! **Never** decides who may see a ticket: tickets does, and is asked on behalf of the caller.
//!
//! **Start** with [`Vault`] and the `keys` module.

mod cipher;
mod erase;
mod error;
mod keyed;
mod keys;
mod ledger;
mod limits;
mod master;
mod rpc;
mod service;
mod tokens;
mod unlock;
mod wire;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::id::HolderId;
use kit::auth::Bearers;
use kit::fault::Fault;
use kit::link::Link;
use kit::page::Tokens;
use kit::server::{Rim, Role};
use proto::vault::v1::vault_service_server::VaultServiceServer;

pub use error::OpenError;
pub use service::{Vault, backup_keys, restore_keys};

/// What the role needs.
pub struct Deps {
    /// What every role of the process is given.
    pub rim: Rim,
    /// The opened vault.
    pub vault: Arc<Vault>,
    /// The way to tickets, which decides who may see what.
    pub tickets: Link,
}

/// The vault as a role of the hotline.
pub fn role(deps: Deps) -> Role {
    let Deps { rim, vault, tickets } = deps;
    let pages = Tokens::derived(&rim.secret, "vault pages");
    let service = Arc::new(Service {
        vault,
        tickets,
        bearers: rim.bearers.clone(),
        pages,
    });
    Role::new(
        "vault",
        kit::limited!(VaultServiceServer::new(rpc::Rpc { service })),
        &rim,
    )
}

/// The use cases that need other roles, beside those of [`Vault`].
pub(crate) struct Service {
    pub(crate) vault: Arc<Vault>,
    pub(crate) tickets: Link,
    pub(crate) bearers: Bearers,
    pub(crate) pages: Tokens,
}

impl Service {
    /// Ends a token, at once in this process.
    pub(crate) async fn revoke_token(
        &self,
        by: &HolderId,
        token_id: &str,
        asked: ledger::Asked,
    ) -> Result<(), Fault> {
        let hash = self.vault.revoke_token(by, token_id, asked).await?;
        self.bearers.forget(hash);
        Ok(())
    }

    /// The token of the next page; empty when this one was not full.
    pub(crate) fn next_page(&self, query: &[u8], size: usize, count: usize, last: Option<u64>) -> String {
        match last {
            Some(last) if count == size => self.pages.seal(query, &last),
            _ => String::new(),
        }
    }
}
