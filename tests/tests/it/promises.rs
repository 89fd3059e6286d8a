//! What the server has promised: everything it acknowledged, and everything it may or may not have done when it died.
//! Written down by the writers as answers come, and held against the server after every crash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures::StreamExt as _;
use hotline::client::{Answer as _, Client, Failure};
use proto::common::v1::{Channel, Identity, Standing};
use proto::intake::v1::SubmitComplaintRequest;
use proto::tickets::v1::{
    AddContactRequest, AnnotateRequest, ListTicketEventsRequest, ListTicketsRequest, Ticket, TicketEvent,
    TicketView,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::Code;

use crate::process::Server;

/// How long some acknowledgements may take, whatever their number.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(60);
/// Histories read at once.
const READ_AT_ONCE: usize = 8;
/// Between two tries of a request the server was too busy or too full for.
const RETRY: Duration = Duration::from_millis(20);
/// How long the server may answer that it is too busy for a call that must be done.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// Matters of an invented city. Some are clear enough to be dispatched at once, so that the triage follower writes too.
const MATTERS: [&str; 6] = [
    "龙湖区金霞街道路灯不亮,晚上漆黑一片,已经三天没有人来修",
    "金平区广厦街道工地半夜还在施工,噪音很大,影响休息",
    "澄海区凤翔街道垃圾没有及时清运,堆在路口发臭",
    "请问办理社保卡需要带哪些材料",
    "潮阳区文光街道自来水发黄,有异味",
    "希望公园里多放几张长椅",
];

/// A form that was sent, and what came back.
#[derive(Debug, Clone)]
struct Form {
    request: SubmitComplaintRequest,
    answer: Option<Receipt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Receipt {
    number: String,
    query_code: String,
    version: u32,
}

/// A command on a ticket that was sent, and the version that came back.
#[derive(Debug, Clone)]
struct Deed {
    number: String,
    what: What,
    version: Option<u32>,
    /// It was found done, once, in an earlier check.
    seen: bool,
}

#[derive(Debug, Clone)]
enum What {
    Note(String),
    Contact(String),
}

/// Everything promised and everything in doubt, by request id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Promises {
    forms: BTreeMap<String, Form>,
    deeds: BTreeMap<String, Deed>,
}

impl Promises {
    /// Forms and commands that were acknowledged.
    pub(crate) fn kept(&self) -> usize {
        let forms = self.forms.values().filter(|form| form.answer.is_some()).count();
        forms + self.deeds.values().filter(|deed| deed.version.is_some()).count()
    }

    /// Those of which nobody knows.
    pub(crate) fn in_doubt(&self) -> usize {
        self.forms.len() + self.deeds.len() - self.kept()
    }

    /// These, with everything that is known a moment later in doubt: it may have been done in between.
    pub(crate) fn with_doubts_of(mut self, later: Self) -> Self {
        for (id, form) in later.forms {
            self.forms.entry(id).or_insert(Form { answer: None, ..form });
        }
        // A command on a ticket that is itself in doubt cannot be sent again under a number that may never have been.
        let known: BTreeSet<String> = self.numbers().map(str::to_owned).collect();
        for (id, deed) in later
            .deeds
            .into_iter()
            .filter(|(_, deed)| known.contains(&deed.number))
        {
            self.deeds.entry(id).or_insert(Deed {
                version: None,
                seen: false,
                ..deed
            });
        }
        self
    }

    /// How many tickets there must be once everything in doubt has been sent again.
    pub(crate) fn tickets(&self) -> usize {
        self.forms.len()
    }

    /// The numbers acknowledged.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &str> {
        self.forms
            .values()
            .filter_map(|form| Some(form.answer.as_ref()?.number.as_str()))
    }

    /// Sends again what is in doubt, under the same request ids, then reads everything back: each form is one ticket,
    /// under the number and with the words acknowledged, and not older than acknowledged; each command that is new
    /// since the last check was done once; nothing else is there.
    pub(crate) async fn check(&mut self, server: &Server) {
        let client = server.client();
        self.resolve(&client).await;

        let tickets = tickets(&client).await;
        let mut by_source: BTreeMap<&str, Vec<&Ticket>> = BTreeMap::new();
        for ticket in &tickets {
            by_source.entry(&ticket.source_id).or_default().push(ticket);
        }
        for (id, form) in &self.forms {
            let found = by_source.remove(id.as_str()).unwrap_or_default();
            let [ticket] = found.as_slice() else {
                panic!(
                    "form {id} was acknowledged as {:?} and is {} tickets",
                    form.answer,
                    found.len()
                );
            };
            form.check(ticket);
        }
        assert!(
            by_source.is_empty(),
            "tickets nobody sent: {:?}",
            by_source.keys()
        );
        self.check_deeds(&client, &tickets).await;
        self.ask_again(&client).await;
    }

    async fn resolve(&mut self, client: &Client) {
        for form in self.forms.values_mut().filter(|form| form.answer.is_none()) {
            form.answer = Some(must(async || form.send(client).await).await);
        }
        for (id, deed) in self.deeds.iter_mut().filter(|(_, deed)| deed.version.is_none()) {
            deed.version = Some(must(async || deed.send(id, client).await).await);
        }
    }

    /// Reads the histories of all commands again, also of those that were seen before.
    pub(crate) fn forget_what_was_seen(&mut self) {
        self.deeds.values_mut().for_each(|deed| deed.seen = false);
    }

    async fn check_deeds(&mut self, client: &Client, tickets: &[Ticket]) {
        let version: BTreeMap<&str, u32> = tickets
            .iter()
            .map(|ticket| (ticket.number.as_str(), ticket.version))
            .collect();
        let unseen: BTreeSet<&str> = self
            .deeds
            .values()
            .filter(|deed| !deed.seen)
            .map(|deed| deed.number.as_str())
            .collect();
        let histories: BTreeMap<&str, Vec<TicketEvent>> = futures::stream::iter(unseen)
            .map(async |number| (number, history(client, number).await))
            .buffer_unordered(READ_AT_ONCE)
            .collect()
            .await;
        for (id, deed) in &self.deeds {
            let number = deed.number.as_str();
            assert!(
                version.get(number) >= deed.version.as_ref(),
                "{number} is older than command {id} acknowledged"
            );
            let Some(events) = histories.get(number) else {
                continue;
            };
            let said = events.iter().flat_map(|event| event.words.values());
            let times = said.filter(|said| *said == deed.what.text()).count();
            assert_eq!(
                times, 1,
                "command {id} on {number} was acknowledged and done {times} times"
            );
        }
        self.deeds.values_mut().for_each(|deed| deed.seen = true);
    }

    /// A request that was answered is answered the same again, and does nothing.
    async fn ask_again(&self, client: &Client) {
        let step = (self.forms.len() / 5).max(1);
        for form in self.forms.values().step_by(step) {
            let again = form
                .send(client)
                .await
                .expect("a request answered once is answered again");
            let first = form.answer.as_ref().expect("everything in doubt was resolved");
            assert_eq!(
                (&again.number, &again.query_code),
                (&first.number, &first.query_code)
            );
        }
    }
}

