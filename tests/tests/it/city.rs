//! A city to test in: real servers on loopback sockets, real files in a temporary directory, tokens as people have
//! them, and a clock that stands until it is stepped. In one process, or split in two.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use hotline::client::{Answer as _, Client, Failure, Target};
use hotline::config::{Config, Raw, resolve};
use hotline::out::Lang;
use hotline::serve::{self, Serving};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kit::clock::SteppedClock;
use proto::common::v1 as common;
use proto::intake::v1::{SubmitComplaintRequest, SubmitComplaintResponse};
use proto::tickets::v1 as pb;
use proto::vault::v1::CreateTokenRequest;
use tempfile::TempDir;
use uuid::Uuid;

/// How long a condition may take to come true. A condition that never does is a failure, not a wait.
const WITHIN: Duration = Duration::from_secs(30);

/// A Monday morning before the demonstration city's calendar has anything unusual.
pub(crate) const MONDAY: &str = "2026-11-16T09:00";

pub(crate) struct City {
    pub(crate) clock: SteppedClock,
    serving: Vec<Serving>,
    front: SocketAddr,
    back: SocketAddr,
    pub(crate) data: TempDir,
    administrator: String,
    tokens: Mutex<BTreeMap<String, String>>,
}

fn at(local: &str) -> Timestamp {
    let local: DateTime = local.parse().unwrap();
    jiff::tz::Offset::constant(8).to_timestamp(local).unwrap()
}

