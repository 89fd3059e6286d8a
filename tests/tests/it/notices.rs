//! The outbox of notices: whoever is told hears of it, by webhook and by mail, however the receivers and this process
//! itself come and go; each once, as far as names tell; never in the quiet hours unless urgent; and never who somebody
//! is, what he wrote, or that a sealed ticket exists.

mod mailserver;
mod receiver;
mod stories;

use std::collections::BTreeSet;
use std::time::Duration;

use hotline::client::Answer as _;
use proto::common::v1::{Grade, Identity, Level, RequestType};
use proto::tickets::v1::{
    Classification, DispatchRequest, EscalateRequest, IssueOrderRequest, RegisterRequest,
};

use crate::city::{fresh, told};
use crate::process::{Home, Server, hotline, until};
use mailserver::MailServer;
use receiver::{Answer, Receiver};

/// How long notices may take, the pauses between tries included.
const WITHIN: Duration = Duration::from_secs(90);

/// What must be in no notice.
const SECRETS: [&str; 7] = [
    "欧阳测试",
    "13900007788",
    "440507199001011234",
    "梧桐里九号",
    "紫藤花架",
    "第七棵榕树",
    "三日内恢复原状",
];

/// The street that leads, in the district above it.
const STREET: &str = "street-440507003";
const DISTRICT: &str = "district-longhu";

/// A resident in danger, with everything that is nobody's business.
fn urgent() -> RegisterRequest {
    RegisterRequest {
        grade: Grade::A.into(),
        place: "第七棵榕树".to_owned(),
        identity: Some(Identity {
            name: "欧阳测试".to_owned(),
            phone: "13900007788".to_owned(),
            id_number: "440507199001011234".to_owned(),
            home_address: "梧桐里九号".to_owned(),
        }),
        ..told(
            RequestType::Help,
            "紫藤花架要倒了",
            "第七棵榕树旁的紫藤花架要倒了，欧阳测试在等。",
        )
    }
}

const ADDRESSES: &str = r#"
    [general]
    clerk = []
    unit_leader = []
    unit_head = []
    district = []
    district_leader = []
    city_office = ["office@city.test"]
    triage_desk = ["triage@city.test"]
    supervisor_desk = ["supervisors@city.test"]
    callback_desk = []
    [units.district-longhu]
    district = ["longhu@city.test"]
    district_leader = ["longhu-leader@city.test", "bounced@city.test"]
    [units.street-440507003]
    clerk = ["street@city.test", "street-second@city.test"]
    unit_leader = ["street-leader@city.test"]
    unit_head = ["later@city.test"]
"#;

