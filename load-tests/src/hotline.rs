//! The built hotline as a child process, and the few calls this load makes to it besides its forms.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use proto::common::v1::{self as common, Role};
use proto::insight::v1::GetBoardRequest;
use proto::insight::v1::insight_service_client::InsightServiceClient;
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use proto::tickets::v1::{AnnotateRequest, GetTicketRequest, ListTicketsRequest, RegisterRequest, Ticket};
use proto::vault::v1::CreateTokenRequest;
use proto::vault::v1::vault_service_client::VaultServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::clock;
use crate::load;
use crate::process::{self, Process};

const POLL_EVERY: Duration = Duration::from_millis(5);
/// How long a start may take, a rebuild included.
const SERVING_WITHIN: Duration = Duration::from_secs(600);
const STOP_WITHIN: Duration = Duration::from_secs(120);
const PAGE_SIZE: u32 = 200;

/// The binary and its directory.
pub(crate) struct Hotline {
    binary: PathBuf,
    data: PathBuf,
}

/// A running server with all its roles.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) addr: SocketAddr,
    /// From the start of the process until health answered SERVING.
    pub(crate) started_within: Duration,
    admin: MetadataValue<Ascii>,
}

impl Hotline {
    /// The given binary, or the one built beside this program.
    pub(crate) fn new(binary: Option<&Path>, data: &Path) -> anyhow::Result<Self> {
        let beside = std::env::current_exe()?.with_file_name("hotline");
        let binary = binary.map_or(beside, Path::to_owned);
        if !binary.is_file() {
            bail!(
                "there is no {}: build it with `cargo build --release -p load-tests -p hotline`, or give --server-binary",
                binary.display()
            );
        }
        Ok(Self {
            binary,
            data: data.to_owned(),
        })
    }

    /// Starts it with its built-in configuration and waits until it serves.
    pub(crate) async fn start(&self) -> anyhow::Result<Server> {
        let addr = process::free_port()?;
        let begun = clock::now();
        let data = self.data.display().to_string();
        let listen = addr.to_string();
        let mut process = Process::start(
            &self.binary,
            &["serve", "--data", &data, "--listen", &listen],
            &self.log(),
        )?;
        serving(&mut process, addr).await?;
        let started_within = begun.elapsed();
        let token =
            std::fs::read_to_string(self.data.join("admin.token")).context("no administrator's token")?;
        Ok(Server {
            process,
            addr,
            started_within,
            admin: bearer(&token)?,
        })
    }

    /// Makes the index anew from the journal with the offline command.
    pub(crate) async fn rebuild(&self) -> anyhow::Result<Duration> {
        let data = self.data.display().to_string();
        process::finish(&self.binary, &["rebuild", "--data", &data], &self.log()).await
    }

    /// Where it keeps everything.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The program itself, for its offline commands.
    pub(crate) fn binary(&self) -> &Path {
        &self.binary
    }

    fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }
}

impl Server {
    /// The token of a channel, which is what submits forms in earnest.
    pub(crate) async fn channel_token(&self) -> anyhow::Result<MetadataValue<Ascii>> {
        let request = CreateTokenRequest {
            holder: "load-tests".to_owned(),
            role: Role::Channel.into(),
            request_id: format!("load-tests-{}", uuid::Uuid::new_v4()),
            ..CreateTokenRequest::default()
        };
        let mut vault = VaultServiceClient::new(load::connect(self.addr).await?);
        bearer(
            &vault
                .create_token(self.as_admin(request))
                .await?
                .into_inner()
                .token,
        )
    }

    /// A connection that asks as the administrator.
    pub(crate) async fn asker(&self) -> anyhow::Result<Asker> {
        Ok(Asker {
            channel: load::connect(self.addr).await?,
            admin: self.admin.clone(),
        })
    }

    /// Stops it as an operator would.
    pub(crate) async fn stop(self) -> anyhow::Result<Duration> {
        self.process.stop(STOP_WITHIN).await
    }

    fn as_admin<T>(&self, message: T) -> Request<T> {
        with_bearer(message, &self.admin)
    }
}

