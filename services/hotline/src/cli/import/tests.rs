use std::collections::HashMap;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use kit::drain::Drain;
use proto::intake::v1::intake_service_server::{IntakeService, IntakeServiceServer};
use proto::intake::v1::{
    EndCallRequest, EndCallResponse, ListMissedCallsRequest, ListMissedCallsResponse, RecordCallBackRequest,
    RecordCallBackResponse, RecordMissedCallRequest, RecordMissedCallResponse, RecordSmsRequest,
    RecordSmsResponse, RegisterCallRequest, RegisterCallResponse, SubmitComplaintRequest,
    SubmitComplaintResponse,
};
use proto::tickets::v1::Ticket;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

use super::*;
use crate::cli::Cli;
use crate::view::wire_time;

#[test]
fn lines_are_cut_at_newlines_and_the_last_needs_none() {
    let mut reader = Cursor::new(b"{\"a\":1}\n\n{\"b\":2}".to_vec());
    assert_eq!(next_line(&mut reader).unwrap().unwrap(), b"{\"a\":1}");
    assert_eq!(next_line(&mut reader).unwrap().unwrap(), b" ");
    assert_eq!(next_line(&mut reader).unwrap().unwrap(), b"{\"b\":2}");
    assert_eq!(next_line(&mut reader).unwrap(), None);
}

#[test]
fn a_line_that_is_too_long_or_no_text_is_refused_and_the_next_is_read() {
    let mut bytes = vec![b'x'; LINE_BYTES_MAX + 10];
    bytes.extend_from_slice(b"\n\xff\xfe\nok\n");
    let mut reader = Cursor::new(bytes);
    assert!(
        text(next_line(&mut reader).unwrap().unwrap())
            .unwrap_err()
            .contains("longer")
    );
    assert_eq!(
        text(next_line(&mut reader).unwrap().unwrap()),
        Err("is not UTF-8".to_owned())
    );
    assert_eq!(
        text(next_line(&mut reader).unwrap().unwrap()),
        Ok("ok".to_owned())
    );
}

#[test]
fn blank_lines_count_but_are_not_sent() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "one\n\n  \nfour\n").unwrap();
    let numbers: Vec<u64> = lines(file.path()).unwrap().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 4]);
    assert_eq!(count_lines(file.path()).unwrap(), Some(2));
}

/// What the hotline has taken in: request id → request and time.
type Taken = Arc<Mutex<HashMap<String, (SubmitComplaintRequest, jiff::Timestamp)>>>;

/// A way in that is busy for every new request once, and keeps the promise of request ids.
struct BusyOnce {
    taken: Taken,
    seen: Mutex<Vec<String>>,
}

#[tonic::async_trait]
impl IntakeService for BusyOnce {
    async fn register_call(
        &self,
        _: Request<RegisterCallRequest>,
    ) -> Result<Response<RegisterCallResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn end_call(&self, _: Request<EndCallRequest>) -> Result<Response<EndCallResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn record_missed_call(
        &self,
        _: Request<RecordMissedCallRequest>,
    ) -> Result<Response<RecordMissedCallResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn list_missed_calls(
        &self,
        _: Request<ListMissedCallsRequest>,
    ) -> Result<Response<ListMissedCallsResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn record_call_back(
        &self,
        _: Request<RecordCallBackRequest>,
    ) -> Result<Response<RecordCallBackResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn record_sms(&self, _: Request<RecordSmsRequest>) -> Result<Response<RecordSmsResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn submit_complaint(
        &self,
        request: Request<SubmitComplaintRequest>,
    ) -> Result<Response<SubmitComplaintResponse>, Status> {
        let bearer = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        if bearer != Some("Bearer good") {
            return Err(Status::unauthenticated("no token"));
        }
        let request = request.into_inner();
        let mut taken = self.taken.lock().unwrap();
        if let Some((known, at)) = taken.get(&request.request_id) {
            return if *known == request {
                Ok(Response::new(answer(*at)))
            } else {
                Err(Status::new(Code::AlreadyExists, "used for something else"))
            };
        }
        let mut seen = self.seen.lock().unwrap();
        if !seen.contains(&request.request_id) {
            seen.push(request.request_id);
            return Err(Status::unavailable("busy"));
        }
        if request.body.contains("坏") {
            return Err(Status::invalid_argument("no"));
        }
        let now = SystemClock.now();
        taken.insert(request.request_id.clone(), (request, now));
        Ok(Response::new(answer(now)))
    }
}