/// A configuration with notices, in a home.
fn configured(home: &Home, receiver: &Receiver, mail: Option<&MailServer>) -> String {
    std::fs::write(home.path("addresses.toml"), ADDRESSES).unwrap();
    std::fs::write(home.path("secret"), "a secret of the test's own\n").unwrap();
    let (addresses, secret) = (home.path("addresses.toml"), home.path("secret"));
    let mut text = format!(
        "[notices]\nwebhook = {:?}\nwebhook_secret_file = {:?}\n",
        receiver.url(),
        secret.display().to_string()
    );
    if let Some(mail) = mail {
        text += &format!(
            "smtp = {:?}\nsmtp_tls = \"none\"\nsmtp_from = \"hotline@city.test\"\naddresses_file = {:?}\n",
            mail.address(),
            addresses.display().to_string()
        );
    }
    let file = home.path("hotline.toml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// An urgent matter of the street's.
async fn dispatched(server: &Server) -> String {
    let client = server.client();
    let registered = client.tickets().register(urgent()).await.answer().unwrap();
    let number = registered.ticket.unwrap().number;
    let request = DispatchRequest {
        number: number.clone(),
        request_id: fresh(),
        lead_unit: STREET.to_owned(),
        reason: "职责所在".to_owned(),
        classification: Some(Classification {
            category: "urban.appearance.stalls".to_owned(),
            area: "440507003".to_owned(),
            confidence_percent: 100,
            ..Classification::default()
        }),
        ..DispatchRequest::default()
    };
    client.tickets().dispatch(request).await.answer().unwrap();
    number
}

async fn escalated(server: &Server, number: &str, level: Level) -> u32 {
    let request = EscalateRequest {
        number: number.to_owned(),
        request_id: fresh(),
        level: level.into(),
        reason: "欧阳测试在等".to_owned(),
        ..EscalateRequest::default()
    };
    let raised = server
        .client()
        .tickets()
        .escalate(request)
        .await
        .answer()
        .unwrap();
    raised.ticket.unwrap().version
}

async fn ordered(server: &Server, number: &str) {
    let request = IssueOrderRequest {
        number: number.to_owned(),
        request_id: fresh(),
        demand: "三日内恢复原状".to_owned(),
        ..IssueOrderRequest::default()
    };
    server
        .client()
        .tickets()
        .issue_order(request)
        .await
        .answer()
        .unwrap();
}

/// Addressees of a ticket's notices, each key once.
fn addressees(receiver: &Receiver, number: &str) -> BTreeSet<String> {
    let of_ticket = |key: &&String| key.starts_with(number);
    let name = |key: &String| key.split('.').nth(2).unwrap().to_owned();
    receiver.kept().keys().filter(of_ticket).map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn through_outages_and_kills_everybody_hears_of_it_and_of_nothing_more() {
    let home = Home::new();
    let Some(mut mail) = MailServer::open(&home).await else {
        return;
    };
    let mut receiver = Receiver::open().await;
    let config = configured(&home, &receiver, Some(&mail));
    let launch = || home.launch().with(["--config", &config]);

    // It does not take the first, cuts the second off and is slow with the third; then the process is killed.
    receiver.answers(&[Answer::Status(503), Answer::Cut, Answer::Late]);
    let server = launch().start().await;
    let number = dispatched(&server).await;
    escalated(&server, &number, Level::L1).await;
    let is_asked_late = async || {
        let taken = receiver.taken();
        taken.iter().any(|one| one.answered == Answer::Late).then_some(())
    };
    until("one is under way", WITHIN, is_asked_late).await;
    server.kill9().await;
    receiver.let_go();

    // Neither receiver is there; more is to be told; the process is killed again.
    receiver.goes_down().await;
    mail.stops().await;
    let server = launch().start().await;
    escalated(&server, &number, Level::L3).await;
    ordered(&server, &number).await;
    server.kill9().await;

    // They come back, one after the other.
    let server = launch().start().await;
    receiver.comes_back().await;
    let everybody = BTreeSet::from(
        [
            "clerk",
            "unit_leader",
            "district",
            "district_leader",
            "city_office",
            "unit_head",
        ]
        .map(str::to_owned),
    );
    let all_know = async || (addressees(&receiver, &number) == everybody).then_some(());
    until("everybody is told by the webhook", WITHIN, all_know).await;
    mail.starts().await;
    let expected = [
        ("longhu-leader@city.test", "district_leader"),
        ("longhu@city.test", "district"),
        ("office@city.test", "city_office"),
        ("street-leader@city.test", "unit_leader"),
        ("street-second@city.test", "clerk"),
        ("street@city.test", "clerk"),
    ];
    let by_mail = || {
        let name = |notice: &str| notice.split('.').nth(2).unwrap_or_default().to_owned();
        let kept = mail.kept().into_iter().map(|(to, notice)| (to, name(&notice)));
        kept.collect::<Vec<_>>()
    };
    let wanted: Vec<_> = expected
        .map(|(to, addressee)| (to.to_owned(), addressee.to_owned()))
        .into();
    let all_have_mail = async || (by_mail() == wanted).then_some(());
    let arrived = tokio::time::timeout(WITHIN, until("everybody has mail", WITHIN, all_have_mail)).await;
    assert!(arrived.is_ok(), "{:#?}", by_mail());

    stuck_ones_are_seen_and_tried_again(&server, &mail, &number).await;
    nothing_more_is_told(&receiver, &mail);
    each_is_signed(&receiver);
    server.terminate().await;

    // Nothing is told again by a process that had nothing to tell.
    let before = (receiver.taken().len(), mail.delivered().len());
    let server = launch().start().await;
    escalated_is_told_alone(&server, &receiver).await;
    let have_mail = async || (mail.delivered().len() >= before.1 + 4).then_some(());
    until("its people have mail", WITHIN, have_mail).await;
    server.terminate().await;
    assert_eq!(
        mail.delivered().len(),
        before.1 + 4,
        "two clerks, a leader, the district, no more"
    );
    assert_eq!(receiver.taken().len(), before.0 + 3, "three addressees, no more");
}

/// One mailbox is refused for good, another for now: both are seen; mended, they are told.
async fn stuck_ones_are_seen_and_tried_again(server: &Server, mail: &MailServer, number: &str) {
    let notices = async |arguments: &[&str]| {
        let connection = server.connection();
        let of_verb = ["supervise", "notices", "--json"].map(str::to_owned);
        let all = of_verb
            .into_iter()
            .chain(connection)
            .chain(arguments.iter().map(|one| (*one).to_owned()));
        hotline(all).await.well().objects()
    };
    let parked = async || {
        let stuck = notices(&["--stuck"]).await;
        stuck
            .into_iter()
            .find(|notice| notice["last_failure"] == "smtp_550")
    };
    let parked = until("the refused one is given up", WITHIN, parked).await;
    assert_eq!(
        (&parked["state"], &parked["addressee"]),
        (&"stuck".into(), &"district_leader".into())
    );
    let waiting = notices(&["--number", number]).await;
    let head = waiting
        .iter()
        .find(|notice| notice["addressee"] == "unit_head")
        .unwrap();
    assert_eq!(
        (&head["state"], &head["last_failure"]),
        (&"waiting".into(), &"smtp_451".into())
    );

    mail.takes_all();
    let name = head["notice"].as_str().unwrap().to_owned();
    notices(&["--retry", &name]).await;
    let has_it = async || {
        let kept = mail.kept();
        kept.into_iter()
            .find(|(to, notice)| to == "later@city.test" && *notice == name)
    };
    until("the head has his order", WITHIN, has_it).await;
    // Who has it already is not told again because somebody else is refused.
    let parked = parked["notice"].as_str().unwrap().to_owned();
    let leaders = || {
        mail.delivered()
            .into_iter()
            .filter(|one| one.notice == parked)
            .count()
    };
    let before = leaders();
    notices(&["--retry", &parked]).await;
    let is_given_up_again = async || {
        let stuck = notices(&["--stuck"]).await;
        stuck
            .into_iter()
            .find(|notice| notice["notice"] == parked.as_str() && notice["state"] == "stuck")
    };
    until("the refused one is given up again", WITHIN, is_given_up_again).await;
    assert_eq!(leaders(), before);
    let done = notices(&["--number", number, "--all"]).await;
    assert!(done.iter().any(|notice| notice["state"] == "delivered"));
}

/// Neither in what came by the webhook nor in any mail.
fn nothing_more_is_told(receiver: &Receiver, mail: &MailServer) {
    let posted = receiver.taken().into_iter().map(|one| one.raw);
    let mailed = mail.delivered().into_iter().map(|one| one.raw);
    for text in posted.chain(mailed) {
        let decoded = decoded(&text);
        for secret in SECRETS {
            assert!(!decoded.contains(secret), "`{secret}` is in {decoded}");
        }
        assert!(
            decoded.contains("督办") || decoded.contains("催办"),
            "it says what happened: {decoded}"
        );
    }
}

/// A text with whatever mail does to it undone: quoted-printable, base64 bodies and encoded headers.
fn decoded(text: &str) -> String {
    use data_encoding::BASE64;
    let (head, body) = text.split_once("\n\n").unwrap_or(("", text));
    let mut all = format!("{head}\n{body}\n");
    if head.to_lowercase().contains("content-transfer-encoding: base64") {
        let packed: String = body.split_whitespace().collect();
        all += &String::from_utf8_lossy(&BASE64.decode(packed.as_bytes()).unwrap_or_default());
    }
    for word in head.split("=?utf-8?b?").skip(1) {
        let packed = word.split("?=").next().unwrap_or_default();
        all += &String::from_utf8_lossy(&BASE64.decode(packed.as_bytes()).unwrap_or_default());
    }
    let mut bytes = Vec::new();
    let unfolded = body.replace("=\r\n", "").replace("=\n", "");
    let mut rest = unfolded.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex
            .and_then(|two| u8::from_str_radix(two, 16).ok())
            .filter(|_| *first == b'=')
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    all + &String::from_utf8_lossy(&bytes)
}

fn each_is_signed(receiver: &Receiver) {
    use hmac::{Hmac, Mac as _};
    for one in receiver.taken() {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"a secret of the test's own").unwrap();
        mac.update(one.raw.as_bytes());
        let digest = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
        assert_eq!(one.signature, format!("sha256={digest}"));
        assert_eq!(one.body()["key"], one.key.as_str());
    }
}

async fn escalated_is_told_alone(server: &Server, receiver: &Receiver) {
    let other = dispatched(server).await;
    escalated(server, &other, Level::L1).await;
    let known = async || (addressees(receiver, &other).len() == 3).then_some(());
    until("the other is told", WITHIN, known).await;
}
