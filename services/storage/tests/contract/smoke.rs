use crate::facts::*;
use std::sync::Arc;
use storage::port::*;
use storage::{Embedded, Memory, Options};

#[tokio::test(flavor = "multi_thread")]
async fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Embedded::open(dir.path(), Options::default(), |_, _| {});
    let store = open().await.unwrap();
    let history = store.history_id();
    for n in 1..=20 {
        store.commit(create(n.into(), n)).await.unwrap();
    }
    let t = store
        .commit(commit(
            30,
            vec![write(1, 3, vec![dispatched(&["water"]), signed(1)])],
        ))
        .await
        .unwrap();
    assert_eq!(t.sequence, 22);
    let history_before = store.history(number(1), 0, 100).await.unwrap();
    assert_eq!(history_before.len(), 5);
    let feed = store.feed(Offset::default(), 1000).await.unwrap();
    assert_eq!(feed.len(), 62);
    drop(store);
    let store = open().await.unwrap();
    assert_eq!(history, store.history_id());
    assert_eq!(store.feed(Offset::default(), 1000).await.unwrap(), feed);
    assert_eq!(store.history(number(1), 0, 100).await.unwrap(), history_before);
    assert_eq!(
        store
            .list(&ListKey::Unit(unit("water")), None, 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(store.due_before(at(7_205), 100).await.unwrap().len(), 5);
    store.close().await.unwrap();
    assert_eq!(store.load(number(1)).await, Err(Failure::Stopped));
    let again = open().await.unwrap();
    assert_eq!(again.load(number(1)).await.unwrap().unwrap().version, 5);
    assert!(matches!(open().await, Err(storage::OpenError::Locked { .. })));
    let memory: Arc<dyn Ledger> = Arc::new(Memory::new());
    memory.commit(create(1, 1)).await.unwrap();
    let report = storage::verify(dir.path(), |_, _| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
}
