//! Exit codes, which scripts rely on, and the last words of a run that failed.
//!
//! | code | when |
//! | --- | --- |
//! | 0 | done |
//! | 1 | refused by a rule, or failed for a reason of its own |
//! | 2 | wrong usage: an argument, a field or a configuration key is not right |
//! | 3 | no such thing, or not visible to this caller |
//! | 4 | not allowed, or the token is missing, wrong or expired |
//! | 5 | unavailable, overloaded or too slow: try again later |
//! | 6 | conflict: the ticket has moved on, or the request id was used for something else |
//! | 7 | damaged: stored bytes are unreadable or do not verify |

use std::io;
use std::process::ExitCode;

use owo_colors::OwoColorize as _;
use tonic::Code;

use crate::client::Failure;
use crate::out::Out;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Refused or failed.
    Failed,
    /// Wrong usage.
    Usage,
    /// No such thing.
    NotFound,
    /// Not allowed.
    NotAllowed,
    /// Try again later.
    Unavailable,
    /// Somebody else was first.
    Conflict,
    /// Stored bytes are wrong.
    Damaged,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::NotAllowed => 4,
            Self::Unavailable => 5,
            Self::Conflict => 6,
            Self::Damaged => 7,
        }
    }

    /// How a run ends that the server answered with `code`.
    pub fn of(code: Code) -> Self {
        match code {
            Code::Ok => Self::Done,
            Code::InvalidArgument | Code::OutOfRange => Self::Usage,
            Code::NotFound => Self::NotFound,
            Code::PermissionDenied | Code::Unauthenticated => Self::NotAllowed,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => Self::Unavailable,
            Code::Aborted | Code::AlreadyExists => Self::Conflict,
            Code::DataLoss => Self::Damaged,
            Code::Cancelled
            | Code::Unknown
            | Code::FailedPrecondition
            | Code::Unimplemented
            | Code::Internal => Self::Failed,
        }
    }
}

/// An end this program itself decides on, with what to say.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Stop {
    /// How it ends.
    pub exit: Exit,
    /// Why, and what to do.
    pub message: String,
}

impl Stop {
    /// Ends a run so.
    pub fn because(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        Self {
            exit,
            message: message.into(),
        }
        .into()
    }
}

/// How a run ends with this error.
pub fn of(error: &anyhow::Error) -> Exit {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stop.exit;
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return Exit::of(failure.code);
    }
    // A reader that has seen enough, as in `hotline ticket list | head`, is no failure.
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed) {
        Exit::Done
    } else {
        Exit::Failed
    }
}

/// Says why on standard error, and how it ends.
pub fn report(error: &anyhow::Error, out: &Out) -> ExitCode {
    let exit = of(error);
    if exit != Exit::Done {
        let label = out.say("错误", "error");
        match error.downcast_ref::<Failure>() {
            Some(failure) => out.warn(format_args!(
                "{}: {}",
                label.red().bold(),
                failure.explain(out.lang())
            )),
            None => out.warn(format_args!("{}: {error:#}", label.red().bold())),
        }
    }
    ExitCode::from(exit.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_of_the_server_has_its_exit_code() {
        let codes = [
            (Code::Ok, 0),
            (Code::FailedPrecondition, 1),
            (Code::Internal, 1),
            (Code::InvalidArgument, 2),
            (Code::NotFound, 3),
            (Code::PermissionDenied, 4),
            (Code::Unauthenticated, 4),
            (Code::Unavailable, 5),
            (Code::ResourceExhausted, 5),
            (Code::DeadlineExceeded, 5),
            (Code::Aborted, 6),
            (Code::AlreadyExists, 6),
            (Code::DataLoss, 7),
        ];
        for (code, exit) in codes {
            assert_eq!(Exit::of(code).code(), exit, "{code:?}");
        }
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let closed =
            anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing the list");
        assert_eq!(of(&closed), Exit::Done);
        assert_eq!(of(&anyhow::anyhow!("anything else")), Exit::Failed);
        assert_eq!(
            of(&Stop::because(Exit::Damaged, "the chain is broken")),
            Exit::Damaged
        );
    }
}
