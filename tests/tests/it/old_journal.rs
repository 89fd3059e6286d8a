//! A directory that an earlier release left behind: the newest server opens it, finds every ticket as it was, opens its
//! words, and works on. See `tests/golden/README.md`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hotline::client::Answer as _;
use proto::tickets::v1::{AnnotateRequest, GetTicketRequest, TicketView};

use crate::process::{Home, hotline};

fn golden(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(release)
}

/// As the release had written it: readable by its owner alone.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_release_s_directory_opens_and_works_on() {
    let home = Home::new();
    copy(&golden("0.1").join("data"), &home.data());
    hotline(["verify".as_ref(), "--data".as_ref(), home.data().as_os_str()])
        .await
        .well();

    let server = home.serve().await;
    let listed = hotline(
        ["ticket", "list", "--json"]
            .map(str::to_owned)
            .into_iter()
            .chain(server.connection()),
    )
    .await
    .well()
    .objects();
    let expected = fs::read_to_string(golden("0.1").join("tickets.txt")).unwrap();
    assert_eq!(listed.len(), expected.lines().count());
    let mut open = String::new();
    for (ticket, line) in listed.iter().zip(expected.lines()) {
        let text = |field: &str| match ticket[field].as_str() {
            None | Some("") => "-".to_owned(),
            Some(text) => text.to_owned(),
        };
        let words: Vec<&str> = line.split(' ').collect();
        let [number, phase, lead, category] = words[..] else {
            panic!("not a line of tickets.txt: {line}")
        };
        assert_eq!(
            (text("number"), text("lead_unit"), text("category")),
            (number.to_owned(), lead.to_owned(), category.to_owned())
        );
        // Time has gone on for what was open; what was over stays over.
        if phase == "closed" {
            assert_eq!(text("phase"), phase, "{number}");
        } else {
            number.clone_into(&mut open);
        }
    }

    let mut tickets = server.client().tickets();
    let request = GetTicketRequest {
        number: open.clone(),
        view: TicketView::Full.into(),
    };
    let ticket = tickets
        .get_ticket(request)
        .await
        .answer()
        .unwrap()
        .ticket
        .unwrap();
    assert!(
        !ticket.subject.is_empty() && !ticket.body.is_empty(),
        "its words do not open"
    );
    let note = AnnotateRequest {
        number: open,
        request_id: "after-the-upgrade".to_owned(),
        note: "系统升级后核对无误".to_owned(),
        ..AnnotateRequest::default()
    };
    let after = tickets.annotate(note).await.answer().unwrap().ticket.unwrap();
    assert!(after.version > ticket.version);
    server.terminate().await;
    hotline(["verify".as_ref(), "--data".as_ref(), home.data().as_os_str()])
        .await
        .well();
}
