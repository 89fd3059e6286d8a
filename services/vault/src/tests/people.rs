//! Looks at identities and erasure, as far as they go without tickets.

use super::*;
use crate::erase::ToErase;
use crate::ledger::Whose;
use crate::unlock::ToUnlock;

#[tokio::test]
async fn a_look_is_recorded_and_lasts_a_quarter_of_an_hour_for_its_holder_only() {
    let dir = TempDir::new().unwrap();
    let house = House::open(dir.path()).await;
    let clerk = Call::by(actor("water-clerk-1", Desk::UnitClerk));
    let what = ToUnlock {
        number: number(1),
        contact: 1,
        purpose: "上门核实漏水".to_owned(),
    };
    // Tickets cannot be asked: nothing is shown, nothing recorded.
    assert_eq!(
        house
            .service
            .unlock(&clerk, what.clone(), asked("u1"))
            .await
            .unwrap_err()
            .code(),
        Code::Unavailable
    );
    assert!(house.service.list_unlocks(None, 0, 10).is_empty());

    let unlock = house.service.record(&clerk, &what, asked("u1")).await.unwrap();
    assert_eq!(
        house.service.record(&clerk, &what, asked("u1")).await.unwrap(),
        unlock
    );
    let shown = house.service.list_unlocks(Some(number(1)), 0, 10);
    assert_eq!((shown.len(), shown[0].1.purpose.as_str()), (1, "上门核实漏水"));
    assert!(house.service.list_unlocks(Some(number(2)), 0, 10).is_empty());
    assert!(
        !any_file_contains(dir.path(), "上门核实".as_bytes()),
        "a purpose is closed in the ledger"
    );

    let reading = async |call: &Call| {
        house
            .service
            .read_identity(call, &unlock.unlock_id)
            .await
            .unwrap_err()
            .code()
    };
    let other = Call::by(actor("water-clerk-2", Desk::UnitClerk));
    assert_eq!(reading(&other).await, Code::NotFound);
    assert_eq!(reading(&clerk).await, Code::Unavailable, "tickets is asked again");
    house.clock.step(SignedDuration::from_mins(15));
    assert_eq!(reading(&clerk).await, Code::NotFound);
    house.crash().await;

    let house = House::open(dir.path()).await;
    assert_eq!(house.service.list_unlocks(None, 0, 10), shown);
    house.crash().await;
}

#[tokio::test]
async fn erasing_asks_tickets_first() {
    let house = House::in_memory();
    let call = Call::by(actor("admin", Desk::Administrator));
    let what = ToErase {
        number: number(1),
        whose: Whose::Contact(1),
        purpose: "居民要求删除".to_owned(),
    };
    let refused = house
        .service
        .destroy_key(&call, what, asked("d1"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        house
            .vault
            .ledger
            .read(|folded| folded.destroyed_slots().is_empty())
    );
}
