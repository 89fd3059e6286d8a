//! Serving: the configured roles behind one address until told to stop.

mod clock;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kit::clock::{Source, SystemClock, TrustedClock};
use kit::detach::DetachLayer;
use kit::drain::Drain;
use kit::link::RoleSecret;
use tickets::FirstRules;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Server, ServerTlsConfig};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use uuid::Uuid;

use crate::config::Config;
use crate::metrics;
use crate::out::Lang;
use crate::roles::{self, Assembly, Keep, Site};

/// How often the writers are looked at for the health of all.
const HEALTH_EVERY: Duration = Duration::from_millis(500);
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Runs the configured roles until SIGTERM or Ctrl-C.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let telemetry = crate::telemetry::init(&config)?;
    // Before anybody can see that it is ready, and may stop it.
    let told = told()?;
    let serving = start(&config, Arc::new(SystemClock)).await?;
    let outcome = serving.until(told).await;
    telemetry.shutdown();
    outcome
}

/// Listens for SIGTERM and Ctrl-C from now on; done when either has come.
pub fn told() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A server that runs.
pub struct Serving {
    addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    drain: Drain,
    within: Duration,
    health: HealthReporter,
    services: Vec<&'static str>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    assembly: Assembly,
}

/// Opens the roles, listens, and says that it is ready. Time is read from `source`, and trusted only as long as its two
/// hands agree.
pub async fn start(config: &Config, source: Arc<dyn Source>) -> anyhow::Result<Serving> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make {}", config.data.display()))?;
    let drain = Drain::new();
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let addr = listener.local_addr()?;
    let clock = clock::trusted(config, source);
    let mut assembly = roles::assemble(site(config, Arc::clone(&clock), drain.clone())?).await?;

    let (health, health_service) = tonic_health::server::health_reporter();
    let roles = std::mem::take(&mut assembly.roles);
    let services: Vec<&'static str> = roles.iter().map(kit::server::Role::service).collect();
    let mut routes = roles
        .into_iter()
        .fold(Routes::default(), |routes, role| role.add_to(routes));
    routes = routes.add_service(health_service);
    if config.reflection {
        routes = reflecting(routes)?;
    }
    let server = server(config)?
        .layer(DetachLayer::new(drain.clone(), config.concurrent_calls))
        .add_routes(routes)
        // The builder's own setting holds only for sockets it binds itself: without it every answer waits 40 ms.
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            drain.draining(),
        );
    let server = drain.spawn("server", server);

    set(&health, &services, ServingStatus::Serving).await;
    watch_writers(&drain, assembly.writers(), health.clone(), services.clone());
    let sources = metrics::Sources {
        clock: Arc::clone(&clock),
        due_loop: assembly.due_loop(),
        notices: assembly.notices(),
    };
    let metrics_addr = match config.telemetry.metrics_listen {
        Some(listen) => Some(metrics::serve(listen, sources, &drain).await?),
        None => None,
    };
    clock::watch(&drain, clock, config, health.clone());
    tracing::info!(%addr, roles = config.roles.join(","), "ready");
    Ok(Serving {
        addr,
        metrics_addr,
        drain,
        within: config.drain,
        health,
        services,
        server,
        assembly,
    })
}

impl Serving {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it tells metrics, if anywhere.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// What ends it.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }

    /// The roles behind it.
    pub fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// Serves until [`told`], then drains and closes.
    pub async fn until(self, told: impl Future<Output = ()>) -> anyhow::Result<()> {
        told.await;
        tracing::info!("told to stop, draining");
        self.stop().await
    }