/// Asks what became of the forms.
#[derive(Clone)]
pub(crate) struct Asker {
    channel: Channel,
    admin: MetadataValue<Ascii>,
}

impl Asker {
    /// A ticket; none where it may not be seen.
    pub(crate) async fn ticket(&self, number: String) -> anyhow::Result<Option<Ticket>> {
        let request = GetTicketRequest {
            number,
            ..GetTicketRequest::default()
        };
        let mut tickets = TicketServiceClient::new(self.channel.clone());
        match tickets.get_ticket(with_bearer(request, &self.admin)).await {
            Ok(answer) => Ok(answer.into_inner().ticket),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status).context("GetTicket"),
        }
    }

    /// A ticket that waits for a triager, since its grade is: its number and how many events it has.
    pub(crate) async fn register(&self, name: &str) -> anyhow::Result<(String, u32)> {
        let request = RegisterRequest {
            request_id: format!("history-{name}"),
            channel: common::Channel::Phone.into(),
            r#type: common::RequestType::Help.into(),
            grade: common::Grade::D.into(),
            subject: "路灯不亮".to_owned(),
            body: "小区门口的路灯三天没有亮了，晚上看不清路。".to_owned(),
            ..RegisterRequest::default()
        };
        let mut tickets = TicketServiceClient::new(self.channel.clone());
        let answer = tickets.register(with_bearer(request, &self.admin)).await?;
        let ticket = answer.into_inner().ticket.context("a ticket")?;
        Ok((ticket.number, ticket.version))
    }

    /// Notes something on a ticket; answers how many events it has then.
    pub(crate) async fn annotate(&self, number: &str) -> anyhow::Result<u32> {
        let request = AnnotateRequest {
            number: number.to_owned(),
            request_id: uuid::Uuid::new_v4().to_string(),
            note: "已电话核实，等待回复。".to_owned(),
            ..AnnotateRequest::default()
        };
        let mut tickets = TicketServiceClient::new(self.channel.clone());
        let answer = tickets.annotate(with_bearer(request, &self.admin)).await?;
        Ok(answer.into_inner().ticket.context("a ticket")?.version)
    }

    /// Hands every ticket to `each`, page by page.
    pub(crate) async fn every_ticket(&self, mut each: impl FnMut(&Ticket)) -> anyhow::Result<()> {
        let mut tickets = TicketServiceClient::new(self.channel.clone());
        let mut page_token = String::new();
        loop {
            let request = ListTicketsRequest {
                page_size: PAGE_SIZE,
                page_token,
                ..ListTicketsRequest::default()
            };
            let page = tickets
                .list_tickets(with_bearer(request, &self.admin))
                .await?
                .into_inner();
            page.tickets.iter().for_each(&mut each);
            if page.next_page_token.is_empty() {
                return Ok(());
            }
            page_token = page.next_page_token;
        }
    }

    /// Tickets the board knows of: led by a unit, open or done, or waiting for the triage desk.
    pub(crate) async fn tickets_on_board(&self) -> anyhow::Result<u64> {
        let mut insight = InsightServiceClient::new(self.channel.clone());
        let board = insight
            .get_board(with_bearer(GetBoardRequest::default(), &self.admin))
            .await?
            .into_inner();
        let total = board.total.unwrap_or_default();
        Ok(total.open + total.done + board.waiting_for_triage)
    }
}

fn with_bearer<T>(message: T, bearer: &MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", bearer.clone());
    request
}

fn bearer(token: &str) -> anyhow::Result<MetadataValue<Ascii>> {
    format!("Bearer {}", token.trim())
        .parse()
        .context("a token of visible characters")
}

async fn serving(process: &mut Process, addr: SocketAddr) -> anyhow::Result<()> {
    let begun = clock::now();
    let channel = Endpoint::from_shared(format!("http://{addr}"))?
        .timeout(Duration::from_secs(5))
        .connect_lazy();
    let mut health = HealthClient::new(channel);
    loop {
        let answer = health.check(HealthCheckRequest::default()).await;
        if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
            return Ok(());
        }
        process.running()?;
        if begun.elapsed() > SERVING_WITHIN {
            bail!("the hotline does not serve after {SERVING_WITHIN:?}");
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}
