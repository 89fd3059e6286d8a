//! Use cases: one command, one commit.

use std::sync::Arc;

use domain::id::{RequestId, RulesVersion, TicketNumber};
use domain::redact;
use domain::rules::{Bundle, Rules};
use domain::ticket::{Command, Contact, Event, Fact, Register, Standing, Ticket};
use jiff::Timestamp;
use kit::call::Call;
use kit::clock::SharedClock;
use kit::fault::Fault;
use kit::page::Tokens;
use storage::port::{Answered, Commit, CommitError, Failure, Ledger, Request, Write};

use crate::draft::{Matter, Order, Registration};
use crate::limits::{DECISIONS_MAX, RETRY_BUSY};
use crate::numbers::Numbers;
use crate::words::{Safe, SealedWords, code_hash, content_hash};
use crate::{Deps, FirstRules};

/// The tickets of a city.
pub struct Tickets {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) safe: Safe,
    pub(crate) clock: SharedClock,
    pub(crate) tokens: Tokens,
    numbers: Numbers,
    rules: Arc<Rules>,
    rules_json: Box<str>,
}

impl Tickets {
    /// Opens the tickets of a ledger, publishing first rules where needed.
    pub async fn open(deps: Deps) -> Result<Self, Fault> {
        let current = deps.ledger.rules(None).await.map_err(failed)?;
        let rules = match (current, deps.rules) {
            (Some((version, json)), FirstRules::IfNone(_)) => read_rules(&version, &json)?,
            (Some((version, json)), FirstRules::Now(bundle)) if bundle.version() == version => {
                read_rules(&version, &json)?
            }
            (_, FirstRules::IfNone(bundle) | FirstRules::Now(bundle)) => {
                let at = deps.clock.now();
                publish(&*deps.ledger, *bundle, at).await?
            }
        };
        let rules_json = rules.bundle().to_json().into();
        Ok(Self {
            rules_json,
            ledger: deps.ledger,
            safe: Safe::new(deps.vault),
            clock: deps.clock,
            tokens: Tokens::new(deps.token_key),
            numbers: Numbers::default(),
            rules: Arc::new(rules),
        })
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.clone()
    }

    /// The JSON of a bundle by its version; without one the current.
    pub(crate) async fn rules_json(
        &self,
        version: Option<RulesVersion>,
    ) -> Result<(RulesVersion, String), Fault> {
        if version
            .as_ref()
            .is_none_or(|version| version == self.rules.version())
        {
            return Ok((self.rules.version().clone(), self.rules_json.to_string()));
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
        if redact::may_see(&ticket, &call.actor, &self.rules) {
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
        let events = register(number, matter, &sealed).decide(&call.actor, &self.rules, now)?;
        let request = Request {
            id: request.clone(),
            content: sealed.content.clone(),
        };
        let write = Write {
            number,
            base: 0,
            facts: facts(events, &sealed),
        };
        match self
            .ledger
            .commit(self.commit_of(call, now, request, write))
            .await
        {
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

    /// Any command on a ticket that exists. One that fails may have been done before: then that stands.
    pub(crate) async fn execute(&self, call: &Call, mut order: Order) -> Result<Ticket, Fault> {
        let now = self.clock.now();
        let ticket = self.see(call, order.number).await?;
        match self.carry_out(call, ticket, &mut order, now).await {
            Err(fault) => {
                let keyed = order.says_something();
                let answered = self
                    .answered(call, &order.request, &order.content, keyed, now)
                    .await?;
                answered.ok_or(fault)?;
                self.see(call, order.number).await
            }
            done => done,
        }
    }

    /// Sealed, decided (again, where the ticket has moved), kept.
    async fn carry_out(
        &self,
        call: &Call,
        mut ticket: Ticket,
        order: &mut Order,
        now: Timestamp,
    ) -> Result<Ticket, Fault> {
        let sealed = self.seal_order(call, &ticket, order).await?;
        self.complete(&mut order.command, &sealed);
        for _ in 0..DECISIONS_MAX {
            if let Some(expected) = order.expected
                && expected != ticket.version
            {
                return Err(Fault::moved(ticket.version));
            }
            let events = ticket.decide(&order.command, &call.actor, &self.rules, now)?;
            let facts = facts(events, &sealed);
            let request = Request {
                id: order.request.clone(),
                content: sealed.content.clone(),
            };
            let write = Write {
                number: order.number,
                base: ticket.version,
                facts,
            };
            match self
                .ledger
                .commit(self.commit_of(call, now, request, write))
                .await
            {
                Ok(mut committed) => return Ok(committed.tickets.remove(0)),
                Err(CommitError::Conflict { .. }) => ticket = self.see(call, order.number).await?,
                Err(CommitError::Repeated(_)) => return self.see(call, order.number).await,
                Err(CommitError::Reused) => return Err(Fault::reused()),
                Err(CommitError::Failure(failure)) => return Err(failed(failure)),
            }
        }
        Err(Fault::unavailable(
            "工单正被频繁更新，请重试",
            "the ticket is changing too fast: try again",
        ))
    }

    /// What only the rim knows: the caller and the key of a new contact, the draw of the audit sample.
    fn complete(&self, command: &mut Command, sealed: &SealedWords) {
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
            reply.sampled = draw < u64::from(self.rules.profile().audit_sample_percent);
        }
    }

    async fn seal_order(&self, call: &Call, ticket: &Ticket, order: &Order) -> Result<SealedWords, Fault> {
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

    async fn next_number(&self, now: Timestamp) -> Result<TicketNumber, Fault> {
        let date = self.rules.calendar().local(now).date();
        if !self.numbers.knows(date)
            && let Some(last) = self.ledger.last_number(date).await.map_err(failed)?
        {
            self.numbers.taken(last);
        }
        self.numbers.next(date).map_err(Fault::internal)
    }

    fn commit_of(&self, call: &Call, at: Timestamp, request: Request, write: Write) -> Commit {
        Commit {
            at,
            actor: call.actor.clone(),
            rules: self.rules.version().clone(),
            request: Some(request),
            trace: kit::trace::current_traceparent(),
            writes: vec![write],
        }
    }
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
    }
}

/// The words of a command belong to its first fact that is not about a clock.
fn facts(events: Vec<Event>, sealed: &SealedWords) -> Vec<Fact> {
    let at = events
        .iter()
        .position(|event| event.clock().is_none())
        .unwrap_or(0);
    let mut facts: Vec<Fact> = events.into_iter().map(Fact::from).collect();
    if let Some(said) = facts.get_mut(at) {
        said.words = sealed.words.clone();
        said.identity = sealed.identity.clone();
    }
    facts
}

async fn publish(ledger: &dyn Ledger, bundle: Bundle, at: Timestamp) -> Result<Rules, Fault> {
    let json = bundle.to_json();
    let rules = checked(bundle)?;
    let actor = Call::of_role(crate::NAME).actor;
    ledger
        .publish_rules(rules.version().clone(), json, at, actor)
        .await
        .map_err(failed)?;
    tracing::info!(version = %rules.version().0, "rules published");
    Ok(rules)
}

fn read_rules(version: &RulesVersion, json: &str) -> Result<Rules, Fault> {
    let bundle: Bundle = serde_json::from_str(json).map_err(Fault::data_loss)?;
    let rules = checked(bundle)?;
    if rules.version() == version {
        Ok(rules)
    } else {
        Err(Fault::data_loss("a rules bundle is not what its name says"))
    }
}

fn checked(bundle: Bundle) -> Result<Rules, Fault> {
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
