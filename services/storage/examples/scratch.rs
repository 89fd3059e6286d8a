#![allow(clippy::all, clippy::print_stdout, clippy::unwrap_used, reason = "scratch")]
use domain::access::*;
use domain::id::*;
use jiff::*;
use std::sync::Arc;
use storage::port::*;
use storage::*;
fn number(n: u32) -> TicketNumber {
    TicketNumber::new(jiff::civil::date(2026, 3, 2), n).unwrap()
}
fn create(n: u32) -> Commit {
    let f = serde_json::json!([{"event":{"kind":"registered","channel":"phone","key":1,"query_code":"x","classification":{"kind":"help","grade":"c","confidence_percent":1},"contact":{"id":1,"channel":"phone","standing":"own"}},"words":{"slot":1,"text":"z".repeat(1500)}}]);
    Commit {
        at: Timestamp::UNIX_EPOCH,
        actor: Actor {
            holder: HolderId::parse("a").unwrap(),
            role: Role::Operator,
            unit: None,
            cleared: false,
        },
        rules: RulesVersion("r".into()),
        request: Some(Request {
            id: RequestId::parse(&format!("q{n}")).unwrap(),
            content: "aa".into(),
        }),
        trace: None,
        writes: vec![Write {
            number: number(n),
            base: 0,
            facts: serde_json::from_value(f).unwrap(),
        }],
    }
}
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let dir = std::path::PathBuf::from(&a[2]);
    let t0 = std::time::Instant::now();
    let store = Embedded::open(&dir, Options::default(), |_, _| {}).await.unwrap();
    println!("opened {:?}", t0.elapsed());
    println!("{}", std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM")|| l.starts_with("RssAnon")).collect::<Vec<_>>().join(" "));
    let last = store
        .last_number(jiff::civil::date(2026, 3, 2))
        .await
        .unwrap()
        .map_or(0, |n| n.sequence());
    match a[1].as_str() {
        "kill" => {
            // print acked numbers, until killed
            let next = Arc::new(std::sync::atomic::AtomicU32::new(last + 1));
            let mut hs = vec![];
            for _ in 0..32 {
                let store = store.clone();
                let next = next.clone();
                hs.push(tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        store.commit(create(n)).await.unwrap();
                        println!("{n}");
                    }
                }));
            }
            for h in hs {
                let _ = h.await;
            }
        }
        "check" => {
            let mut missing = 0;
            let mut count = 0;
            for line in std::io::read_to_string(std::io::stdin()).unwrap().lines() {
                if let Ok(n) = line.parse::<u32>() {
                    count += 1;
                    if store.load(number(n)).await.unwrap().is_none() {
                        missing += 1;
                    }
                }
            }
            println!("acked {count} missing {missing} head {}", *store.head().borrow());
        }
        "full" => {
            let mut n = last;
            let mut full = 0;
            let mut ok = 0;
            let mut first = None;
            while full < 2000 {
                n += 1;
                match store.commit(create(n)).await {
                    Ok(_) => ok += 1,
                    Err(CommitError::Failure(Failure::Full)) => {
                        full += 1;
                        first.get_or_insert(n);
                    }
                    Err(e) => {
                        println!("other at {n}: {e}");
                        break;
                    }
                }
            }
            println!(
                "ok {ok} full {full} first {first:?} writable {}",
                store.is_writable()
            );
            println!(
                "list {}",
                store
                    .list(&ListKey::All, Some(number(first.unwrap_or(60) - 50)), 100)
                    .await
                    .map_or(0, |l| l.len())
            );
            std::fs::remove_file(dir.parent().unwrap().join("ballast")).unwrap();
            let r = store.commit(create(n + 1)).await.map(|c| c.sequence);
            println!("after space: {r:?}");
            println!("close {:?}", store.close().await);
            println!("{:?}", verify(&dir, |_, _| {}).unwrap().problems);
        }
        "grow" => {
            let t=std::time::Instant::now();
            for round in 0..6u32 {
              let next = Arc::new(std::sync::atomic::AtomicU32::new(1)); let mut hs=vec![];
              for _ in 0..64 { let store=store.clone(); let next=next.clone(); hs.push(tokio::spawn(async move { loop {
                let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed); if n>100_000 {break}
                let mut c = create(n);
                if round>0 { let fs = match round { 1 => serde_json::json!([{"event":{"kind":"dispatched","legs":[{"leg":1,"role":"lead","unit":format!("u{}",n%50)}],"ground":{"entry":"e"}}}]), 2 => serde_json::json!([{"event":{"kind":"signed","leg":1}}]), 5 => serde_json::json!([{"event":{"kind":"closed","how":"explained"}}]), _ => serde_json::json!([{"event":{"kind":"annotated"},"words":{"slot":1,"text":"w".repeat(300)}}])};
                  c.writes[0].base = round; c.writes[0].facts = serde_json::from_value(fs).unwrap(); c.request=None; }
                store.commit(c).await.unwrap(); } })); }
              for h in hs { h.await.unwrap(); }
              println!("round {round} {:?} rss {}", t.elapsed(), std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmRSS")).unwrap());
            }
            println!("close {:?}", store.close().await);
        }
        "open" => {
            let rss = || std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmRSS")).unwrap().to_owned();
            println!("rss {}", rss());
            let t=std::time::Instant::now(); for n in 1..=2000u32 { store.load(number(n*37)).await.unwrap(); } println!("2000 cold loads {:?}", t.elapsed());
            let t=std::time::Instant::now(); for n in 1..=1000u32 { store.history(number(n*37),0,100).await.unwrap(); } println!("1000 histories {:?}", t.elapsed());
            let t=std::time::Instant::now(); for n in 1..=1000u32 { store.commit(create(200_000+n)).await.unwrap(); } println!("1000 sequential commits {:?}", t.elapsed());
            let t=std::time::Instant::now(); let mut o=Offset::default(); let mut c=0; loop { let f=store.feed(o,2000).await.unwrap(); let Some(l)=f.last() else {break}; o=l.offset; c+=f.len(); } println!("feed {c} {:?}", t.elapsed());
            let t=std::time::Instant::now(); let l=store.list(&ListKey::Unit(UnitId::parse("u7").unwrap()),None,2000).await.unwrap().len(); println!("list {l} {:?}", t.elapsed());
            println!("rss {}", rss());
            store.close().await.unwrap();
        }
        _ => {}
    }
}
