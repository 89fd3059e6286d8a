//! The gRPC rim every role shares.
//!
//! Owns what surrounds a role's use cases: [`link`] (calls between roles, in one process or between several),
//! [`server`] (the stack a generated server stands in: [`trace`], [`auth`], [`access`]), [`call`] (who calls, in which
//! language), [`fault`] (the one error of role services), [`page`] tokens, [`clock`], [`drain`], [`follow`]ing the
//! feed, [`rules`] and the conversions of [`wire`]. Decides nothing about tickets, keeps nothing on disk, reads no
//! environment and knows no telemetry library. Start at [`server::Role`].

#![warn(missing_docs)]

pub mod access;
pub mod auth;
pub mod call;
pub mod clock;
pub mod detach;
pub mod drain;
pub mod fault;
pub mod follow;
pub mod hand;
mod header;
pub mod insist;
pub mod link;
mod malformed;
pub mod page;
pub mod reason;
pub mod rules;
pub mod server;
pub mod trace;
pub mod wire;

/// The names of the hotline's own roles, as they stand in links, headers and configuration.
pub const ROLES: [&str; 8] = [
    "tickets",
    "intake",
    "triage",
    "supervision",
    "feedback",
    "insight",
    "vault",
    "gateway",
];

/// The `'static` name of one of the hotline's own roles.
pub fn role_name(text: &str) -> Option<&'static str> {
    ROLES.into_iter().find(|name| *name == text)
}
