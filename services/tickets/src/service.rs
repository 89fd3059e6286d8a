//! Use cases: one command, one commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::id::{RequestId, RulesVersion, TicketNumber};
use domain::redact;
use domain::rules::{Bundle, Rules};
use domain::ticket::{Command, Contact, Event, Fact, Register, Standing, Ticket};
use domain::words::Sealed;
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::{SystemClock, TrustedClock};
use kit::fault::Fault;
use kit::page::Tokens;
use storage::port::{Answered, Commit, CommitError, Failure, Ledger, Request, Write};

use crate::audit::Audits;
use crate::draft::{Deed, Matter, Order, Registration};
use crate::due::Looks;
use crate::in_force::InForce;
use crate::limits::{DECISIONS_MAX, RETRY_BUSY};
use crate::numbers::Numbers;
use crate::publish::first_rules;
use crate::words::{Safe, SealedWords, code_hash, content_hash};
use crate::{Deps, wire};

/// The tickets of a city.
pub struct Tickets {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) safe: Safe,
    pub(crate) clock: Arc<TrustedClock>,
    pub(crate) tokens: Tokens,
    numbers: Numbers,
    pub(crate) in_force: InForce,
    /// What the city's files say since this start.
    pub(crate) files: RulesVersion,
    /// Rung when rules are published: clocks may have to be derived anew.
    pub(crate) rederive: tokio::sync::Notify,
    pub(crate) audits: Audits,
    pub(crate) looks: Looks,
    /// One publishes at a time.
    pub(crate) publishing: tokio::sync::Mutex<()>,
}

impl Tickets {
    /// Opens the tickets of a ledger, publishing first rules where needed.
    pub async fn open(deps: Deps) -> Result<Self, Fault> {
        if let Some(last) = deps.ledger.last_at() {
            deps.clock.open_ledger(last);
        }
        let (current, next) = first_rules(&deps).await?;
        Ok(Self {
            in_force: InForce::new(current, next),
            files: deps.rules.version(),
            rederive: tokio::sync::Notify::new(),
            audits: Audits::new(deps.audit_at),
            looks: Looks::new(Arc::new(SystemClock)),
            publishing: tokio::sync::Mutex::default(),
            ledger: deps.ledger,
            safe: Safe::new(deps.vault),
            clock: deps.clock,
            tokens: Tokens::new(deps.token_key),
            numbers: Numbers::default(),
        })
    }

    /// The JSON of a bundle by its version; without one the current.
    pub(crate) async fn rules_json(
        &self,
        version: Option<RulesVersion>,
    ) -> Result<(RulesVersion, String), Fault> {
        let current = self.in_force.at(self.clock.now());
        let is_it = |version: &RulesVersion| version == current.rules.version();
        if version.as_ref().is_none_or(is_it) {
            return Ok((current.rules.version().clone(), current.json.to_string()));
        }
        self.ledger
            .rules(version.as_ref())
            .await
            .map_err(failed)?
            .ok_or_else(Fault::not_found)
    }

    /// A ticket, if the caller may know of it.
    pub(crate) async fn see(&self, call: &Call, number: TicketNumber) -> Result<Ticket, Fault> {
        let ticket = self
            .ledger
            .load(number)
            .await
            .map_err(failed)?
            .ok_or_else(Fault::not_found)?;
        if redact::may_see(&ticket, &call.actor, &self.rules()) {
            Ok(ticket)
        } else {
            Err(Fault::not_found())
        }
    }

    /// 登记: seals, decides, keeps. Answers the ticket and its query code. A repeated registration is recognised by the
    /// ledger when it would be kept again; what was made for it until then, a number and a key, stays unused.
    pub(crate) async fn register(
        &self,
        call: &Call,
        registration: Registration,
    ) -> Result<(Ticket, String), Fault> {
        let now = self.clock.now();
        match self.take_in(call, &registration, now).await {
            Err(fault) => {
                let Registration { request, content, .. } = &registration;
                let answered = self.answered(call, request, content, true, now).await?;
                self.registered_before(call, &answered.ok_or(fault)?).await
            }
            taken_in => taken_in,
        }
    }