impl Form {
    fn new(id: &str, rng: &mut Rng) -> Self {
        let matter = MATTERS[rng.usize(..MATTERS.len())];
        // Long ones span pages of the disk.
        let body = format!(
            "{matter}。{}(来件 {id})",
            "请尽快处理。".repeat(rng.usize(0..400))
        );
        let request = SubmitComplaintRequest {
            request_id: id.to_owned(),
            channel: Channel::Web.into(),
            subject: format!("{matter} {id}"),
            body,
            place: format!("{id} 号门前"),
            standing: Standing::Own.into(),
            identity: Some(Identity {
                name: format!("测试人 {id}"),
                phone: format!("1390000{:04}", rng.u32(..10_000)),
                ..Identity::default()
            }),
            source_id: id.to_owned(),
            ..SubmitComplaintRequest::default()
        };
        Self {
            request,
            answer: None,
        }
    }

    async fn send(&self, client: &Client) -> Result<Receipt, Failure> {
        let answer = client
            .intake()
            .submit_complaint(self.request.clone())
            .await
            .answer()?;
        let version = answer.ticket.map_or(0, |ticket| ticket.version);
        Ok(Receipt {
            number: answer.number,
            query_code: answer.query_code,
            version,
        })
    }

    fn check(&self, ticket: &Ticket) {
        let (sent, answer) = (
            &self.request,
            self.answer.as_ref().expect("everything in doubt was resolved"),
        );
        assert_eq!(
            ticket.number, answer.number,
            "another number than was acknowledged"
        );
        assert!(
            ticket.version >= answer.version,
            "{} has lost events: {} < {}",
            ticket.number,
            ticket.version,
            answer.version
        );
        let words = [
            (&ticket.subject, &sent.subject),
            (&ticket.body, &sent.body),
            (&ticket.place, &sent.place),
        ];
        for (read, sent) in words {
            assert_eq!(read, sent, "the words of {} have changed", ticket.number);
        }
        assert!(!ticket.erased, "{} is erased", ticket.number);
        assert!(
            ticket
                .contacts
                .first()
                .is_some_and(|contact| contact.has_identity),
            "{} has no identity",
            ticket.number
        );
    }
}

