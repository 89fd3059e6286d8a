//! A role as the binary sees it: a name, and a server in its stack, reachable from within and from the network.

use std::convert::Infallible;

use http::{Request, Response};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

use crate::auth::{Auth, Bearers};
use crate::clock::SharedClock;
use crate::drain::Drain;
use crate::link::{Link, RoleSecret};
use crate::trace::Traced;

/// The largest message taken, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// What every role of a process is given. One per process, cheap to clone.
#[derive(Clone)]
pub struct Rim {
    /// What time it is.
    pub clock: SharedClock,
    /// Where tasks begin.
    pub drain: Drain,
    /// Whom bearers belong to.
    pub bearers: Bearers,
    /// What the roles know each other by.
    pub secret: RoleSecret,
}

impl Rim {
    /// A rim whose bearers are asked of the vault behind `vault` (which may be deferred).
    pub fn new(vault: Link, clock: SharedClock, drain: Drain, secret: RoleSecret) -> Self {
        Self {
            bearers: Bearers::new(vault, SharedClock::clone(&clock)),
            clock,
            drain,
            secret,
        }
    }
}

/// A generated server in the stack every role shares: a span, then the caller and the table of access.
pub type Stacked<S> = Traced<Auth<S>>;

/// Puts a generated server into the stack. Both a [`Link::local`] and the network's routes are made of the outcome.
pub fn stack<S>(service: S, rim: &Rim) -> Stacked<S> {
    Traced::new(Auth::new(service, rim.bearers.clone(), rim.secret.clone()))
}

/// Gives a generated server the limits and encodings all of ours have: `limited!(VaultServiceServer::new(rpc))`.
/// Decoding at most [`MESSAGE_BYTES_MAX`]; gzip and zstd taken and sent.
#[macro_export]
macro_rules! limited {
    ($server:expr) => {
        $server
            .max_decoding_message_size($crate::server::MESSAGE_BYTES_MAX)
            .accept_compressed($crate::server::Encoding::Gzip)
            .accept_compressed($crate::server::Encoding::Zstd)
            .send_compressed($crate::server::Encoding::Gzip)
            .send_compressed($crate::server::Encoding::Zstd)
    };
}

pub use tonic::codec::CompressionEncoding as Encoding;

/// One role of the hotline, ready to be served.
pub struct Role {
    name: &'static str,
    service: &'static str,
    link: Link,
    add: Box<dyn FnOnce(Routes) -> Routes + Send>,
}

impl Role {
    /// A role whose server is `service` (see [`crate::limited!`]), put into the stack here.
    pub fn new<S>(name: &'static str, service: S, rim: &Rim) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let stacked = stack(service, rim);
        let link = Link::local(stacked.clone());
        Self {
            name,
            service: S::NAME,
            link,
            add: Box::new(move |routes| routes.add_service(stacked)),
        }
    }

    /// Its name: one of [`crate::ROLES`].
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The full name of its gRPC service, for health.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// A link to it within this process.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Adds it to the routes of a tonic transport server.
    pub fn add_to(self, routes: Routes) -> Routes {
        (self.add)(routes)
    }
}