    /// Takes no more calls, lets those under way end, closes what is kept.
    pub async fn stop(self) -> anyhow::Result<()> {
        set(&self.health, &self.services, ServingStatus::NotServing).await;
        let report = self.drain.shutdown(self.within).await;
        if !report.is_clean() {
            tracing::warn!(unfinished = ?report, "some tasks had to be left");
        }
        if self.server.is_finished() {
            self.server.await.context("the server's task ended badly")??;
        } else {
            // A caller holds on to a stream without an end, such as a watch of health, or reads no more: his connection
            // would keep the server for ever.
            self.server.abort();
        }
        self.assembly.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

fn site(config: &Config, clock: Arc<TrustedClock>, drain: Drain) -> anyhow::Result<Site> {
    let options = storage::Options {
        segment_bytes: config.storage.segment_bytes,
        index_cache_bytes: config.storage.cache_bytes,
        queue_items: config.storage.queue_max,
        ..storage::Options::default()
    };
    let rules = match &config.rules {
        Some(files) => FirstRules::Now(Box::new(crate::city::from_files(
            files.dir.as_deref(),
            &files.profile,
        )?)),
        None => FirstRules::IfNone(Box::new(crate::city::built_in()?)),
    };
    let elsewhere = config
        .links
        .iter()
        .map(|(role, url)| Ok((*role, channel(config, url)?)));
    Ok(Site {
        data: config.data.clone(),
        roles: config.roles.clone(),
        elsewhere: elsewhere.collect::<anyhow::Result<_>>()?,
        secret: secret(config)?,
        clock,
        rules: Some(rules),
        ledger: Keep::Embedded(Box::new(options)),
        model: crate::model::of(config)?,
        notices: crate::notices::settings(config).map_err(|problems| problems.into_stop(Lang::Both))?,
        audit_at: config.audit_at,
        drain,
    })
}

fn channel(config: &Config, url: &str) -> anyhow::Result<Channel> {
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let mut endpoint = Endpoint::from_shared(url.clone())?.http2_keep_alive_interval(KEEPALIVE);
    if url.starts_with("https://") {
        let ca = config.tls_ca.as_ref().context("https links need tls.ca")?;
        endpoint = endpoint
            .tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(std::fs::read(ca)?)))?;
    }
    Ok(endpoint.connect_lazy())
}

/// What the roles know each other by: from the shared file of a split, or the directory's own, made on first start.
fn secret(config: &Config) -> anyhow::Result<RoleSecret> {
    if let Some(file) = &config.role_secret_file {
        return read_secret(file);
    }
    let file = config.data.join("role.secret");
    if !file.exists() {
        let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        roles::write_private(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    read_secret(&file)
}

fn read_secret(file: &Path) -> anyhow::Result<RoleSecret> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let unfit = || {
        format!(
            "{} must hold at least 16 visible ASCII characters",
            file.display()
        )
    };
    RoleSecret::parse(text.trim()).with_context(unfit)
}

fn server(config: &Config) -> anyhow::Result<Server> {
    let server = Server::builder().http2_keepalive_interval(Some(KEEPALIVE));
    let Some(tls) = &config.tls else { return Ok(server) };
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let identity = Identity::from_pem(read(&tls.cert)?, read(&tls.key)?);
    Ok(server.tls_config(ServerTlsConfig::new().identity(identity))?)
}

fn reflecting(routes: Routes) -> anyhow::Result<Routes> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(routes
        .add_service(builder().build_v1()?)
        .add_service(builder().build_v1alpha()?))
}

async fn set(health: &HealthReporter, services: &[&'static str], status: ServingStatus) {
    health.set_service_status("", status).await;
    for service in services {
        health.set_service_status(*service, status).await;
    }
}

/// A ledger that takes no more writes makes the whole process NOT_SERVING: it must be restarted, not asked again.
fn watch_writers(
    drain: &Drain,
    writers: roles::Writers,
    health: HealthReporter,
    services: Vec<&'static str>,
) {
    let draining = drain.draining();
    drain.spawn("health", async move {
        tokio::pin!(draining);
        while writers.take_writes() {
            tokio::select! {
                () = &mut draining => return,
                () = tokio::time::sleep(HEALTH_EVERY) => {}
            }
        }
        tracing::error!("the ledger takes no more writes: not serving until restarted");
        set(&health, &services, ServingStatus::NotServing).await;
    });
}

#[cfg(test)]
mod tests;
