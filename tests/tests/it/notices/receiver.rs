//! A webhook receiver of the test's own: takes requests on loopback as it is told to, and remembers every one.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// With this status.
    Status(u16),
    /// Not before [`Receiver::let_go`], and then with 200.
    Late,
    /// The connection is closed without a word.
    Cut,
}

/// A request that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) key: String,
    pub(crate) signature: String,
    pub(crate) raw: String,
    pub(crate) answered: Answer,
}

impl Taken {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.raw).expect("a notice is JSON")
    }
}

#[derive(Default)]
struct State {
    taken: Vec<Taken>,
    /// What is answered first, then 200.
    script: VecDeque<Answer>,
}

/// The receiver.
pub(crate) struct Receiver {
    addr: SocketAddr,
    state: Arc<Mutex<State>>,
    go: Arc<Notify>,
    listening: Option<JoinHandle<()>>,
}

impl Receiver {
    /// One that takes everything, on a free port.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut receiver = Self {
            addr: listener.local_addr().unwrap(),
            state: Arc::default(),
            go: Arc::default(),
            listening: None,
        };
        receiver.listen(listener);
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/notices?from=hotline", self.addr)
    }

    /// Answers the next requests like this, those after with 200.
    pub(crate) fn answers(&self, script: &[Answer]) {
        self.state.lock().unwrap().script = script.iter().copied().collect();
    }

    /// Lets those go that are to be answered late.
    pub(crate) fn let_go(&self) {
        self.go.notify_waiters();
    }

    /// Is not there any more.
    pub(crate) async fn goes_down(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _aborted = listening.await;
        }
    }

    /// Is there again, at the same address.
    pub(crate) async fn comes_back(&mut self) {
        let listener = TcpListener::bind(self.addr).await.unwrap();
        self.listen(listener);
    }

    /// Everything taken so far.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    /// What a receiver that knows keys again has: each key once, with the first body it came with and was answered 200.
    pub(crate) fn kept(&self) -> BTreeMap<String, Value> {
        let mut kept = BTreeMap::new();
        for one in self.taken() {
            if matches!(one.answered, Answer::Status(200) | Answer::Late) {
                kept.entry(one.key.clone()).or_insert_with(|| one.body());
            }
        }
        kept
    }

    #[expect(clippy::disallowed_methods, reason = "a receiver is no role: it has no drain")]
    fn listen(&mut self, listener: TcpListener) {
        let (state, go) = (Arc::clone(&self.state), Arc::clone(&self.go));
        self.listening = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&state), Arc::clone(&go)));
            }
        }));
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// Requests of one connection, HTTP/1.1 as far as a POST goes.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, go: Arc<Notify>) {
    let mut stream = BufReader::new(stream);
    while let Some((headers, raw)) = read(&mut stream).await {
        let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
        assert!(header("content-type").starts_with("application/json"));
        let late = go.notified();
        let answered = {
            let mut state = state.lock().unwrap();
            let answered = state.script.pop_front().unwrap_or(Answer::Status(200));
            state.taken.push(Taken {
                key: header("idempotency-key"),
                signature: header("x-hotline-signature"),
                raw,
                answered,
            });
            answered
        };
        let status = match answered {
            Answer::Status(status) => status,
            Answer::Late => {
                late.await;
                200
            }
            Answer::Cut => return,
        };
        let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<(BTreeMap<String, String>, String)> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    stream
        .read_line(&mut line)
        .await
        .ok()
        .filter(|bytes| *bytes > 0)?;
    assert!(line.starts_with("POST /notices?from=hotline "), "{line}");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some((headers, String::from_utf8(body).ok()?))
}
