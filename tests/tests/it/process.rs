//! The real binary as a child of the test: started in a folder of its own on a free loopback port, waited for by
//! condition, stopped or killed by its pid.

use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use hotline::client::{Answer as _, Client, Target};
use hotline::out::Lang;
use proto::common::v1::Role;
use proto::vault::v1::CreateTokenRequest;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// How long a start may take: a debug build that rebuilds its index on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a stop may take: longer than the server itself gives its calls.
const STOPPED_WITHIN: Duration = Duration::from_secs(40);
/// How long a run of a client verb may take.
const RAN_WITHIN: Duration = Duration::from_secs(120);
/// Between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long one call of the tests may take.
const CALL_WITHIN: Duration = Duration::from_secs(30);
/// Ports tried, where another program takes the one that was free a moment ago.
const PORTS_TRIED: usize = 5;
/// Lines of the log a failure shows.
const LOG_LINES: usize = 40;

/// Looks at a condition until it answers something; none when it never does.
async fn seen<T>(within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(within, looking).await.ok()
}

/// Looks at a condition until it answers something; says what was waited for when it never does.
pub(crate) async fn until<T>(what: &str, within: Duration, look: impl AsyncFnMut() -> Option<T>) -> T {
    let seen = seen(within, look).await;
    seen.unwrap_or_else(|| panic!("after {} s still not: {what}", within.as_secs()))
}

/// The binary under test, beside the test's own; built where it is missing or older than what it is made of.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let own = std::env::current_exe().expect("a test has a program");
        let profile = own
            .parent()
            .and_then(Path::parent)
            .expect("it lies in `deps` of the profile's folder");
        let binary = profile.join("hotline");
        if !is_current(&binary) {
            build(profile);
        }
        assert!(
            binary.exists(),
            "{} is missing: cargo build --bin hotline",
            binary.display()
        );
        binary
    })
}

/// Whether no file that cargo says it is made of has changed since.
fn is_current(binary: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let made_of = std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let Some((_, sources)) = made_of.split_once(": ") else {
        return false;
    };
    let latest = sources
        .split_whitespace()
        .map(|source| changed(Path::new(source)))
        .max()
        .flatten();
    changed(binary) >= latest && latest.is_some()
}

fn build(profile: &Path) {
    let release = profile.file_name().is_some_and(|name| name == "release");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "hotline", "--bin", "hotline"])
        .args(release.then_some("--release"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "cargo build --bin hotline failed"
    );
}

/// The binary with nothing of the tester's own environment.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HOTLINE_") {
            command.env_remove(name);
        }
    }
    command
        .env("LANG", "en_US.UTF-8")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

/// What a run of the binary said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The same, which must have gone well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// One JSON object a line.
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
            .collect()
    }
}

