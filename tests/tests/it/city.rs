//! A city to test in: real servers on loopback sockets, real files in a temporary directory, tokens as people have
//! them, and a clock that stands until it is stepped. In one process, or split in two.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use hotline::client::{Answer as _, Client, Failure, Target};
use hotline::config::{Config, Raw, RawTriage, resolve};
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
        // The words of the lexicon alone: a test that is about the classifier asks for it.
        triage: RawTriage {
            model: Some("none".to_owned()),
        },
        ..Raw::defaults()
    };
    change(&mut raw);
    resolve(raw).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The demonstration city's files with some lines changed, in a folder of their own.
fn changed_rules(dir: &std::path::Path, changes: &[(&str, &str, &str)]) -> (String, String) {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
    std::fs::create_dir_all(dir).unwrap();
    let files = std::fs::read_dir(repository.join("shantou")).unwrap();
    let profile = repository.join("profiles/general.toml");
    for file in files.map(|file| file.unwrap().path()).chain([profile]) {
        let name = file.file_name().unwrap().to_owned();
        // What is no text, such as a classifier, is not changed and not needed.
        let Ok(mut text) = std::fs::read_to_string(&file) else {
            continue;
        };
        for (_, old, new) in changes.iter().filter(|(of, ..)| name.to_str() == Some(*of)) {
            assert!(text.contains(old), "{old} is not in {name:?}");
            text = text.replacen(old, new, 1);
        }
        std::fs::write(dir.join(name), text).unwrap();
    }
    let path = |path: std::path::PathBuf| path.display().to_string();
    (path(dir.to_owned()), path(dir.join("general.toml")))
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
        City::open_with(local, &[]).await
    }

    /// The same, under the demonstration city's rules with a few lines changed: file, old line, new line.
    pub(crate) async fn open_with(local: &str, changes: &[(&str, &str, &str)]) -> City {
        City::open_changed(local, changes, |_| ()).await
    }

    /// The same, configured otherwise too.
    pub(crate) async fn open_changed(
        local: &str,
        changes: &[(&str, &str, &str)],
        change: impl FnOnce(&mut Raw),
    ) -> City {
        let data = tempfile::tempdir().unwrap();
        let clock = SteppedClock::new(at(local));
        let rules = (!changes.is_empty()).then(|| changed_rules(&data.path().join("rules"), changes));
        let config = config(data.path(), |raw| {
            if let Some((dir, profile)) = rules {
                (raw.rules, raw.profile) = (Some(dir), Some(profile));
            }
            change(raw);
        });
        let serving = serve::start(&config, Arc::new(clock.clone())).await.unwrap();
        let addr = serving.addr();
        City::of(clock, vec![serving], addr, addr, data)
    }

    /// All roles in one process, configured otherwise.
    pub(crate) async fn open_as(local: &str, change: impl FnOnce(&mut Raw)) -> City {
        let data = tempfile::tempdir().unwrap();
        let clock = SteppedClock::new(at(local));
        let config = config(data.path(), change);
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
        self.reopen_as(|_| meanwhile()).await
    }

    /// The same, configured otherwise.
    pub(crate) async fn reopen_as(self, change: impl FnOnce(&mut Raw)) -> City {
        let City {
            clock, serving, data, ..
        } = self;
        for one in serving {
            one.stop().await.unwrap();
        }
        let config = config(data.path(), change);
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

    pub(crate) fn administrator_token(&self) -> &str {
        &self.administrator
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Desk {
        Desk {
            core: client(self.back, None),
            rim: client(self.front, None),
            expected: None,
        }
    }

    /// Somebody with this text as a token.
    pub(crate) fn bearer(&self, token: &str) -> Desk {
        let token = Some(token.to_owned());
        Desk {
            core: client(self.back, token.clone()),
            rim: client(self.front, token),
            expected: None,
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

    /// Another one of the same role and unit, with a name of his own; cleared.
    pub(crate) async fn colleague(&self, name: &str, role: common::Role, unit: &str) -> Desk {
        let token = self.token(name, role, unit, true, 0).await.token;
        self.bearer(&token)
    }

    /// The same colleague again.
    pub(crate) async fn colleague_known(&self, name: &str, role: common::Role) -> Desk {
        let holder = format!("{name}.{}", role.as_str_name().to_lowercase());
        let known = self.tokens.lock().unwrap().get(&holder).cloned();
        if let Some(token) = known {
            return self.bearer(&token);
        }
        let token = self.token(&holder, role, "", true, 0).await.token;
        self.tokens.lock().unwrap().insert(holder, token.clone());
        self.bearer(&token)
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

    /// The ticket once `wanted` holds for it: now, or with one of the changes that follow.
    pub(crate) async fn until(&self, number: &str, wanted: impl Fn(&pb::Ticket) -> bool) -> pb::Ticket {
        let watcher = self.cleared(common::Role::Supervisor).await;
        let from_now = pb::WatchRequest {
            from_now: true,
            ..pb::WatchRequest::default()
        };
        let mut feed = watcher
            .core
            .without_deadline()
            .tickets()
            .watch(from_now)
            .await
            .unwrap()
            .into_inner();
        let now = pb::GetTicketRequest {
            number: number.to_owned(),
            view: pb::TicketView::Basic.into(),
        };
        let now = watcher.core.tickets().get_ticket(now).await.answer();
        if let Some(ticket) = now.unwrap().ticket.filter(&wanted) {
            return ticket;
        }
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

    /// A caller's matter, as the operator takes it down.
    pub(crate) async fn taken(&self, told: pb::RegisterRequest) -> Taken {
        let operator = self.desk(common::Role::Operator).await;
        let registered = operator.core.tickets().register(told).await.answer().unwrap();
        Taken {
            number: registered.ticket.unwrap().number,
            code: registered.query_code,
        }
    }

    /// The same, once triage waits for a person.
    pub(crate) async fn held(&self, told: pb::RegisterRequest) -> Taken {
        let taken = self.taken(told).await;
        let ticket = self.triaged(&taken.number).await;
        assert!(!ticket.hold.is_empty(), "a person is to look at it: {ticket:?}");
        taken
    }

    /// The same, sent by a triager to the first of `units`, the others helping.
    pub(crate) async fn sent(
        &self,
        told: pb::RegisterRequest,
        category: &str,
        area: &str,
        units: &[&str],
    ) -> Taken {
        let taken = self.held(told).await;
        let triager = self.cleared(common::Role::Triager).await;
        triager.send(&taken.number, category, area, units).await.unwrap();
        taken
    }

    /// Units sign for it and ring the resident.
    pub(crate) async fn begun(&self, number: &str, units: &[&str]) {
        for unit in units {
            let clerk = self.clerk(unit).await;
            clerk.sign(number).await.unwrap();
            clerk.contact(number, true).await.unwrap();
        }
    }

    pub(crate) async fn leader(&self, unit: &str) -> Desk {
        self.person(common::Role::UnitLeader, unit, false).await
    }

    pub(crate) async fn head(&self, unit: &str) -> Desk {
        self.person(common::Role::UnitHead, unit, false).await
    }

    /// A unit's reply: the leader signs, the clerk sends it.
    pub(crate) async fn replies(&self, unit: &str, number: &str, claim: common::Claim) -> pb::Ticket {
        self.leader(unit)
            .await
            .endorse(number, common::Act::Reply)
            .await
            .unwrap();
        self.clerk(unit).await.reply(number, claim).await.unwrap()
    }

    /// The lead has replied and the auditor has read it: the resident is to be rung.
    pub(crate) async fn answered(&self, unit: &str, number: &str, claim: common::Claim) -> pb::Ticket {
        self.replies(unit, number, claim).await;
        let auditor = self.cleared(common::Role::Auditor).await;
        auditor.pass(number).await.unwrap()
    }

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

/// What a caller was given.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) number: String,
    pub(crate) code: String,
}

pub(crate) fn identity(name: &str, phone: &str) -> common::Identity {
    common::Identity {
        name: name.to_owned(),
        phone: phone.to_owned(),
        ..common::Identity::default()
    }
}

/// What a caller tells: a subject, and the matter in his words.
pub(crate) fn told(kind: common::RequestType, subject: &str, body: &str) -> pb::RegisterRequest {
    pb::RegisterRequest {
        request_id: fresh(),
        channel: common::Channel::Phone.into(),
        r#type: kind.into(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        standing: common::Standing::Own.into(),
        identity: Some(identity("何大姐", "13900007002")),
        ..pb::RegisterRequest::default()
    }
}

/// A complaint from whose words nobody can tell yet what it is about: a person must look.
pub(crate) fn vague() -> pb::RegisterRequest {
    told(
        common::RequestType::Complaint,
        "有一件事想请你们管一管",
        "说来话长，见面再讲，请先记下来。",
    )
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
    expected: Option<u32>,
}

type Ticket = Result<pb::Ticket, Failure>;

/// How often somebody tries who is told that the ticket is changing too fast.
const TRIES: usize = 50;

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
                let request = pb::$request { expected_version: self.expected, ..request };
                // Told to try again, because levels of clocks are firing under his hands, he does.
                for _ in 1..TRIES {
                    match self.core.tickets().$call(request.clone()).await.answer() {
                        Err(failure) if failure.code == tonic::Code::Unavailable => {}
                        outcome => return Ok(outcome?.ticket.unwrap()),
                    }
                }
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

mod loops;
mod verbs;

pub(crate) use loops::due_at;

pub(crate) fn accused(unit: &str) -> common::Accused {
    common::Accused {
        who: Some(common::accused::Who::Unit(unit.to_owned())),
    }
}

impl Desk {
    /// The same person, who has this version on the screen and says so.
    pub(crate) fn knowing(&self, version: u32) -> Desk {
        Desk {
            expected: Some(version),
            ..self.clone()
        }
    }

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

/// A local time as a message bears it.
pub(crate) fn stamp(local: &str) -> Option<prost_types::Timestamp> {
    Some(kit::wire::timestamp(at(local)))
}

/// When the latest run of a clock is due: the lead's, or the ticket's own.
pub(crate) fn due(ticket: &pb::Ticket, kind: common::ClockKind) -> String {
    let lead = ticket.legs.first().map_or(0, |leg| leg.leg);
    let clock = ticket
        .clocks
        .iter()
        .find(|clock| clock.kind() == kind && (clock.leg == lead || clock.leg == 0));
    local(
        &clock
            .unwrap_or_else(|| panic!("{kind:?} is there: {ticket:?}"))
            .due_time,
    )
}

/// Whether the latest run of a clock of the lead, or the ticket's own, runs.
pub(crate) fn runs(ticket: &pb::Ticket, kind: common::ClockKind) -> bool {
    let lead = ticket.legs.first().map_or(0, |leg| leg.leg);
    let is_it = |clock: &&pb::Clock| clock.kind() == kind && (clock.leg == lead || clock.leg == 0);
    ticket
        .clocks
        .iter()
        .find(is_it)
        .is_some_and(|clock| clock.stop_time.is_none())
}

/// The leg of a unit.
pub(crate) fn leg<'a>(ticket: &'a pb::Ticket, unit: &str) -> &'a pb::Leg {
    let found = ticket.legs.iter().find(|leg| leg.unit == unit);
    found.unwrap_or_else(|| panic!("{unit} has a leg: {ticket:?}"))
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