fn answer(registered_at: jiff::Timestamp) -> SubmitComplaintResponse {
    let ticket = Ticket {
        register_time: Some(wire_time(registered_at)),
        ..Ticket::default()
    };
    SubmitComplaintResponse {
        ticket: Some(ticket),
        ..SubmitComplaintResponse::default()
    }
}

async fn serve(drain: &Drain, taken: &Taken) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let service = BusyOnce {
        taken: Arc::clone(taken),
        seen: Mutex::default(),
    };
    let server = tonic::transport::Server::builder()
        .add_service(IntakeServiceServer::new(service))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), drain.draining());
    drop(drain.spawn("server", server));
    addr
}

async fn import(addr: SocketAddr, token: &str, more: &[&str]) -> Exit {
    let addr = addr.to_string();
    let words = [
        "hotline", "import", "--quiet", "--json", "--addr", &addr, "--token", token,
    ];
    let cli = Cli::try_parse_from(words.iter().chain(more)).unwrap();
    let out = cli.out();
    match cli.run(&out).await {
        Ok(()) => Exit::Done,
        Err(error) => crate::exit::of(&error),
    }
}

#[tokio::test]
async fn an_import_that_is_run_again_brings_nothing_in_twice() {
    let (drain, taken) = (Drain::new(), Taken::default());
    let addr = serve(&drain, &taken).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, aliases) = (folder.path().join("m.jsonl"), folder.path().join("a.toml"));
    let lines: Vec<String> = (0..200)
        .map(|id| format!(r#"{{"id":{id},"subject":"A1区路灯","body":"不亮 {id}"}}"#))
        .collect();
    std::fs::write(&aliases, "\"A1区\" = \"440507\"").unwrap();
    std::fs::write(&file, lines[..120].join("\n")).unwrap();
    let (file_name, aliases) = (file.to_str().unwrap(), aliases.to_str().unwrap());

    assert_eq!(
        import(addr, "good", &[file_name, "--aliases", aliases]).await,
        Exit::Done
    );
    assert_eq!(taken.lock().unwrap().len(), 120);

    std::fs::write(&file, lines.join("\n")).unwrap();
    assert_eq!(
        import(addr, "good", &[file_name, "--aliases", aliases]).await,
        Exit::Done
    );
    assert_eq!(
        import(addr, "good", &[file_name]).await,
        Exit::Done,
        "what has changed since is there too"
    );

    drain.shutdown(Duration::from_secs(1)).await;
    let taken = taken.lock().unwrap();
    assert_eq!(taken.len(), 200);
    let (request, _) = &taken["import:7"];
    assert_eq!(
        (request.area.as_str(), request.source_id.as_str()),
        ("440507", "7")
    );
}

#[tokio::test]
async fn refused_lines_are_told_and_the_rest_is_brought_in() {
    let (drain, taken) = (Drain::new(), Taken::default());
    let addr = serve(&drain, &taken).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines = "{\"id\":1,\"subject\":\"好\"}\nno json\n{\"id\":3,\"subject\":\"坏\"}\n{\"id\":4,\"subject\":\"好\"}\n";
    std::fs::write(file.path(), lines).unwrap();

    assert_eq!(
        import(addr, "good", &[file.path().to_str().unwrap()]).await,
        Exit::Failed
    );
    assert_eq!(taken.lock().unwrap().len(), 2);
    assert_eq!(
        import(addr, "forged", &[file.path().to_str().unwrap()]).await,
        Exit::NotAllowed
    );
    drain.shutdown(Duration::from_secs(1)).await;
}