/// Runs the binary to its end.
pub(crate) async fn hotline<I: IntoIterator<Item: Into<OsString>>>(arguments: I) -> Ran {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut command = tokio::process::Command::from(command(&binary().to_string_lossy()));
    let running = command.args(&arguments).kill_on_drop(true).output();
    let output = match tokio::time::timeout(RAN_WITHIN, running).await {
        Ok(output) => output.expect("the binary runs"),
        Err(_) => panic!(
            "hotline {arguments:?} did not end within {} s",
            RAN_WITHIN.as_secs()
        ),
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Begins a run of the binary, to be killed or waited for.
pub(crate) fn hotline_begun<I: IntoIterator<Item: Into<OsString>>>(arguments: I, log: &Path) -> Running {
    let mut command = command(&binary().to_string_lossy());
    command.args(arguments.into_iter().map(Into::into));
    Running::begin(command, log)
}

/// A child that does not outlive its owner.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Begins a program; what it says goes to the end of `log`.
    pub(crate) fn begin(mut command: Command, log: &Path) -> Self {
        let open = || {
            File::options()
                .create(true)
                .append(true)
                .open(log)
                .expect("the log can be written")
        };
        let child = command.stdout(open()).stderr(open()).spawn();
        let program = command.get_program().to_string_lossy().into_owned();
        let child = child.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// Its end, if it has come to it.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked for")
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self, within: Duration) -> ExitStatus {
        let status = seen(within, async || self.ended()).await;
        let (pid, waited) = (self.child.id(), within.as_secs());
        status.unwrap_or_else(|| {
            panic!(
                "pid {pid} goes on after {waited} s; its log ends:\n{}",
                self.log_tail()
            )
        })
    }

    /// `kill -9`, and waits for its end.
    pub(crate) async fn kill9(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        self.end(STOPPED_WITHIN).await;
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a child can be signalled");
    }

    /// Everything it has said.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines of that.
    pub(crate) fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where the child has ended, which is what is wanted.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A folder for a server: `data` is its directory, everything else is the test's.
#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(
            tempfile::Builder::new()
                .prefix("hotline-")
                .tempdir()
                .expect("a folder can be made"),
        )
    }

    /// The server's directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A place beside it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// How a server on it is started.
    pub(crate) fn launch(&self) -> Launch {
        Launch::new(&self.data(), &self.path("server.log"))
    }

    /// Starts a server on it.
    pub(crate) async fn serve(&self) -> Server {
        self.launch().start().await
    }
}

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    data: PathBuf,
    log: PathBuf,
    listen: Option<SocketAddr>,
    boot_id: Option<PathBuf>,
    token: Option<String>,
    arguments: Vec<OsString>,
}

impl Launch {
    pub(crate) fn new(data: &Path, log: &Path) -> Self {
        Self {
            data: data.to_owned(),
            log: log.to_owned(),
            listen: None,
            boot_id: None,
            token: None,
            arguments: Vec::new(),
        }
    }

