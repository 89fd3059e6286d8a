//! The roles of a process: a table, links between them, what each keeps. Used by `serve`, by the demonstration and by
//! the tests' city alike.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use kit::clock::TrustedClock;
use kit::drain::Drain;
use kit::limited;
use kit::link::{Binder, Link, RoleSecret};
use kit::rules::RulesCache;
use kit::server::{Rim, Role};
use proto::feedback::v1::feedback_service_server::FeedbackServiceServer;
use proto::insight::v1::insight_service_server::InsightServiceServer;
use proto::intake::v1::intake_service_server::IntakeServiceServer;
use proto::supervision::v1::supervision_service_server::SupervisionServiceServer;
use proto::tickets::v1::ticket_service_server::TicketServiceServer;
use proto::triage::v1::triage_service_server::TriageServiceServer;
use storage::port::Ledger;
use tickets::FirstRules;
use tonic::transport::Channel;
use vault::Vault;

/// What a process is made of.
pub struct Site {
    /// The directory everything is kept in; a role owns `data/<role>`.
    pub data: PathBuf,
    /// The roles that run here.
    pub roles: Vec<&'static str>,
    /// The roles that run elsewhere.
    pub elsewhere: BTreeMap<&'static str, Channel>,
    /// What the roles know each other by.
    pub secret: RoleSecret,
    /// What time it is.
    pub clock: Arc<TrustedClock>,
    /// Rules to begin with; taken when the tickets open.
    pub rules: Option<FirstRules>,
    /// Where tickets are kept; opened only when the role runs here.
    pub ledger: Keep,
    /// The classifier triage begins with; none: the words of the lexicon alone.
    pub model: Option<Arc<classifier::Model>>,
    /// How notices go out; taken when supervision opens. None: there is no outbox.
    pub notices: Option<supervision::notices::Settings>,
    /// When the clocks are audited every night, local time; none: only when somebody asks for it.
    pub audit_at: Option<jiff::civil::Time>,
    /// Ends everything.
    pub drain: Drain,
}

/// Where tickets are kept.
pub enum Keep {
    /// In `data/tickets`.
    Embedded(Box<storage::Options>),
    /// In a store already open.
    Open(Arc<dyn Ledger>),
}

/// The roles of a process, linked.
pub struct Assembly {
    /// What is served.
    pub roles: Vec<Role>,
    /// A link to every role, here or elsewhere.
    pub links: BTreeMap<&'static str, Link>,
    /// Where tickets are kept, if here.
    pub ledger: Option<Arc<dyn Ledger>>,
    vault: Option<Arc<Vault>>,
    due_loop: Option<supervision::Status>,
    notices: Option<supervision::notices::Gauge>,
    rim: Rim,
}

/// The ledgers of this process without which nothing can be done.
pub(crate) struct Writers {
    ledger: Option<Arc<dyn Ledger>>,
    vault: Option<Arc<Vault>>,
}

impl Writers {
    /// Whether all of them still take writes.
    pub(crate) fn take_writes(&self) -> bool {
        let ledger = self.ledger.as_ref().is_none_or(|ledger| ledger.is_writable());
        ledger && self.vault.as_ref().is_none_or(|vault| vault.is_writable())
    }
}

struct Builder {
    site: Site,
    rim: Rim,
    links: BTreeMap<&'static str, Link>,
    ledger: Option<Arc<dyn Ledger>>,
    vault: Option<Arc<Vault>>,
    due_loop: Option<supervision::Status>,
    notices: Option<supervision::notices::Gauge>,
}

