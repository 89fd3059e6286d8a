//! What is due, page by page.

use jiff::SignedDuration;

use super::*;
use crate::due::Due;

async fn pages(house: &House, size: usize) -> (Vec<Due>, usize) {
    let (mut all, mut token, mut count) = (Vec::new(), String::new(), 0);
    loop {
        let page = house.tickets.due(None, size, &token).await.unwrap();
        all.extend(page.due);
        count += 1;
        token = page.token;
        if token.is_empty() {
            return (all, count);
        }
    }
}

#[tokio::test]
async fn pages_one_after_the_other_are_in_due_order_with_every_level_of_every_ticket() {
    let house = House::new().await;
    for nth in 0..7 {
        house.register(&format!("1380000000{nth}")).await;
        house.clock.step(SignedDuration::from_mins(3));
    }
    assert!(pages(&house, 2).await.0.is_empty());
    house.clock.step(SignedDuration::from_hours(24 * 30));

    let (whole, _) = pages(&house, 1_000).await;
    assert!(
        whole.len() >= 14,
        "several levels of each ticket: {}",
        whole.len()
    );
    assert!(whole.is_sorted_by_key(|due| (due.at, due.number)));
    for size in [1, 2, 3, 7] {
        let (all, count) = pages(&house, size).await;
        assert!(all.is_sorted_by_key(|due| due.at), "{size}: {all:?}");
        // A page reaches no further than its last ticket: what comes later of its tickets is told when that has fired.
        assert!(all.iter().all(|due| whole.contains(due)));
        assert_eq!(count, 7 / size + 1);
        let firsts: std::collections::BTreeSet<_> = all.iter().map(|due| due.number).collect();
        assert_eq!(firsts.len(), 7, "no ticket is passed over");
    }
}

#[tokio::test]
async fn a_token_of_another_list_is_refused() {
    let house = House::new().await;
    let fault = house.tickets.due(None, 1, "elsewhere").await.err().unwrap();
    assert_eq!(fault.code(), kit::fault::Code::InvalidArgument);
}

#[tokio::test]
async fn nothing_is_decided_before_the_last_commit() {
    let house = House::new().await;
    house.clock.step(SignedDuration::from_hours(48));
    let number = house.register("13800000001").await;
    let registered_at = house.ticket(number).await.registered_at;

    house.clock.set_wall(morning());
    let again = house.again().await;
    let page = again.due(None, 1, "").await.unwrap();
    assert!(page.clock.doubt.is_some() && page.clock.now >= registered_at);
    assert!(page.next.is_some_and(|next| next > registered_at));
}
