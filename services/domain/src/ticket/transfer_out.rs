//! TransferOut 紧急转接: the matter belongs to 110, 119, 120 or 122. It closes when the other side confirms;
//! until then the caller is to be rung back (C12).

use super::plan::Plan;
use super::{CloseKind, Emergency, Event, Phase};
use crate::clock::Kind;
use crate::refusal::{Reason, Refusal};

/// A live call handed over, or its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferOut {
    /// To whom.
    pub service: Emergency,
    /// The other side has confirmed.
    pub confirmed: bool,
}

impl TransferOut {
    pub(super) fn decide(&self, plan: &mut Plan<'_>) -> Result<(), Refusal> {
        let Phase::Accepted { transfer } = plan.ticket.phase else {
            return Err(plan.wrong_phase());
        };
        if self.confirmed {
            plan.record(Event::TransferredOut {
                service: self.service,
            });
            plan.close(CloseKind::TransferredOut(self.service));
        } else if transfer == Some(self.service) {
            return Err(Refusal::new(Reason::NothingChanges).with("service", self.service.as_str()));
        } else {
            plan.stop(Kind::CallBack, None);
            plan.record(Event::TransferStarted {
                service: self.service,
            });
            plan.start(Kind::CallBack, None, plan.rules.profile().transfer_confirm);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::ticket::check::check;

    #[test]
    fn the_other_side_confirms_at_once() {
        check(
            "register help a - phone
             transfer 122 confirmed",
            expect![[r#"
                11-23 09:00 register help a - phone
                    registered help a -
                    runs C0 11-23 13:00, C1 11-23 09:05
                11-23 09:00 transfer 122 confirmed
                    transferred_out
                    stops C0, C1
                    closed transferred to 122
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn unconfirmed_the_caller_is_rung_back_in_two_minutes() {
        check(
            "register help a - phone
             transfer 119
             transfer 119
             tick to 2026-11-23 09:04
             transfer 120
             transfer 120 confirmed",
            expect![[r#"
                11-23 09:00 register help a - phone
                    registered help a -
                    runs C0 11-23 13:00, C1 11-23 09:05
                11-23 09:00 transfer 119
                    transfer_started
                    runs C12 11-23 09:02
                11-23 09:00 transfer 119
                    refused NOTHING_CHANGES (service=119)
                tick to 2026-11-23 09:04
                11-23 09:02 C12 L1: triage_desk, supervisor_desk
                11-23 09:04 transfer 120
                    stops C12
                    transfer_started
                    runs C12 11-23 09:06
                11-23 09:04 transfer 120 confirmed
                    transferred_out
                    stops C0, C1, C12
                    closed transferred to 120
                closed: nobody, light green, no level
            "#]],
        );
    }

    #[test]
    fn another_service_or_a_dispatch_ends_the_wait() {
        check(
            "register help a utilities.water phone
             transfer 119
             operator: dispatch water
             transfer 119",
            expect![[r#"
                11-23 09:00 register help a utilities.water phone
                    registered help a utilities.water
                    runs C0 11-23 13:00, C1 11-23 09:05
                11-23 09:00 transfer 119
                    transfer_started
                    runs C12 11-23 09:02
                11-23 09:00 operator: dispatch water
                    stops C1, C12
                    dispatched water
                    runs C2 water 11-23 09:15, C3 water 11-23 09:30, C4 water 11-30 17:30, C4S water 11-23 11:00
                11-23 09:00 transfer 119
                    refused WRONG_PHASE (phase=dispatched)
                dispatched: water, light none, no level
            "#]],
        );
    }
}