    /// With further arguments of `serve`.
    pub(crate) fn with<I: IntoIterator<Item: Into<OsString>>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The same on another directory.
    pub(crate) fn of(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// On this address and no other.
    pub(crate) fn on(mut self, listen: SocketAddr) -> Self {
        self.listen = Some(listen);
        self
    }

    /// With an administrator's token that is known from elsewhere, not written by the first start.
    pub(crate) fn known_by(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// As if the machine had been started anew: the server reads this file instead of the system's boot id, which it
    /// stands in for within the server's own mount namespace. Needs root.
    pub(crate) fn after_a_boot(mut self, boot_id: &Path) -> Self {
        std::fs::write(boot_id, format!("{}\n", uuid::Uuid::new_v4())).expect("a boot id can be written");
        self.boot_id = Some(boot_id.to_owned());
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(self) -> Server {
        for _ in 0..PORTS_TRIED {
            let addr = self.listen.unwrap_or_else(free_address);
            match self.try_on(addr).await {
                Ok(server) => return server,
                Err(why) if why.contains("ddress already in use") && self.listen.is_none() => {}
                Err(why) => panic!("the server on {} did not start:\n{why}", self.data.display()),
            }
        }
        panic!("no port was free {PORTS_TRIED} times");
    }

    /// Starts it and waits for nothing.
    pub(crate) fn begun(&self) -> Running {
        self.begin(free_address())
    }

    /// Starts it, which must end by itself. Answers its exit code and all it said.
    pub(crate) async fn refused(self) -> (i32, String) {
        let log = self.log.with_extension("refused.log");
        // What earlier refusals said is not this one's.
        let _absent = std::fs::remove_file(&log);
        let launch = Self { log, ..self };
        let mut running = launch.begin(free_address());
        let status = running.end(READY_WITHIN).await;
        (status.code().unwrap_or(-1), running.log())
    }

    async fn try_on(&self, addr: SocketAddr) -> Result<Server, String> {
        let mut running = self.begin(addr);
        let channel = channel(addr);
        let mut health = HealthClient::new(channel.clone());
        let ready = seen(READY_WITHIN, async || {
            if let Some(status) = running.ended() {
                return Some(Err(format!("{status}\n{}", running.log_tail())));
            }
            let answer = health
                .check(HealthCheckRequest {
                    service: String::new(),
                })
                .await
                .ok()?;
            (answer.into_inner().status() == ServingStatus::Serving).then_some(Ok(()))
        });
        let ready = ready.await;
        let still_not = || {
            Err(format!(
                "not ready after {} s\n{}",
                READY_WITHIN.as_secs(),
                running.log_tail()
            ))
        };
        ready.unwrap_or_else(still_not)?;
        let written =
            || std::fs::read_to_string(self.data.join("admin.token")).expect("the first start writes it");
        let token = self.token.clone().unwrap_or_else(|| written().trim().to_owned());
        Ok(Server {
            running,
            launch: self.clone(),
            addr,
            channel,
            token,
        })
    }

    fn begin(&self, addr: SocketAddr) -> Running {
        let mut command = match &self.boot_id {
            None => command(&binary().to_string_lossy()),
            Some(boot_id) => {
                let mut command = command("unshare");
                let mount = r#"mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@""#;
                command
                    .args(["--mount", "sh", "-c", mount])
                    .arg(boot_id)
                    .arg(binary());
                command
            }
        };
        command.args(["serve", "--data"]).arg(&self.data);
        command
            .arg("--listen")
            .arg(addr.to_string())
            .args(&self.arguments);
        Running::begin(command, &self.log)
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address")
}

fn channel(addr: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("an address is a URL's");
    endpoint
        .connect_timeout(Duration::from_secs(2))
        .timeout(CALL_WITHIN)
        .connect_lazy()
}

/// A server that is ready. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    running: Running,
    launch: Launch,
    addr: SocketAddr,
    channel: Channel,
    token: String,
}

impl Server {
    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The administrator's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A bare connection, for what the typed clients cannot say.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Typed clients as the administrator.
    pub(crate) fn client(&self) -> Client {
        self.client_as(&self.token, Lang::En)
    }

    /// Typed clients as somebody else.
    pub(crate) fn client_as(&self, token: &str, lang: Lang) -> Client {
        let target = Target {
            addr: self.addr.to_string(),
            token: Some(token.to_owned()),
            ca: None,
            timeout: CALL_WITHIN,
        };
        Client::open(&target, lang).expect("a client can be prepared")
    }

    /// Typed clients as the holder of a new token, cleared for sealed matters too.
    pub(crate) async fn client_of(&self, holder: &str, role: Role, unit: &str) -> Client {
        let request = CreateTokenRequest {
            holder: holder.to_owned(),
            role: role.into(),
            unit: unit.to_owned(),
            cleared: true,
            request_id: uuid::Uuid::new_v4().to_string(),
            ..CreateTokenRequest::default()
        };
        let answer = self.client().vault().create_token(request).await.answer();
        self.client_as(&answer.expect("the administrator makes tokens").token, Lang::En)
    }

    /// What client verbs are told of it.
    pub(crate) fn connection(&self) -> [String; 4] {
        [
            "--addr".to_owned(),
            self.addr.to_string(),
            "--token".to_owned(),
            self.token.clone(),
        ]
    }

    /// What it has said so far, over all its starts.
    pub(crate) fn log(&self) -> String {
        self.running.log()
    }

    /// How it was started, to start it again.
    pub(crate) fn launch(&self) -> Launch {
        self.launch.clone()
    }

    /// `kill -9`.
    pub(crate) async fn kill9(mut self) {
        self.running.kill9().await;
    }

    /// SIGTERM: it must finish what it does and exit with 0.
    pub(crate) async fn terminate(mut self) {
        self.running.signal(Signal::TERM);
        let status = self.running.end(STOPPED_WITHIN).await;
        assert_eq!(
            status.code(),
            Some(0),
            "after SIGTERM: {status}; the log ends:\n{}",
            self.running.log_tail()
        );
    }
}
