//! The power cut: what the server acknowledged is on the disk when the machine stops, on a disk that loses all it was
//! not told to keep.
//!
//! ```text
//! inner   ext4 on inner.img   the server's disk
//! drive   ext4 on disk.img    holds inner.img: what inner has sent but not flushed waits in memory, as in a drive's cache
//! hand    ext4 on hand.img    holds disk.img
//! ```
//!
//! Two kinds of cut. A **drive that loses its cache**: `hand` is frozen, so that nothing more reaches disk.img, and
//! disk.img is copied; inner.img in the copy is as of its last flushes. A **drive that keeps its cache**: `drive` is
//! frozen and inner.img is copied, with every block that was ever sent to it. A freeze holds one instant, whatever the
//! server is doing; nothing is synced, unmounted or stopped before it. What is mounted afterwards goes through ext4's own
//! recovery, and the server on it sees another boot id.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tonic::Code;

use crate::process::{Home, Launch, Server, hotline, until};
use crate::promises::{Book, Promises, Writers, tickets};

const WRITERS: usize = 8;
/// Cuts a test makes, of both kinds in turn.
const CUTS: usize = 4;
/// How long a full disk may go unnoticed.
const REFUSED_WITHIN: Duration = Duration::from_secs(30);
/// How long after its beginning a first start is cut at most, in milliseconds.
const FIRST_START_MS_MAX: u64 = 900;
/// Acknowledgements between two cuts at most.
const ACKNOWLEDGED_MAX: usize = 60;
const INNER_MIB: u64 = 160;
const DISK_MIB: u64 = INNER_MIB + 40;
const HAND_MIB: u64 = DISK_MIB + 40;
/// The disks and the copies of one test.
const ROOM_MIB: u64 = HAND_MIB + DISK_MIB * CUTS as u64;
/// What the folder of a test is called, before its process's id.
const PREFIX: &str = "hotline-cut-";