fn config(data: &std::path::Path, change: impl FnOnce(&mut Raw)) -> Config {
    let mut raw = Raw {
        data: Some(data.display().to_string()),
        listen: Some("127.0.0.1:0".to_owned()),
        drain_seconds: Some(10),
        ..Raw::defaults()
    };
    change(&mut raw);
    resolve(raw).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn client(addr: SocketAddr, token: Option<String>) -> Client {
    let target = Target {
        addr: addr.to_string(),
        token,
        ca: None,
        timeout: WITHIN,
    };
    Client::open(&target, Lang::En).unwrap()
}

impl City {
    /// All roles in one process, on a Monday morning.
    pub(crate) async fn open() -> City {
        City::open_at(MONDAY).await
    }

    /// All roles in one process.
    pub(crate) async fn open_at(local: &str) -> City {
        let data = tempfile::tempdir().unwrap();
        let clock = SteppedClock::new(at(local));
        let config = config(data.path(), |_| {});
        let serving = serve::start(&config, Arc::new(clock.clone())).await.unwrap();
        let addr = serving.addr();
        City::of(clock, vec![serving], addr, addr, data)
    }

    /// Tickets and vault in one process, the rest in another.
    pub(crate) async fn split() -> City {
        let data = tempfile::tempdir().unwrap();
        let clock = SteppedClock::new(at(MONDAY));
        let secret = data.path().join("shared.secret");
        std::fs::write(&secret, Uuid::new_v4().simple().to_string()).unwrap();
        let (core, rim) = (
            ["tickets", "vault"],
            ["intake", "triage", "supervision", "feedback", "insight"],
        );
        let rim_listens = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let owned = |roles: &[&str]| Some(roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>());
        let to = |roles: &[&str], addr: SocketAddr| {
            roles
                .iter()
                .map(|role| ((*role).to_owned(), format!("http://{addr}")))
                .collect()
        };
        let back = config(&data.path().join("back"), |raw| {
            raw.roles = owned(&core);
            raw.role_secret_file = Some(secret.display().to_string());
            raw.links = to(&rim, rim_listens);
        });
        let back = serve::start(&back, Arc::new(clock.clone())).await.unwrap();
        let front = config(&data.path().join("front"), |raw| {
            raw.listen = Some(rim_listens.to_string());
            raw.roles = owned(&rim);
            raw.role_secret_file = Some(secret.display().to_string());
            raw.links = to(&core, back.addr());
        });
        let front = serve::start(&front, Arc::new(clock.clone())).await.unwrap();
        let (front_at, back_at) = (front.addr(), back.addr());
        City::of(clock, vec![front, back], front_at, back_at, data)
    }

    fn of(
        clock: SteppedClock,
        serving: Vec<Serving>,
        front: SocketAddr,
        back: SocketAddr,
        data: TempDir,
    ) -> City {
        let token = ["admin.token", "back/admin.token"]
            .iter()
            .find_map(|file| std::fs::read_to_string(data.path().join(file)).ok())
            .expect("the first start writes the administrator's token");
        let administrator = token.trim().to_owned();
        City {
            clock,
            serving,
            front,
            back,
            data,
            administrator,
            tokens: Mutex::default(),
        }
    }

    /// Ends cleanly and opens the same directory again at the same time of the clock.
    pub(crate) async fn reopen(self) -> City {
        self.reopen_after(|| ()).await
    }

    /// The same, with something that happens while it is down.
    pub(crate) async fn reopen_after(self, meanwhile: impl FnOnce()) -> City {
        let City {
            clock, serving, data, ..
        } = self;
        for one in serving {
            one.stop().await.unwrap();
        }
        meanwhile();
        let config = config(data.path(), |_| {});
        let serving = serve::start(&config, Arc::new(clock.clone())).await.unwrap();
        let addr = serving.addr();
        City::of(clock, vec![serving], addr, addr, data)
    }

    pub(crate) async fn close(self) {
        for one in self.serving {
            one.stop().await.unwrap();
        }
    }

    // People.

    pub(crate) fn administrator(&self) -> Desk {
        self.bearer(&self.administrator)
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Desk {
        Desk {
            core: client(self.back, None),
            rim: client(self.front, None),
        }
    }

    /// Somebody with this text as a token.
    pub(crate) fn bearer(&self, token: &str) -> Desk {
        let token = Some(token.to_owned());
        Desk {
            core: client(self.back, token.clone()),
            rim: client(self.front, token),
        }
    }

    /// A desk of the hotline.
    pub(crate) async fn desk(&self, role: common::Role) -> Desk {
        self.person(role, "", false).await
    }

    /// The same, cleared for the sealed desk.
    pub(crate) async fn cleared(&self, role: common::Role) -> Desk {
        self.person(role, "", true).await
    }

    pub(crate) async fn clerk(&self, unit: &str) -> Desk {
        self.person(common::Role::UnitClerk, unit, false).await
    }

    pub(crate) async fn person(&self, role: common::Role, unit: &str, cleared: bool) -> Desk {
        let holder = format!(
            "{}{}{}",
            role.as_str_name().to_lowercase(),
            unit,
            if cleared { ".cleared" } else { "" }
        );
        let known = self.tokens.lock().unwrap().get(&holder).cloned();
        if let Some(token) = known {
            return self.bearer(&token);
        }
        let token = self.token(&holder, role, unit, cleared, 0).await.token;
        self.tokens.lock().unwrap().insert(holder, token.clone());
        self.bearer(&token)
    }

    pub(crate) async fn token(
        &self,
        holder: &str,
        role: common::Role,
        unit: &str,
        cleared: bool,
        ttl_seconds: u64,
    ) -> proto::vault::v1::CreateTokenResponse {
        let request = CreateTokenRequest {
            holder: holder.to_owned(),
            role: role.into(),
            unit: unit.to_owned(),
            cleared,
            ttl_seconds,
            request_id: fresh(),
        };
        self.administrator()
            .core
            .vault()
            .create_token(request)
            .await
            .answer()
            .unwrap()
    }

    /// A bare channel to the process that serves a method.
    pub(crate) fn channel_of(&self, path: &str) -> tonic::transport::Channel {
        let is_core = path.contains(".tickets.") || path.contains(".vault.");
        let addr = if is_core { self.back } else { self.front };
        tonic::transport::Endpoint::from_shared(format!("http://{addr}"))
            .unwrap()
            .connect_lazy()
    }

    // Time.

    /// Steps the clock to a local time.
    pub(crate) fn it_is(&self, local: &str) {
        self.clock.step_to(at(local));
    }

    // Waiting on what follows, by the feed: no sleeps.

    /// The ticket once `wanted` holds for it.
    pub(crate) async fn until(&self, number: &str, wanted: impl Fn(&pb::Ticket) -> bool) -> pb::Ticket {
        let watcher = self.cleared(common::Role::Supervisor).await;
        let mut feed = watcher
            .core
            .without_deadline()
            .tickets()
            .watch(pb::WatchRequest::default())
            .await
            .unwrap()
            .into_inner();
        let watching = async {
            while let Some(sent) = feed.next().await {
                let Some(ticket) = sent.unwrap().change.and_then(|change| change.ticket) else {
                    continue;
                };
                if ticket.number == number && wanted(&ticket) {
                    return ticket;
                }
            }
            panic!("the feed ended")
        };
        match tokio::time::timeout(WITHIN, watching).await {
            Ok(ticket) => ticket,
            Err(_) => panic!(
                "not in time; the ticket stands so: {:?}",
                watcher.ticket(number).await
            ),
        }
    }

    /// The ticket once triage has dispatched or held it.
    pub(crate) async fn triaged(&self, number: &str) -> pb::Ticket {
        self.until(number, |ticket| {
            !ticket.lead_unit.is_empty() || !ticket.hold.is_empty()
        })
        .await
    }

    // What most stories begin with.

    /// A broken street lamp in Longhu, by the web: ordinary, certain, dispatched by itself.
    pub(crate) async fn lamp(&self) -> SubmitComplaintResponse {
        self.submit(lamp()).await
    }

    pub(crate) async fn submit(&self, request: SubmitComplaintRequest) -> SubmitComplaintResponse {
        let channel = self.desk(common::Role::Channel).await;
        channel
            .rim
            .intake()
            .submit_complaint(request)
            .await
            .answer()
            .unwrap()
    }

    /// A lamp that is signed, contacted and replied to as solved.
    pub(crate) async fn replied_lamp(&self) -> (SubmitComplaintResponse, pb::Ticket) {
        let taken = self.lamp().await;
        let ticket = self.triaged(&taken.number).await;
        for leg in &ticket.legs {
            let clerk = self.clerk(&leg.unit).await;
            clerk.sign(&taken.number).await.unwrap();
        }
        for leg in ticket.legs.iter().rev() {
            let clerk = self.clerk(&leg.unit).await;
            clerk.contact(&taken.number, true).await.unwrap();
            clerk.reply(&taken.number, common::Claim::Solved).await.unwrap();
        }
        let auditor = self.desk(common::Role::Auditor).await;
        let ticket = auditor.ticket(&taken.number).await.unwrap();
        (taken, ticket)
    }
}

/// A message about a broken street lamp.
pub(crate) fn lamp() -> SubmitComplaintRequest {
    SubmitComplaintRequest {
        request_id: fresh(),
        channel: common::Channel::Web.into(),
        r#type: common::RequestType::Complaint.into(),
        subject: "路灯不亮".to_owned(),
        body: "龙湖区珠池街道丰泽庄门口的路灯坏了三天，晚上路灯不亮看不清路，请派人维修路灯。".to_owned(),
        place: "龙湖区珠池街道".to_owned(),
        standing: common::Standing::Own.into(),
        identity: Some(common::Identity {
            name: "吴小满".to_owned(),
            phone: "13900007001".to_owned(),
            ..common::Identity::default()
        }),
        ..SubmitComplaintRequest::default()
    }
}

pub(crate) fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// Somebody with a client to each process.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) core: Client,
    pub(crate) rim: Client,
}

type Ticket = Result<pb::Ticket, Failure>;

macro_rules! says {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) = $call:ident($request:ident { $($field:ident: $value:expr),* $(,)? });)+) => {
        impl Desk {
            $($(#[$doc])*
            pub(crate) async fn $name(&self, number: &str $(, $arg: $type)*) -> Ticket {
                let request = pb::$request {
                    number: number.to_owned(),
                    request_id: fresh(),
                    $($field: $value,)*
                    ..pb::$request::default()
                };
                Ok(self.core.tickets().$call(request).await.answer()?.ticket.unwrap())
            })+
        }
    };
}