impl Deed {
    fn new(id: &str, number: &str, rng: &mut Rng) -> Self {
        let text = format!("补充说明 {id}");
        let what = if rng.bool() {
            What::Note(text)
        } else {
            What::Contact(text)
        };
        Self {
            number: number.to_owned(),
            what,
            version: None,
            seen: false,
        }
    }

    async fn send(&self, id: &str, client: &Client) -> Result<u32, Failure> {
        let (number, request_id) = (self.number.clone(), id.to_owned());
        let ticket = match self.what.clone() {
            What::Note(note) => {
                let request = AnnotateRequest {
                    number,
                    request_id,
                    note,
                    ..AnnotateRequest::default()
                };
                client.tickets().annotate(request).await.answer()?.ticket
            }
            What::Contact(body) => {
                let (channel, standing) = (Channel::Phone.into(), Standing::Anonymous.into());
                let request = AddContactRequest {
                    number,
                    request_id,
                    channel,
                    standing,
                    body,
                    ..AddContactRequest::default()
                };
                client.tickets().add_contact(request).await.answer()?.ticket
            }
        };
        Ok(ticket.expect("a command answers the ticket").version)
    }
}

impl What {
    fn text(&self) -> &str {
        match self {
            What::Note(text) | What::Contact(text) => text,
        }
    }
}

/// Sends until it is done: a server that is just up may be busy, but may not refuse.
async fn must<T>(mut send: impl AsyncFnMut() -> Result<T, Failure>) -> T {
    let sending = async {
        loop {
            match send().await {
                Ok(answer) => return answer,
                Err(failure) if failure.is_passing() => {
                    tokio::time::sleep(failure.retry_after.unwrap_or(RETRY)).await;
                }
                Err(failure) => panic!("a request in doubt was refused when sent again: {failure:?}"),
            }
        }
    };
    tokio::time::timeout(TAKEN_WITHIN, sending)
        .await
        .expect("a request in doubt is done when sent again")
}

/// All tickets with their words.
pub(crate) async fn tickets(client: &Client) -> Vec<Ticket> {
    let mut tickets = Vec::new();
    let mut page_token = String::new();
    loop {
        let view = TicketView::Full.into();
        let request = ListTicketsRequest {
            page_size: 200,
            page_token,
            view,
            ..ListTicketsRequest::default()
        };
        let page = client
            .tickets()
            .list_tickets(request)
            .await
            .answer()
            .expect("tickets are listed");
        tickets.extend(page.tickets);
        if page.next_page_token.is_empty() {
            return tickets;
        }
        page_token = page.next_page_token;
    }
}

/// The whole history of a ticket, with words.
pub(crate) async fn history(client: &Client, number: &str) -> Vec<TicketEvent> {
    let mut events = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTicketEventsRequest {
            number: number.to_owned(),
            words: true,
            page_size: 200,
            page_token,
        };
        let page = client
            .tickets()
            .list_ticket_events(request)
            .await
            .answer()
            .expect("history is listed");
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return events;
        }
        page_token = page.next_page_token;
    }
}

/// The promises, shared by those who write and those who check.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Promises>>);

impl Book {
    fn open(&self) -> MutexGuard<'_, Promises> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was promised up to this moment.
    pub(crate) fn copy(&self) -> Promises {
        self.open().clone()
    }

    /// The same with every command read again.
    pub(crate) async fn check_from_the_beginning(&self, server: &Server) {
        self.open().forget_what_was_seen();
        self.check(server).await;
    }

    /// Holds the server to what was promised up to this moment, and takes note of what was in doubt. Nobody may write.
    pub(crate) async fn check(&self, server: &Server) {
        let mut promises = self.copy();
        promises.check(server).await;
        *self.open() = promises;
    }
}

/// Residents and clerks who write at once until the server dies or they are told to stop.
#[derive(Debug)]
pub(crate) struct Writers {
    tasks: JoinSet<()>,
    refused: watch::Receiver<Option<Failure>>,
    acknowledged: watch::Receiver<usize>,
    stop: watch::Sender<bool>,
}

