//! The hotline's gRPC contract: messages, clients and servers generated from `hotline/**/*.proto`.
//!
//! Owns the `.proto` files and nothing else. Start at `hotline/tickets/v1/tickets.proto`.

#![allow(missing_docs, reason = "the documentation stands in the .proto files")]

/// What every package shares.
pub mod common {
    pub mod v1 {
        tonic::include_proto!("hotline.common.v1");
    }
}

macro_rules! packages {
    ($($name:ident = $path:literal),+ $(,)?) => {
        $(pub mod $name {
            pub mod v1 {
                tonic::include_proto!($path);
            }
        })+
    };
}

packages!(
    tickets = "hotline.tickets.v1",
    intake = "hotline.intake.v1",
    triage = "hotline.triage.v1",
    supervision = "hotline.supervision.v1",
    feedback = "hotline.feedback.v1",
    vault = "hotline.vault.v1",
    insight = "hotline.insight.v1",
);

/// Every `.proto` file with comments, as a serialized `FileDescriptorSet`: for reflection and for tests that walk it.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hotline.bin"));