says! {
    sign() = sign(SignRequest {});
    contact(reached: bool) = record_first_contact(RecordFirstContactRequest { means: common::Means::Phone.into(), reached: reached });
    stage() = stage_report(StageReportRequest { controlled: true, done: "已到场处置".to_owned() });
    reply(claim: common::Claim) = submit_reply(SubmitReplyRequest {
        claim: claim.into(),
        found: "灯杆线路老化".to_owned(),
        done: "已更换线路和灯具".to_owned(),
        decided: "恢复照明".to_owned(),
        legal_basis: "城市照明管理规定".to_owned(),
    });
    pass() = audit_reply(AuditReplyRequest { passed: true });
    fail(fault: common::AuditFault) = audit_reply(AuditReplyRequest { fault: fault.into(), reason: "未附现场照片".to_owned() });
    missed() = record_callback(RecordCallbackRequest {});
    answered(solved: bool, rating: common::Rating) = record_callback(RecordCallbackRequest { reached: true, solved: Some(solved), rating: rating.into() });
    rework() = order_rework(OrderReworkRequest { reason: "仍未解决".to_owned() });
    urge() = urge(UrgeRequest {});
    annotate(note: &str) = annotate(AnnotateRequest { note: note.to_owned() });
    withdraw() = withdraw(WithdrawRequest { reason: "已自行解决".to_owned() });
    reopen() = reopen(ReopenRequest { reason: "问题再次出现".to_owned() });
    escalate(level: common::Level) = escalate(EscalateRequest { level: level.into(), reason: "影响面大".to_owned() });
    decline(reason: common::DeclineReason) = decline(DeclineRequest { reason: reason.into(), explanation: "请依法通过诉讼途径解决".to_owned() });
    answer(agrees: bool) = answer_directly(AnswerDirectlyRequest { article: "guide-1".to_owned(), answer: "工作日上午九点开门".to_owned(), caller_agrees: agrees });
    transfer(service: common::EmergencyService, confirmed: bool) = transfer_out(TransferOutRequest { service: service.into(), confirmed: confirmed });
    dispatch(unit: &str) = dispatch(DispatchRequest { lead_unit: unit.to_owned(), reason: "职责所在".to_owned() });
    seal_against(unit: &str) = seal(SealRequest { accused: Some(accused(unit)) });
    classify_grade(grade: common::Grade) = classify(ClassifyRequest { grade: grade.into() });
    classify_as(category: &str, area: &str) = classify(ClassifyRequest { category: category.to_owned(), area: area.to_owned() });
    add_contact() = add_contact(AddContactRequest { channel: common::Channel::Phone.into(), body: "又坏了".to_owned() });
}