    async fn take_in(
        &self,
        call: &Call,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<(Ticket, String), Fault> {
        let Registration {
            request,
            words,
            identity,
            content,
            matter,
        } = registration;
        let number = self.next_number(now).await?;
        let sealed = self
            .safe
            .seal(call, number, None, words, identity.clone(), content.clone())
            .await?;
        let rules = self.rules();
        let events = register(number, matter, &sealed).decide(&call.actor, &rules, now)?;
        let request = Request {
            id: request.clone(),
            content: sealed.content.clone(),
        };
        let write = Write {
            number,
            base: 0,
            facts: facts(events, sealed.words.clone(), sealed.identity.clone()),
        };
        let commit = commit_of(call, &rules, now, request, vec![write]);
        match self.ledger.commit(commit).await {
            Ok(mut committed) => Ok((committed.tickets.remove(0), sealed.query_code)),
            Err(CommitError::Repeated(answered)) => self.registered_before(call, &answered).await,
            Err(CommitError::Conflict { number, .. }) => {
                self.numbers.taken(number);
                Err(Fault::unavailable(
                    "编号冲突，请重试",
                    "the number was taken: try again",
                ))
            }
            Err(CommitError::Reused) => Err(Fault::reused()),
            Err(CommitError::Failure(failure)) => Err(failed(failure)),
        }
    }

    /// Any command on a ticket that exists; one that fails may have been done before, and then that stands. Answers every
    /// ticket that was written, the one it was about first.
    pub(crate) async fn execute(&self, call: &Call, order: Order) -> Result<Vec<Ticket>, Fault> {
        let now = self.clock.now();
        let ticket = self.see(call, order.number).await?;
        let written = match self.carry_out(call, ticket, &order, now).await {
            Err(fault) => {
                let Order { request, content, .. } = &order;
                let keyed = order.says_something();
                let answered = self.answered(call, request, content, keyed, now).await?;
                let ticket = self.see(call, order.number).await?;
                self.written_with(call, ticket, &answered.ok_or(fault)?).await?
            }
            Ok(written) => written,
        };
        let changes_rules = matches!(order.deed, Deed::Alone(Command::DecideEntry(_)));
        self.catch_up(call, written.first().filter(|_| changes_rules))
            .await?;
        Ok(written)
    }

    /// Sealed, decided (again, where a ticket has moved), kept.
    async fn carry_out(
        &self,
        call: &Call,
        mut ticket: Ticket,
        order: &Order,
        now: Timestamp,
    ) -> Result<Vec<Ticket>, Fault> {
        let order = &self.prepare(call, &ticket, order).await?;
        for _ in 0..DECISIONS_MAX {
            if order.expected.is_some_and(|expected| expected != ticket.version) {
                return Err(moved(&ticket));
            }
            // Another commit may have been quicker, at a later time.
            let now = now.max(ticket.updated_at);
            let rules = self.rules();
            let writes = self.decide(call, &rules, &ticket, order, now).await?;
            let request = Request {
                id: order.request.clone(),
                content: order.sealed.content.clone(),
            };
            let commit = commit_of(call, &rules, now, request, writes);
            match self.ledger.commit(commit).await {
                Ok(committed) => return Ok(committed.tickets),
                Err(CommitError::Conflict { number, .. }) => self.lost_to(&order.deed, number),
                Err(CommitError::Repeated(answered)) => {
                    let ticket = self.see(call, ticket.number).await?;
                    return self.written_with(call, ticket, &answered).await;
                }
                Err(CommitError::Reused) => return Err(Fault::reused()),
                Err(CommitError::Failure(failure)) => return Err(failed(failure)),
            }
            ticket = self.see(call, ticket.number).await?;
        }
        Err(Fault::unavailable(
            "工单正被频繁更新，请重试",
            "the ticket is changing too fast: try again",
        ))
    }

    /// What only the rim knows of a command on one ticket: the caller and the key of a new contact, the draw of the audit
    /// sample.
    pub(crate) fn complete(&self, command: &mut Command, sealed: &SealedWords) {
        if let Command::AddContact(add) = command {
            add.caller = sealed.caller.clone();
            add.identity = sealed.identity.as_ref().map(|identity| identity.slot);
            if add.identity.is_none() {
                add.standing = Standing::Anonymous;
            }
        }
        if let Command::SubmitReply(reply) = command {
            // A keyed hash of the content: even over all replies, and nobody outside the vault can foresee it.
            let draw = u64::from_str_radix(sealed.content.get(..8).unwrap_or("0"), 16).unwrap_or(0) % 100;
            reply.sampled = draw < u64::from(self.rules().profile().audit_sample_percent);
        }
    }

    pub(crate) async fn seal_order(
        &self,
        call: &Call,
        ticket: &Ticket,
        order: &Order,
    ) -> Result<SealedWords, Fault> {
        let content = &order.content;
        if !order.says_something() {
            return Ok(SealedWords {
                slot: ticket.key,
                words: None,
                identity: None,
                caller: None,
                query_code: String::new(),
                content: content_hash(content),
            });
        }
        let (slot, identity) = (Some(ticket.key), order.identity.clone());
        self.safe
            .seal(call, ticket.number, slot, &order.words, identity, content.clone())
            .await
    }

    /// Whether the request was answered before with the same content; other content is refused. Requests with words
    /// are compared by a hash that only the vault can make.
    async fn answered(
        &self,
        call: &Call,
        id: &RequestId,
        content: &[u8],
        keyed: bool,
        now: Timestamp,
    ) -> Result<Option<Answered>, Fault> {
        let Some(answered) = self.ledger.request(&call.actor, id, now).await.map_err(failed)? else {
            return Ok(None);
        };
        let hash = match keyed {
            true => {
                self.safe
                    .content_hash(call, answered.number, content.to_vec())
                    .await?
            }
            false => content_hash(content),
        };
        if hash == answered.content {
            Ok(Some(answered))
        } else {
            Err(Fault::reused())
        }
    }

    /// The answer a registration was given, again: the ticket as it was then, whatever has become of it since.
    async fn registered_before(&self, call: &Call, answered: &Answered) -> Result<(Ticket, String), Fault> {
        let count = usize::try_from(answered.version).unwrap_or(usize::MAX);
        let history = self
            .ledger
            .history(answered.number, 0, count)
            .await
            .map_err(failed)?;
        let ticket =
            Ticket::replay(&history).ok_or_else(|| Fault::data_loss("a history without a registration"))?;
        let code = self.safe.query_code(call, ticket.number).await?;
        Ok((ticket, code))
    }

    /// A number that turned out to be taken is not handed out again.
    pub(crate) fn taken(&self, number: TicketNumber) {
        self.numbers.taken(number);
    }

    pub(crate) async fn next_number(&self, now: Timestamp) -> Result<TicketNumber, Fault> {
        let date = self.rules().calendar().local(now).date();
        if !self.numbers.knows(date)
            && let Some(last) = self.ledger.last_number(date).await.map_err(failed)?
        {
            self.numbers.taken(last);
        }
        self.numbers.next(date).map_err(Fault::internal)
    }
}

fn commit_of(call: &Call, rules: &Rules, at: Timestamp, request: Request, writes: Vec<Write>) -> Commit {
    Commit {
        at,
        actor: call.actor.clone(),
        rules: rules.version().clone(),
        request: Some(request),
        trace: kit::trace::current_traceparent(),
        writes,
    }
}

/// ABORTED, with what whoever may see the ticket needs in order to ask again.
fn moved(ticket: &Ticket) -> Fault {
    let lead = ticket.lead_unit().map(ToString::to_string).unwrap_or_default();
    Fault::moved(ticket.version)
        .with("phase", ticket.phase.name().as_str())
        .with("step_holder", wire::holder(&ticket.holder()))
        .with("lead_unit", lead)
        .with("update_time", ticket.updated_at)
}

fn register(number: TicketNumber, matter: &Matter, sealed: &SealedWords) -> Register {
    let identity = sealed.identity.as_ref().map(|identity| identity.slot);
    let contact = Contact {
        id: 1,
        channel: matter.channel,
        standing: if identity.is_some() {
            matter.standing
        } else {
            Standing::Anonymous
        },
        caller: sealed.caller.clone(),
        identity,
        call: matter.call.clone(),
    };
    Register {
        number,
        channel: matter.channel,
        classification: matter.classification.clone(),
        contact,
        key: sealed.slot,
        query_code: code_hash(&sealed.query_code),
        source: matter.source.clone(),
        occurred_at: matter.occurred_at,
        confidential: matter.confidential,
        accused: matter.accused.clone(),
        kept_out: BTreeSet::new(),
        split_from: None,
    }
}

/// The words of a command belong to its first fact that is not about a clock; to what a unit asks for rather than to the
/// sign-for that goes with it.
pub(crate) fn facts(events: Vec<Event>, words: Option<Sealed>, identity: Option<Sealed>) -> Vec<Fact> {
    let is_said = |event: &&Event| event.clock().is_none();
    let is_it = |event: &Event| is_said(&event) && !matches!(event, Event::Signed { .. });
    let first = events.iter().position(is_it);
    let at = first
        .or_else(|| events.iter().position(|event| is_said(&event)))
        .unwrap_or(0);
    let mut facts: Vec<Fact> = events.into_iter().map(Fact::from).collect();
    if let Some(said) = facts.get_mut(at) {
        said.words = words;
        said.identity = identity;
    }
    facts
}

pub(crate) fn read_rules(version: &RulesVersion, json: &str) -> Result<Rules, Fault> {
    let bundle: Bundle = serde_json::from_str(json).map_err(Fault::data_loss)?;
    let rules = checked(bundle)?;
    if rules.version() == version {
        Ok(rules)
    } else {
        Err(Fault::data_loss("a rules bundle is not what its name says"))
    }
}

pub(crate) fn checked(bundle: Bundle) -> Result<Rules, Fault> {
    Rules::new(bundle).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Fault::internal(problems.join("; "))
    })
}

/// What a failing ledger means to a caller.
pub(crate) fn failed(failure: Failure) -> Fault {
    match failure {
        Failure::Limit { what, max } => Fault::invalid(
            "",
            format!("超出上限：{what} 最多 {max}"),
            format!("{what}: at most {max}"),
        ),
        Failure::Full => Fault::exhausted("存储空间已满", "no space is left", RETRY_BUSY),
        Failure::Busy => Fault::exhausted("系统繁忙，请稍后重试", "busy: try again", RETRY_BUSY),
        Failure::Stopped => Fault::unavailable("账本已停止写入", "the ledger takes no more writes"),
        Failure::Damaged(what) => Fault::data_loss(what),
    }
}
