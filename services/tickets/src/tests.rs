//! The use cases on the memory store, beside a vault of paper: what touches several tickets, and what follows a ruling.

mod audit;
mod city;
mod due;
mod precedents;
mod several;
mod vault;

use std::sync::Arc;

use domain::access::{Actor, Role};
use domain::id::{HolderId, TicketNumber, UnitId};
use domain::rules::Bundle;
use domain::ticket::Ticket;
use jiff::Timestamp;
use kit::auth::Bearers;
use kit::call::Call;
use kit::clock::{SteppedClock, TrustedClock};
use kit::drain::Drain;
use kit::fault::Fault;
use kit::link::Link;
use proto::common::v1 as common;
use proto::tickets::v1 as pb;
use proto::vault::v1::vault_service_server::VaultServiceServer;
use storage::Memory;
use storage::port::Ledger;

use crate::service::Tickets;
use crate::wire::{self, Ordering};
use crate::{Deps, FirstRules};

/// A city's tickets.
struct House {
    tickets: Tickets,
    ledger: Arc<Memory>,
    clock: SteppedClock,
    asked: std::sync::atomic::AtomicU32,
}

/// A Friday morning.
fn morning() -> Timestamp {
    "2026-11-20T01:00:00Z".parse().unwrap()
}

fn by(holder: &str, role: Role, unit: Option<&str>) -> Call {
    Call::by(Actor {
        holder: HolderId::parse(holder).unwrap(),
        role,
        unit: unit.map(|unit| UnitId::parse(unit).unwrap()),
        cleared: false,
    })
}

fn triager() -> Call {
    by("lin", Role::Triager, None)
}

fn operator() -> Call {
    by("wang", Role::Operator, None)
}

fn supervisor() -> Call {
    by("du", Role::Supervisor, None)
}

fn cleared(call: Call) -> Call {
    let actor = Actor {
        cleared: true,
        ..call.actor
    };
    Call::by(actor)
}

async fn open(ledger: Arc<Memory>, clock: &SteppedClock, bundle: Bundle) -> Tickets {
    let vault = Link::local(VaultServiceServer::new(vault::Paper::default()));
    let clock = TrustedClock::new(Arc::new(clock.clone()), None);
    let deps = Deps {
        ledger,
        vault: vault.clone(),
        clock: clock.clone(),
        token_key: [7; 32],
        rules: FirstRules::Now(Box::new(bundle)),
        audit_at: None,
        drain: Drain::new(),
        bearers: Bearers::new(vault, clock),
    };
    Tickets::open(deps).await.unwrap()
}

impl House {
    async fn new() -> Self {
        let (ledger, clock) = (Arc::new(Memory::new()), SteppedClock::new(morning()));
        Self {
            tickets: open(ledger.clone(), &clock, city::bundle()).await,
            ledger,
            clock,
            asked: 0.into(),
        }
    }

    /// The same ledger after a restart with the city's files.
    async fn again(&self) -> Tickets {
        open(self.ledger.clone(), &self.clock, city::bundle()).await
    }

    /// A name for a mutation that was not used yet.
    fn id(&self) -> String {
        let nth = self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("r{nth}")
    }

    async fn register(&self, phone: &str) -> TicketNumber {
        self.registered(phone, &operator(), |_| {}).await
    }

    async fn registered(
        &self,
        phone: &str,
        call: &Call,
        change: impl FnOnce(&mut pb::RegisterRequest),
    ) -> TicketNumber {
        let mut request = pb::RegisterRequest {
            request_id: self.id(),
            channel: common::Channel::Phone.into(),
            r#type: common::RequestType::Complaint.into(),
            subject: "夜间噪音".to_owned(),
            body: "工地夜里施工".to_owned(),
            category: "urban.noise".to_owned(),
            area: "s1".to_owned(),
            identity: Some(identity(phone)),
            ..pb::RegisterRequest::default()
        };
        change(&mut request);
        let registration = wire::registration(&request).ok().unwrap();
        let (ticket, _) = self.tickets.register(call, registration).await.unwrap();
        ticket.number
    }

    /// Any command.
    async fn ask(&self, call: &Call, request: &impl Ordering) -> Result<Vec<Ticket>, Fault> {
        self.tickets.execute(call, wire::order(call, request)?).await
    }

    async fn merge(&self, child: TicketNumber, incident: TicketNumber) -> Result<Vec<Ticket>, Fault> {
        let request = pb::MergeRequest {
            number: child.to_string(),
            request_id: self.id(),
            incident: incident.to_string(),
            ..pb::MergeRequest::default()
        };
        self.ask(&triager(), &request).await
    }

    async fn dispatch(&self, number: TicketNumber, lead: &str) -> Ticket {
        let request = pb::DispatchRequest {
            number: number.to_string(),
            request_id: self.id(),
            lead_unit: lead.to_owned(),
            reason: "职责所在".to_owned(),
            ..pb::DispatchRequest::default()
        };
        self.ask(&triager(), &request).await.unwrap().remove(0)
    }

    async fn ticket(&self, number: TicketNumber) -> Ticket {
        self.ledger.load(number).await.unwrap().unwrap()
    }
}

fn identity(phone: &str) -> common::Identity {
    common::Identity {
        name: "王小明".to_owned(),
        phone: phone.to_owned(),
        ..common::Identity::default()
    }
}

#[tokio::test]
async fn who_comes_late_is_told_how_the_ticket_stands_and_nothing_else() {
    let house = House::new().await;
    let number = house.register("1").await;
    let before = house.ticket(number).await.version;
    house.dispatch(number, "water").await;

    let late = pb::AnnotateRequest {
        number: number.to_string(),
        request_id: house.id(),
        expected_version: Some(before),
        note: "重复".to_owned(),
    };
    let fault = house.ask(&triager(), &late).await.unwrap_err();
    let ticket = house.ticket(number).await;
    assert_eq!(fault.reason(), "VERSION_MOVED");
    let facts = ["version", "phase", "step_holder", "lead_unit", "update_time"];
    assert_eq!(
        facts.map(|fact| fault.fact(fact).unwrap().to_owned()),
        [
            ticket.version.to_string(),
            "dispatched".to_owned(),
            "water".to_owned(),
            "water".to_owned(),
            ticket.updated_at.to_string()
        ]
    );
    let status = fault.status(kit::call::Language::En);
    let told = tonic_types::StatusExt::get_error_details(&status);
    assert_eq!(told.error_info().unwrap().metadata.len(), facts.len());
}