/// Opens the roles of a site in the order of the table, and links them.
pub async fn assemble(site: Site) -> anyhow::Result<Assembly> {
    let mut links = BTreeMap::new();
    let mut binders: BTreeMap<&'static str, Binder> = BTreeMap::new();
    for role in crate::config::ROLES {
        if let Some(channel) = site.elsewhere.get(role) {
            links.insert(role, Link::remote(channel.clone(), site.secret.clone()));
        } else {
            let (link, binder) = Link::deferred();
            links.insert(role, link);
            binders.insert(role, binder);
        }
    }
    let vault = links.get("vault").context("the table has a vault")?.clone();
    let rim = Rim::new(vault, site.clock.clone(), site.drain.clone(), site.secret.clone());
    let wanted = site.roles.clone();
    let mut builder = Builder {
        site,
        rim,
        links,
        ledger: None,
        vault: None,
        due_loop: None,
        notices: None,
    };
    let mut roles = Vec::new();
    for name in wanted {
        let role = builder.open(name).await.with_context(|| format!("role {name}"))?;
        if let Some(binder) = binders.remove(name) {
            binder.bind(role.link());
        }
        roles.push(role);
    }
    let Builder {
        rim,
        links,
        ledger,
        vault,
        due_loop,
        notices,
        ..
    } = builder;
    Ok(Assembly {
        roles,
        links,
        ledger,
        vault,
        due_loop,
        notices,
        rim,
    })
}

impl Assembly {
    /// The rim, for servers beside the roles.
    pub fn rim(&self) -> &Rim {
        &self.rim
    }

    /// How the due loop stands, if it runs here.
    pub(crate) fn due_loop(&self) -> Option<supervision::Status> {
        self.due_loop.clone()
    }

    /// How the outbox of notices stands, if there is one here.
    pub(crate) fn notices(&self) -> Option<supervision::notices::Gauge> {
        self.notices.clone()
    }

    /// What tells whether everything kept here can still be kept.
    pub(crate) fn writers(&self) -> Writers {
        Writers {
            ledger: self.ledger.clone(),
            vault: self.vault.clone(),
        }
    }

    /// Closes what the roles keep, after everything has drained.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(vault) = self.vault {
            vault.close().await;
        }
        if let Some(ledger) = self.ledger {
            ledger.close().await.context("cannot close the ledger cleanly")?;
        }
        Ok(())
    }
}

impl Builder {
    /// The table of roles.
    async fn open(&mut self, name: &'static str) -> anyhow::Result<Role> {
        match name {
            "vault" => self.vault().await,
            "tickets" => self.tickets().await,
            "intake" => self.intake().await,
            "triage" => self.triage().await,
            "supervision" => self.supervision().await,
            "feedback" => self.feedback().await,
            "insight" => self.insight().await,
            _ => anyhow::bail!("no such role"),
        }
    }

    fn link(&self, role: &'static str) -> Link {
        self.links
            .get(role)
            .cloned()
            .unwrap_or_else(|| Link::deferred().0)
    }

    fn folder(&self, role: &str) -> PathBuf {
        self.site.data.join(role)
    }

    /// The vault, with the administrator's token written where a fresh directory has none.
    async fn vault(&mut self) -> anyhow::Result<Role> {
        let vault = Vault::open(
            &self.folder("vault"),
            self.site.clock.clone(),
            self.site.drain.clone(),
        )
        .await?;
        let file = self.site.data.join("admin.token");
        let tell = |token: &str| {
            // One that was begun and not finished, or of an administrator whose time is over.
            let _ = std::fs::remove_file(&file);
            write_private(&file, token)
        };
        if vault.bootstrap_admin(tell).await?.is_some() {
            tracing::warn!(file = %file.display(), "the administrator's token was written; keep it safe");
        }
        self.vault = Some(vault.clone());
        let tickets = self.link("tickets");
        Ok(vault::role(vault::Deps {
            rim: self.rim.clone(),
            vault,
            tickets,
        }))
    }

    async fn intake(&mut self) -> anyhow::Result<Role> {
        let rpc = intake::open(intake::Deps {
            tickets: self.link("tickets"),
            vault: self.link("vault"),
            triage: self.link("triage"),
            clock: self.site.clock.clone(),
            drain: self.site.drain.clone(),
            token_key: self.site.secret.derive("intake tokens"),
            dir: Some(self.folder("intake")),
        })
        .await?;
        Ok(Role::new(
            "intake",
            limited!(IntakeServiceServer::new(rpc)),
            &self.rim,
        ))
    }

