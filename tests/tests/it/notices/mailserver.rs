//! A real mail server of Debian's, exim4, on a free loopback port with a configuration, a spool and a mailbox of the
//! test's own: the machine's is not touched. It runs as root and as anybody else.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Home, Running, until};

const PROGRAM: &str = "/usr/sbin/exim4";
const WITHIN: Duration = Duration::from_secs(30);

/// The server.
pub(crate) struct MailServer {
    port: u16,
    dir: PathBuf,
    running: Option<Running>,
}

/// A mail as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivered {
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) notice: String,
    pub(crate) raw: String,
}

impl MailServer {
    /// Started and ready; none where it is not installed. It refuses `bounced@…` for good and `later@…` until
    /// [`MailServer::takes_all`].
    pub(crate) async fn open(home: &Home) -> Option<Self> {
        Self::open_as(home, "tls_advertise_hosts =", "", "").await
    }

    /// One that takes mail only over TLS and with a password, under a certificate for its address.
    pub(crate) async fn open_guarded(home: &Home, (user, password): (&str, &str)) -> Option<Self> {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (cert, key) = (home.path("cert.pem"), home.path("key.pem"));
        std::fs::write(&cert, certified.cert.pem()).unwrap();
        std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        let tls = format!(
            "tls_advertise_hosts = *\ntls_certificate = {}\ntls_privatekey = {}\n\
             auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}",
            cert.display(),
            key.display()
        );
        let rule = "deny message = say who you are\n       !authenticated = *";
        let who = format!(
            "begin authenticators\nplain:\n  driver = plaintext\n  public_name = PLAIN\n  server_prompts = :\n  \
             server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}\n"
        );
        Self::open_as(home, &tls, rule, &who).await
    }

    async fn open_as(home: &Home, tls: &str, rule: &str, who: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            eprintln!("SKIPPED: {PROGRAM} is not there: install exim4-daemon-light");
            return None;
        }
        let dir = home.path("smtp");
        // Delivering, it is somebody else than root.
        open_to_all(dir.parent().unwrap(), 0o755);
        for name in ["", "spool", "mail", "mail/new", "mail/cur", "mail/tmp"] {
            std::fs::create_dir_all(dir.join(name)).unwrap();
            open_to_all(&dir.join(name), 0o777);
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        std::fs::write(
            dir.join("conf"),
            own_user() + &configuration(&dir, port, tls, rule) + who,
        )
        .unwrap();
        drop(free);
        let mut server = Self {
            port,
            dir,
            running: None,
        };
        server.starts().await;
        Some(server)
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Is there, at the same address.
    pub(crate) async fn starts(&mut self) {
        let mut command = Command::new(PROGRAM);
        command.arg("-C").arg(self.dir.join("conf")).arg("-bdf");
        self.running = Some(Running::begin(command, &self.dir.join("log")));
        let port = self.port;
        let listens = async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok();
        until("the mail server listens", WITHIN, listens).await;
    }

    /// Is not there any more.
    pub(crate) async fn stops(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill9().await;
        }
    }

    /// Refuses `later@…` no more.
    pub(crate) fn takes_all(&self) {
        std::fs::write(self.dir.join("open"), "").unwrap();
    }

    /// Every mail delivered, in the order of recipients.
    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        let files = std::fs::read_dir(self.dir.join("mail/new")).unwrap();
        let mut mails: Vec<Delivered> = files
            .filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok())
            .map(delivered)
            .collect();
        mails.sort_unstable();
        mails
    }

    /// What a mailbox that knows message ids again has: recipient and notice, each once.
    pub(crate) fn kept(&self) -> Vec<(String, String)> {
        let mut kept: Vec<_> = self
            .delivered()
            .into_iter()
            .map(|mail| (mail.to, mail.notice))
            .collect();
        kept.dedup();
        kept
    }
}

fn delivered(raw: String) -> Delivered {
    let header = |name: &str| {
        let line = raw
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    Delivered {
        to: header("Envelope-to:"),
        id: header("Message-ID:"),
        notice: header("X-Hotline-Notice:"),
        raw,
    }
}

fn open_to_all(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Whoever is not root runs it as himself.
fn own_user() -> String {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    if user.is_root() {
        return String::new();
    }
    format!("exim_user = {}\nexim_group = {}\n", user.as_raw(), group.as_raw())
}

fn configuration(dir: &Path, port: u16, tls: &str, rule: &str) -> String {
    let dir = dir.display();
    format!(
        "spool_directory = {dir}/spool
log_file_path = {dir}/spool/%slog
pid_file_path =
primary_hostname = mail.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
{tls}
acl_smtp_rcpt = rcpt
acl_smtp_data = all
begin acl
rcpt:
  {rule}
  deny message = no such mailbox
       local_parts = bounced
  defer message = not now
       local_parts = later
       !condition = ${{if exists{{{dir}/open}}}}
  accept
all:
  accept
begin routers
everybody:
  driver = accept
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  directory = {dir}/mail
  maildir_format
  create_directory = false
  envelope_to_add
  mode = 0644
"
    )
}