impl Writers {
    /// Begins with `count` of them. Request ids begin with `name`, which is used once.
    pub(crate) fn begin(server: &Server, book: &Book, name: &str, count: usize, rng: &mut Rng) -> Self {
        let (counted, acknowledged) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let (refuse, refused) = watch::channel(None);
        let mut tasks = JoinSet::new();
        for writer in 0..count {
            let writer = Writer {
                client: server.client(),
                book: book.clone(),
                name: format!("{name}-{writer}"),
                rng: rng.fork(),
                counted: counted.clone(),
                refused: refuse.clone(),
                stopped: stopped.clone(),
            };
            tasks.spawn(writer.write());
        }
        Self {
            tasks,
            refused,
            acknowledged,
            stop,
        }
    }

    /// The last answer that the server was too busy or full, if there was one.
    pub(crate) fn refused(&self) -> Option<Failure> {
        self.refused.borrow().clone()
    }

    /// Waits until so many of their requests have been acknowledged.
    pub(crate) async fn acknowledged(&mut self, count: usize) {
        let enough = self.acknowledged.wait_for(|acknowledged| *acknowledged >= count);
        let waited = tokio::time::timeout(ACKNOWLEDGED_WITHIN, enough).await;
        let so_many = waited.unwrap_or_else(|_| panic!("{count} acknowledgements take too long"));
        drop(so_many.expect("a writer has failed"));
    }

    /// Tells them to stop after what they are doing, and waits for that.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        self.join().await;
    }

    /// Waits for all, whose server has died.
    pub(crate) async fn end(mut self) {
        self.join().await;
    }

    async fn join(&mut self) {
        let joining = async {
            while let Some(ended) = self.tasks.join_next().await {
                ended.expect("a writer has failed");
            }
        };
        tokio::time::timeout(ACKNOWLEDGED_WITHIN, joining)
            .await
            .expect("writers end with their server");
    }
}

struct Writer {
    client: Client,
    book: Book,
    name: String,
    rng: Rng,
    counted: watch::Sender<usize>,
    refused: watch::Sender<Option<Failure>>,
    stopped: watch::Receiver<bool>,
}

impl Writer {
    async fn write(mut self) {
        let mut own: Vec<String> = Vec::new();
        for nth in 0.. {
            if *self.stopped.borrow() {
                return;
            }
            let id = format!("{}-{nth}", self.name);
            let wrote = match own.get(self.rng.usize(..own.len() * 2 + 1)).cloned() {
                Some(number) => self.command(&id, &number).await,
                None => self.submit(&id).await.map(|number| own.push(number)),
            };
            match wrote {
                Ok(()) => self.counted.send_modify(|count| *count += 1),
                Err(failure) if died(&failure) => return,
                Err(failure) => panic!("{id} was refused: {failure:?}"),
            }
        }
    }

    async fn submit(&mut self, id: &str) -> Result<String, Failure> {
        let form = Form::new(id, &mut self.rng);
        self.book.open().forms.insert(id.to_owned(), form.clone());
        let receipt = self.patiently(|| form.send(&self.client)).await?;
        let number = receipt.number.clone();
        self.book.open().forms.insert(
            id.to_owned(),
            Form {
                answer: Some(receipt),
                ..form
            },
        );
        Ok(number)
    }

    async fn command(&mut self, id: &str, number: &str) -> Result<(), Failure> {
        let deed = Deed::new(id, number, &mut self.rng);
        self.book.open().deeds.insert(id.to_owned(), deed.clone());
        let version = self.patiently(|| deed.send(id, &self.client)).await?;
        self.book.open().deeds.insert(
            id.to_owned(),
            Deed {
                version: Some(version),
                ..deed
            },
        );
        Ok(())
    }

    /// A server that is busy or full is asked again; one that is gone is not.
    async fn patiently<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        send: impl Fn() -> F,
    ) -> Result<T, Failure> {
        loop {
            match send().await {
                Err(failure) if failure.code == Code::ResourceExhausted => {
                    let pause = failure.retry_after.unwrap_or(RETRY);
                    self.refused.send_replace(Some(failure));
                    tokio::time::sleep(pause.min(RETRY)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Whether a failure is that of a connection (the server itself gives every failure a reason) or of a server that is
/// going down.
fn died(failure: &Failure) -> bool {
    failure.reason.is_none() || failure.code == Code::Unavailable
}