    async fn triage(&mut self) -> anyhow::Result<Role> {
        let rpc = triage::open(triage::Deps {
            tickets: self.link("tickets"),
            vault: self.link("vault"),
            rules: self.rules("triage"),
            model: self.site.model.clone(),
            clock: self.site.clock.clone(),
            drain: self.site.drain.clone(),
            token_key: self.site.secret.derive("triage tokens"),
            dir: Some(self.folder("triage")),
        })
        .await?;
        Ok(Role::new(
            "triage",
            limited!(TriageServiceServer::new(rpc)),
            &self.rim,
        ))
    }

    async fn supervision(&mut self) -> anyhow::Result<Role> {
        let rpc = supervision::open(supervision::Deps {
            tickets: self.link("tickets"),
            rules: self.rules("supervision"),
            clock: self.site.clock.clone(),
            drain: self.site.drain.clone(),
            started_at: self.site.clock.now(),
            bearers: self.rim.bearers.clone(),
            token_key: self.site.secret.derive("supervision tokens"),
            dir: Some(self.folder("supervision")),
            notices: self.site.notices.take(),
        })
        .await?;
        self.due_loop = Some(rpc.due_loop());
        self.notices = rpc.notices();
        Ok(Role::new(
            "supervision",
            limited!(SupervisionServiceServer::new(rpc)),
            &self.rim,
        ))
    }

    async fn insight(&mut self) -> anyhow::Result<Role> {
        let rpc = insight::open(insight::Deps {
            tickets: self.link("tickets"),
            rules: self.rules("insight"),
            clock: self.site.clock.clone(),
            drain: self.site.drain.clone(),
            dir: Some(self.folder("insight")),
        })
        .await?;
        Ok(Role::new(
            "insight",
            limited!(InsightServiceServer::new(rpc)),
            &self.rim,
        ))
    }

    async fn feedback(&mut self) -> anyhow::Result<Role> {
        let rpc = feedback::open(feedback::Deps {
            tickets: self.link("tickets"),
            vault: self.link("vault"),
            rules: self.rules("feedback"),
            clock: self.site.clock.clone(),
        })
        .await?;
        Ok(Role::new(
            "feedback",
            limited!(FeedbackServiceServer::new(rpc)),
            &self.rim,
        ))
    }

    fn rules(&self, role: &'static str) -> Arc<RulesCache> {
        Arc::new(RulesCache::new(
            self.link("tickets"),
            role,
            self.site.clock.clone(),
        ))
    }

    async fn tickets(&mut self) -> anyhow::Result<Role> {
        let ledger: Arc<dyn Ledger> = match &self.site.ledger {
            Keep::Open(ledger) => ledger.clone(),
            Keep::Embedded(options) => {
                let options = storage::Options {
                    at: self.site.clock.now(),
                    ..(**options).clone()
                };
                open_embedded(&self.folder("tickets"), options).await?
            }
        };
        self.ledger = Some(ledger.clone());
        let rules = self
            .site
            .rules
            .take()
            .context("tickets need rules to begin with")?;
        let rpc = tickets::open(tickets::Deps {
            ledger,
            vault: self.link("vault"),
            clock: self.site.clock.clone(),
            token_key: self.site.secret.derive("tickets tokens"),
            rules,
            audit_at: self.site.audit_at,
            drain: self.site.drain.clone(),
            bearers: self.rim.bearers.clone(),
        })
        .await?;
        Ok(Role::new(
            "tickets",
            limited!(TicketServiceServer::new(rpc)),
            &self.rim,
        ))
    }
}

/// Opens the ledger, saying how far a rebuild is.
async fn open_embedded(dir: &Path, options: storage::Options) -> anyhow::Result<Arc<dyn Ledger>> {
    let mut told = Timestamp::UNIX_EPOCH.as_second();
    let progress = move |done: u64, total: u64| {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        let step = i64::try_from(percent / 10).unwrap_or(0);
        if step != told {
            told = step;
            tracing::info!(percent, "the index is rebuilt from the journal");
        }
    };
    Ok(storage::Embedded::open(dir, options, progress).await?)
}

/// Writes a file that only its owner reads; one that exists is left alone.
pub(crate) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()
}