#[test]
fn a_cut_loses_what_was_not_flushed_and_nothing_else() {
    let Some(mut machine) = Machine::build() else {
        return;
    };
    let (synced, unsynced) = (machine.disk().join("synced"), machine.disk().join("unsynced"));
    must(
        "dd",
        [
            "if=/dev/zero".into(),
            of(&synced),
            "bs=4096".into(),
            "count=4".into(),
            "conv=fsync".into(),
        ],
    );
    must("sync", [machine.disk()]);
    std::fs::write(&unsynced, vec![1; 16_384]).unwrap();
    for kind in [Cut::LosingCache, Cut::KeepingCache] {
        let disk = machine.cut(kind).mount();
        let bytes = |name: &str| std::fs::read(disk.path().join(name)).unwrap_or_default();
        assert_eq!(
            (bytes("synced"), bytes("unsynced")),
            (vec![0; 16_384], vec![]),
            "{kind:?}"
        );
    }

    // Sent to the drive past all memory, but not flushed: only the drive's own cache has it.
    let sent = machine.home.path("sent");
    std::fs::write(&sent, vec![1; 16_384]).unwrap();
    let direct = ["bs=4096", "oflag=direct", "conv=notrunc"].map(Into::into);
    must(
        "dd",
        [format!("if={}", sent.display()).into(), of(&synced)]
            .into_iter()
            .chain(direct),
    );
    for (kind, byte) in [(Cut::LosingCache, 0), (Cut::KeepingCache, 1)] {
        let disk = machine.cut(kind).mount();
        assert_eq!(
            std::fs::read(disk.path().join("synced")).unwrap(),
            vec![byte; 16_384],
            "{kind:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_on_a_fresh_directory_loses_nothing_acknowledged() {
    let Some(mut machine) = Machine::build() else {
        return;
    };
    let (book, mut rng) = (Book::default(), Rng::with_seed(7));

    let server = machine.launch().start().await;
    machine.cut_and_check(server, &book, "fresh", &mut rng).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_on_an_aged_directory_loses_nothing_acknowledged() {
    let Some(mut machine) = Machine::build() else {
        return;
    };
    let (book, mut rng) = (Book::default(), Rng::with_seed(11));
    for life in 0..4 {
        let server = machine.launch().start().await;
        let mut writers = Writers::begin(&server, &book, &format!("life-{life}"), WRITERS, &mut rng);
        writers.acknowledged(ACKNOWLEDGED_MAX).await;
        // Every other life ends by a kill: an aged directory has both behind it.
        if life % 2 == 0 {
            writers.stop().await;
            server.terminate().await;
        } else {
            server.kill9().await;
            writers.end().await;
        }
    }

    let server = machine.launch().start().await;
    book.check(&server).await;
    machine.cut_and_check(server, &book, "aged", &mut rng).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_during_the_first_start_leaves_a_directory_that_starts() {
    let Some(mut machine) = Machine::build() else {
        return;
    };
    let mut rng = Rng::with_seed(13);
    let launch = machine.launch();
    for nth in 0..CUTS {
        let mut starting = launch.begun();
        // The moment is drawn between the first file and the first answers.
        tokio::time::sleep(Duration::from_millis(rng.u64(0..FIRST_START_MS_MAX))).await;
        let kind = if nth % 2 == 0 {
            Cut::LosingCache
        } else {
            Cut::KeepingCache
        };
        let copied = machine.cut(kind);
        starting.kill9().await;
        must("rm", ["-rf".as_ref(), machine.disk().join("data").as_os_str()]);

        let book = Book::default();
        machine.check(copied, book.copy(), &launch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_answers_reads_and_goes_on_once_there_is_room() {
    let Some(machine) = Machine::build() else {
        return;
    };
    let (book, mut rng) = (Book::default(), Rng::with_seed(17));
    let server = machine.launch().start().await;
    let mut writers = Writers::begin(&server, &book, "full", WRITERS, &mut rng);
    writers.acknowledged(20).await;

    let filler = machine.disk().join("filler");
    run("dd", ["if=/dev/zero".into(), of(&filler), "bs=1M".into()]).unwrap_err();
    let refused = async || writers.refused();
    let failure = until("a write is refused for want of room", REFUSED_WITHIN, refused).await;
    assert_eq!(failure.code, Code::ResourceExhausted, "{failure:?}");
    assert!(failure.retry_after.is_some(), "{failure:?}");
    let kept = book.copy().kept();
    assert!(!tickets(&server.client()).await.is_empty(), "reads go on");

    std::fs::remove_file(filler).unwrap();
    writers.acknowledged(kept + 20).await;
    writers.stop().await;
    book.check(&server).await;
    server.terminate().await;
    let data = machine.disk().join("data");
    hotline(["verify".as_ref(), "--data".as_ref(), data.as_os_str()])
        .await
        .well();
}

/// What the drive does at the cut with what it was sent but not told to keep.
#[derive(Debug, Clone, Copy)]
enum Cut {
    LosingCache,
    KeepingCache,
}

/// A machine whose plug can be pulled. Its disks go in the order of the fields, the innermost first.
struct Machine {
    inner: Mount,
    drive: Mount,
    hand: Mount,
    room: TempDir,
    home: Home,
    cuts: usize,
}

impl Machine {
    /// Builds one, or says why it cannot be built here.
    fn build() -> Option<Self> {
        match Self::try_build() {
            Ok(machine) => Some(machine),
            Err(why) => {
                eprintln!(
                    "SKIPPED: a power cut needs root, loop devices, e2fsprogs and {ROOM_MIB} MiB: {why}"
                );
                None
            }
        }
    }

    fn try_build() -> Result<Self, String> {
        let room = room()?;
        let image = room.path().join("hand.img");
        let hand =
            make_disk(&image, HAND_MIB, &["-O", "^has_journal"])?.mount(&room.path().join("hand"), "loop")?;
        let image = hand.0.join("disk.img");
        let drive =
            make_disk(&image, DISK_MIB, &["-J", "size=4"])?.mount(&room.path().join("drive"), "loop")?;
        // Every block is written once before, so that a flush of it later changes nothing but itself.
        let image = drive.0.join("inner.img");
        let count = format!("count={INNER_MIB}").into();
        run(
            "dd",
            [
                "if=/dev/zero".into(),
                of(&image),
                "bs=1M".into(),
                count,
                "conv=fsync".into(),
            ],
        )?;
        let disk = make_disk(&image, INNER_MIB, &["-J", "size=8", "-E", "nodiscard"])?;
        run("sync", ["-f".as_ref(), drive.0.as_os_str()])?;
        // Nothing is written back in the background while a test lasts.
        let inner = disk.mount(&room.path().join("inner"), "loop,commit=300")?;
        Ok(Self {
            inner,
            drive,
            hand,
            room,
            home: Home::new(),
            cuts: 0,
        })
    }

    fn disk(&self) -> &Path {
        &self.inner.0
    }

    fn launch(&self) -> Launch {
        Launch::new(&self.disk().join("data"), &self.home.path("server.log"))
    }

    /// Pulls the plug: what would be found on the disk if the machine stopped now. The machine itself goes on.
    fn cut(&mut self, kind: Cut) -> Copied {
        self.cuts += 1;
        let copy = self.room.path().join(format!("cut-{}.img", self.cuts));
        let (layer, image) = match kind {
            Cut::LosingCache => (&self.hand, "disk.img"),
            Cut::KeepingCache => (&self.drive, "inner.img"),
        };
        let image = layer.0.join(image);
        // One shell, so that nothing stays frozen where the test itself is killed in between.
        let frozen = r#"
            trap '' HUP INT TERM
            fsfreeze --freeze "$0" || exit
            cp --reflink=never --sparse=always "$1" "$2"; copied=$?
            fsfreeze --unfreeze "$0" && exit $copied"#;
        let paths = [layer.0.as_os_str(), image.as_os_str(), copy.as_os_str()];
        must("sh", ["-c".as_ref(), frozen.as_ref()].into_iter().chain(paths));
        Copied { image: copy, kind }
    }

    /// Cuts several times while residents write, kills the server, and holds what is found after each cut to what was
    /// acknowledged before it.
    async fn cut_and_check(&mut self, server: Server, book: &Book, name: &str, rng: &mut Rng) {
        let mut found = Vec::new();
        for nth in 0..CUTS {
            let mut writers = Writers::begin(&server, book, &format!("{name}-{nth}"), WRITERS, rng);
            // The first cut of all falls as soon as anything was acknowledged.
            let count = if nth == 0 {
                1
            } else {
                rng.usize(1..=ACKNOWLEDGED_MAX)
            };
            writers.acknowledged(count).await;
            let before = book.copy();
            let kind = if nth % 2 == 0 {
                Cut::LosingCache
            } else {
                Cut::KeepingCache
            };
            let copied = self.cut(kind);
            found.push((copied, before.with_doubts_of(book.copy())));
            writers.stop().await;
        }
        let launch = server.launch();
        server.kill9().await;

        for (copied, promises) in found {
            self.check(copied, promises, &launch).await;
        }
    }

    async fn check(&self, copied: Copied, mut promises: Promises, launch: &Launch) {
        let kind = copied.kind;
        let (kept, in_doubt) = (promises.kept(), promises.in_doubt());
        let disk = copied.mount();
        let data = disk.path().join("data");
        let boot_id = self.home.path("boot_id");
        let server = launch.clone().of(&data).after_a_boot(&boot_id).start().await;
        promises.forget_what_was_seen();
        promises.check(&server).await;
        server.terminate().await;
        hotline(["verify".as_ref(), "--data".as_ref(), data.as_os_str()])
            .await
            .well();
        eprintln!(
            "{kind:?}: {kept} acknowledged and all there, {in_doubt} in doubt, {} tickets",
            promises.tickets()
        );
    }
}

/// What a cut has left.
struct Copied {
    image: PathBuf,
    kind: Cut,
}

impl Copied {
    /// Starts the machine again: ext4 recovers by itself.
    fn mount(self) -> Recovered {
        let at = self.image.with_extension("disk");
        match self.kind {
            Cut::KeepingCache => {
                let inner = Disk(self.image.clone()).mount(&at, "loop").unwrap();
                Recovered {
                    inner,
                    _drive: None,
                    image: self.image,
                }
            }
            Cut::LosingCache => {
                let drive = Disk(self.image.clone())
                    .mount(&self.image.with_extension("drive"), "loop")
                    .unwrap();
                let inner = Disk(drive.0.join("inner.img")).mount(&at, "loop").unwrap();
                Recovered {
                    inner,
                    _drive: Some(drive),
                    image: self.image,
                }
            }
        }
    }
}

/// A disk after a cut. Goes in the order of the fields, the innermost first.
struct Recovered {
    inner: Mount,
    _drive: Option<Mount>,
    image: PathBuf,
}

impl Drop for Recovered {
    fn drop(&mut self) {
        // Its room is given back once it is unmounted; what is left goes with the folder.
        let _gone = std::fs::remove_file(&self.image);
    }
}

impl Recovered {
    fn path(&self) -> &Path {
        &self.inner.0
    }
}

/// An image with a file system.
struct Disk(PathBuf);

fn make_disk(image: &Path, mib: u64, options: &[&str]) -> Result<Disk, String> {
    run(
        "truncate",
        [
            "--size".into(),
            format!("{mib}M").into(),
            image.as_os_str().to_owned(),
        ],
    )?;
    let flags = ["-q", "-F", "-m", "0"]
        .iter()
        .chain(options)
        .map(AsRef::<OsStr>::as_ref);
    run("mkfs.ext4", flags.chain([image.as_os_str()]))?;
    Ok(Disk(image.to_owned()))
}

impl Disk {
    fn mount(self, at: &Path, options: &str) -> Result<Mount, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        run(
            "mount",
            [
                "-o".as_ref(),
                options.as_ref(),
                self.0.as_os_str(),
                at.as_os_str(),
            ],
        )?;
        Ok(Mount(at.to_owned()))
    }
}

/// A mounted file system; its loop device goes with it.
struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

fn unmount(at: &Path) {
    if let Err(why) = run("umount", [at]) {
        // Somebody still looks into it: it goes when he is done.
        eprintln!("{why}");
        let _gone = run("umount", ["--lazy".as_ref(), at.as_os_str()]);
    }
}

/// A folder for images: in memory where there is room, since three layers of real disks are slow. What a test that was
/// itself killed has left behind is taken away first.
fn room() -> Result<TempDir, String> {
    let memory = Path::new("/dev/shm");
    let place = if free_mib(memory).is_some_and(|free| free > 2 * ROOM_MIB) {
        memory
    } else {
        &std::env::temp_dir()
    };
    sweep(place);
    if free_mib(place).is_none_or(|free| free < ROOM_MIB) {
        return Err(format!("{} has no room", place.display()));
    }
    let prefix = format!("{PREFIX}{}-", std::process::id());
    tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(place)
        .map_err(|error| error.to_string())
}

fn free_mib(place: &Path) -> Option<u64> {
    let said = run(
        "df",
        [
            "--block-size=1M".as_ref(),
            "--output=avail".as_ref(),
            place.as_os_str(),
        ],
    )
    .ok()?;
    said.lines().last()?.trim().parse().ok()
}

fn sweep(place: &Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_none_or(|owner| Path::new("/proc").join(owner).exists()) {
            continue;
        }
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let mounts = mounts
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .map(Path::new);
        let within: Vec<&Path> = mounts.filter(|at| at.starts_with(entry.path())).collect();
        // The lowest first, in the order of mounting: while it is frozen, nothing above it can be thawed or ended.
        for at in &within {
            let _not_frozen = run("fsfreeze", ["--unfreeze".as_ref(), at.as_os_str()]);
        }
        end_servers_of(&entry.path());
        within.iter().rev().for_each(|at| unmount(at));
        // Another test may be sweeping too.
        let _gone = std::fs::remove_dir_all(entry.path());
    }
}

/// A server whose test was killed goes on by itself: it is known by the folder it was started on.
fn end_servers_of(folder: &Path) {
    let needle = format!("{}/", folder.display());
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|pid| Pid::from_raw(pid.parse().ok()?));
        if let Some(pid) = pid.filter(|_| String::from_utf8_lossy(&command).contains(&needle)) {
            // It may have ended by itself.
            let _ended = kill_process(pid, Signal::KILL);
        }
    }
}

fn of(path: &Path) -> std::ffi::OsString {
    format!("of={}", path.display()).into()
}

/// Runs a tool of the system; what it says, or why it failed.
fn run<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{program}: {}", text(&output.stderr)))
    }
}

fn must<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) {
    run(program, arguments).unwrap_or_else(|why| panic!("{why}"));
}