pub(crate) fn accused(unit: &str) -> common::Accused {
    common::Accused {
        who: Some(common::accused::Who::Unit(unit.to_owned())),
    }
}

impl Desk {
    pub(crate) async fn ticket(&self, number: &str) -> Ticket {
        let request = pb::GetTicketRequest {
            number: number.to_owned(),
            view: pb::TicketView::Full.into(),
        };
        Ok(self
            .core
            .tickets()
            .get_ticket(request)
            .await
            .answer()?
            .ticket
            .unwrap())
    }

    /// Every ticket a query gives, over all its pages.
    pub(crate) async fn list(&self, query: pb::ListTicketsRequest) -> Vec<pb::Ticket> {
        let (mut tickets, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListTicketsRequest {
                page_token: token,
                ..query.clone()
            };
            let page = self.core.tickets().list_tickets(request).await.answer().unwrap();
            tickets.extend(page.tickets);
            token = page.next_page_token;
            if token.is_empty() {
                return tickets;
            }
        }
    }

    /// The whole history of a ticket, with words.
    pub(crate) async fn history(&self, number: &str) -> Vec<pb::TicketEvent> {
        let (mut events, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListTicketEventsRequest {
                number: number.to_owned(),
                words: true,
                page_size: 200,
                page_token: token,
            };
            let page = self
                .core
                .tickets()
                .list_ticket_events(request)
                .await
                .answer()
                .unwrap();
            events.extend(page.events);
            token = page.next_page_token;
            if token.is_empty() {
                return events;
            }
        }
    }
}

/// The code and reason of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> (tonic::Code, String) {
    let failure = outcome.expect_err("this is to be refused");
    (failure.code, failure.reason.unwrap_or_default())
}

/// Local time of a message's time, to the minute.
pub(crate) fn local(time: &Option<prost_types::Timestamp>) -> String {
    let time = time.as_ref().expect("a time is there");
    let at = Timestamp::new(time.seconds, time.nanos).unwrap();
    jiff::tz::Offset::constant(8)
        .to_datetime(at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
