//! Which role may call which method: the one table. What a role may do *to a given ticket* is decided with the ticket.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::access::Role;
use domain::access::Role::{
    Arbiter, Auditor, CallbackAgent, Channel, Citizen, CityOffice, Operator, Supervisor, System, Triager,
    UnitClerk, UnitHead, UnitLeader,
};

/// The parts of a handling unit.
const UNIT: &[Role] = &[UnitClerk, UnitLeader, UnitHead];
/// Those of a unit who sign for it.
const LEADERS: &[Role] = &[UnitLeader, UnitHead];
/// The desks of the hotline. The administrator may do what they may, so that a small city can begin before it is
/// staffed; see [`allowed`].
const DESKS: [Role; 7] = [
    Operator,
    Triager,
    Auditor,
    CallbackAgent,
    Supervisor,
    CityOffice,
    Arbiter,
];
/// Everybody who works with tickets, and the system.
const STAFF: &[Role] = &[
    Operator,
    Triager,
    UnitClerk,
    UnitLeader,
    UnitHead,
    Auditor,
    CallbackAgent,
    Supervisor,
    CityOffice,
    Arbiter,
    Role::Administrator,
    System,
];
/// Everybody with a token but machines that only take complaints in.
const PEOPLE: &[Role] = &[
    Operator,
    Triager,
    UnitClerk,
    UnitLeader,
    UnitHead,
    Auditor,
    CallbackAgent,
    Supervisor,
    CityOffice,
    Arbiter,
    Role::Administrator,
];
/// Everybody with a token, and the system.
const TOKENS: &[Role] = &[
    Channel,
    Operator,
    Triager,
    UnitClerk,
    UnitLeader,
    UnitHead,
    Auditor,
    CallbackAgent,
    Supervisor,
    CityOffice,
    Arbiter,
    Role::Administrator,
    System,
];
/// Everybody.
const ALL: &[Role] = &[
    Citizen,
    Channel,
    Operator,
    Triager,
    UnitClerk,
    UnitLeader,
    UnitHead,
    Auditor,
    CallbackAgent,
    Supervisor,
    CityOffice,
    Arbiter,
    Role::Administrator,
    System,
];
/// The hotline's own roles.
const OWN: &[Role] = &[System];

/// Seeing who a resident is: never the administrator's, whatever desk he stands in for.
const IDENTITY: [&str; 2] = [
    "/hotline.vault.v1.VaultService/Unlock",
    "/hotline.vault.v1.VaultService/ReadIdentity",
];

/// Every method and who may call it. What a role of the hotline relays passes also where [`Role::System`] stands in
/// the row: so a portal's form becomes a ticket, and a resident's rating a callback outcome.
pub const TABLE: &[(&str, &[Role])] = &[
    ("/hotline.tickets.v1.TicketService/Register", &[Operator, System]),
    (
        "/hotline.tickets.v1.TicketService/AddContact",
        &[Operator, System],
    ),
    ("/hotline.tickets.v1.TicketService/AnswerDirectly", &[Operator]),
    (
        "/hotline.tickets.v1.TicketService/Decline",
        &[Operator, Supervisor],
    ),
    ("/hotline.tickets.v1.TicketService/TransferOut", &[Operator]),
    (
        "/hotline.tickets.v1.TicketService/Classify",
        &[Operator, Triager, Supervisor, System],
    ),
    (
        "/hotline.tickets.v1.TicketService/Dispatch",
        &[Operator, Triager, System],
    ),
    ("/hotline.tickets.v1.TicketService/Sign", UNIT),
    ("/hotline.tickets.v1.TicketService/RecordFirstContact", UNIT),
    ("/hotline.tickets.v1.TicketService/StageReport", UNIT),
    ("/hotline.tickets.v1.TicketService/SubmitReply", UNIT),
    ("/hotline.tickets.v1.TicketService/AuditReply", &[Auditor, System]),
    (
        "/hotline.tickets.v1.TicketService/RecordCallback",
        &[CallbackAgent, System],
    ),
    (
        "/hotline.tickets.v1.TicketService/OrderRework",
        &[CallbackAgent, Supervisor],
    ),
    (
        "/hotline.tickets.v1.TicketService/Urge",
        &[Operator, Supervisor, System],
    ),
    ("/hotline.tickets.v1.TicketService/Seal", &[Operator, Triager]),
    ("/hotline.tickets.v1.TicketService/FireClock", OWN),
    (
        "/hotline.tickets.v1.TicketService/Escalate",
        &[Supervisor, CityOffice, System],
    ),
    ("/hotline.tickets.v1.TicketService/Annotate", PEOPLE),
    (
        "/hotline.tickets.v1.TicketService/Withdraw",
        &[Operator, Supervisor],
    ),
    (
        "/hotline.tickets.v1.TicketService/Reopen",
        &[Operator, Supervisor],
    ),
    ("/hotline.tickets.v1.TicketService/Consult", &[Triager]),
    ("/hotline.tickets.v1.TicketService/GiveOpinion", UNIT),
    (
        "/hotline.tickets.v1.TicketService/Redispatch",
        &[Triager, Supervisor],
    ),
    ("/hotline.tickets.v1.TicketService/Split", &[Triager]),
    ("/hotline.tickets.v1.TicketService/SubAssign", UNIT),
    ("/hotline.tickets.v1.TicketService/Excuse", UNIT),
    ("/hotline.tickets.v1.TicketService/Endorse", LEADERS),
    ("/hotline.tickets.v1.TicketService/RequestReturn", UNIT),
    ("/hotline.tickets.v1.TicketService/DecideReturn", &[Triager]),
    ("/hotline.tickets.v1.TicketService/Adjudicate", &[Arbiter]),
    (
        "/hotline.tickets.v1.TicketService/DecideEntry",
        &[Triager, Supervisor, CityOffice],
    ),
    ("/hotline.tickets.v1.TicketService/RequestExtension", LEADERS),
    (
        "/hotline.tickets.v1.TicketService/DecideExtension",
        &[Supervisor, CityOffice],
    ),
    ("/hotline.tickets.v1.TicketService/AskCitizen", UNIT),
    (
        "/hotline.tickets.v1.TicketService/CitizenReplied",
        &[Operator, System],
    ),
    ("/hotline.tickets.v1.TicketService/RequestSuspension", &[UnitHead]),
    (
        "/hotline.tickets.v1.TicketService/DecideSuspension",
        &[CityOffice],
    ),
    ("/hotline.tickets.v1.TicketService/CheckPromise", UNIT),
    (
        "/hotline.tickets.v1.TicketService/Resume",
        &[UnitClerk, UnitLeader, UnitHead, System],
    ),
    ("/hotline.tickets.v1.TicketService/RequestTermination", LEADERS),
    ("/hotline.tickets.v1.TicketService/DecideTermination", &[Auditor]),
    (
        "/hotline.tickets.v1.TicketService/DeadlineCallback",
        &[CallbackAgent, System],
    ),
    (
        "/hotline.tickets.v1.TicketService/RequestReview",
        &[Operator, Supervisor, System],
    ),
    ("/hotline.tickets.v1.TicketService/DecideReview", &[CityOffice]),
    ("/hotline.tickets.v1.TicketService/Object", &[Operator, System]),
    ("/hotline.tickets.v1.TicketService/DecideObjection", &[Supervisor]),
    ("/hotline.tickets.v1.TicketService/DecideProposal", &[CityOffice]),
    (
        "/hotline.tickets.v1.TicketService/IssueOrder",
        &[Supervisor, System],
    ),
    ("/hotline.tickets.v1.TicketService/AnswerOrder", &[UnitHead]),
    ("/hotline.tickets.v1.TicketService/RequestExclusion", &[UnitHead]),
    ("/hotline.tickets.v1.TicketService/DecideExclusion", &[CityOffice]),
    ("/hotline.tickets.v1.TicketService/Recuse", &[Operator, Triager]),
    ("/hotline.tickets.v1.TicketService/Merge", &[Triager]),
    ("/hotline.tickets.v1.TicketService/Unmerge", &[Triager]),
    ("/hotline.tickets.v1.TicketService/Rejoin", OWN),
    ("/hotline.tickets.v1.TicketService/RecordErasure", OWN),
    ("/hotline.tickets.v1.TicketService/GetTicket", STAFF),
    ("/hotline.tickets.v1.TicketService/ListTickets", STAFF),
    ("/hotline.tickets.v1.TicketService/ListTicketEvents", STAFF),
    ("/hotline.tickets.v1.TicketService/ExplainClock", STAFF),
    (
        "/hotline.tickets.v1.TicketService/ListRulings",
        &[Arbiter, Triager, Supervisor, CityOffice],
    ),
    ("/hotline.tickets.v1.TicketService/ListDueClocks", OWN),
    ("/hotline.tickets.v1.TicketService/ConfirmClock", OWN),
    ("/hotline.tickets.v1.TicketService/GetRules", TOKENS),
    ("/hotline.tickets.v1.TicketService/PublishRules", &[CityOffice]),
    ("/hotline.tickets.v1.TicketService/ListRules", TOKENS),
    (
        "/hotline.tickets.v1.TicketService/GetClockAudit",
        &[Supervisor, CityOffice, Role::Administrator],
    ),
    (
        "/hotline.tickets.v1.TicketService/StartClockAudit",
        &[Supervisor, CityOffice, Role::Administrator],
    ),
    ("/hotline.tickets.v1.TicketService/GetSealedContact", OWN),
    ("/hotline.tickets.v1.TicketService/Watch", STAFF),
    ("/hotline.intake.v1.IntakeService/RegisterCall", &[Operator]),
    ("/hotline.intake.v1.IntakeService/EndCall", &[Operator]),
    (
        "/hotline.intake.v1.IntakeService/RecordMissedCall",
        &[Operator, Channel],
    ),
    (
        "/hotline.intake.v1.IntakeService/ListMissedCalls",
        &[Operator, Triager, Supervisor, CityOffice],
    ),
    ("/hotline.intake.v1.IntakeService/RecordCallBack", &[Operator]),
    ("/hotline.intake.v1.IntakeService/RecordSms", &[Operator]),
    (
        "/hotline.intake.v1.IntakeService/SubmitComplaint",
        &[Operator, Channel],
    ),
    (
        "/hotline.triage.v1.TriageService/SuggestTriage",
        &[Operator, Triager, Supervisor, System],
    ),
    (
        "/hotline.triage.v1.TriageService/SuggestDuplicates",
        &[Operator, Triager, Supervisor],
    ),
    (
        "/hotline.triage.v1.TriageService/GetClassifier",
        &[Triager, Supervisor, CityOffice],
    ),
    (
        "/hotline.triage.v1.TriageService/RollBackClassifier",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.triage.v1.TriageService/GetDrift",
        &[Triager, Supervisor, CityOffice],
    ),
    (
        "/hotline.triage.v1.TriageService/ListCorrections",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListDue",
        &[Supervisor, CityOffice, Triager, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/GetDueSummary",
        &[Supervisor, CityOffice, Triager, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListEscalations",
        &[Supervisor, CityOffice, Triager, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/WatchEscalations",
        &[Supervisor, CityOffice, Triager, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/AcknowledgeEscalation",
        &[Supervisor, CityOffice, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListPromises",
        &[Supervisor, CityOffice, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListOrders",
        &[Supervisor, CityOffice, UnitClerk, UnitLeader, UnitHead],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListProposals",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/GetDueLoop",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ConfirmClock",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/ListNotices",
        &[Supervisor, CityOffice],
    ),
    (
        "/hotline.supervision.v1.SupervisionService/RetryNotice",
        &[Supervisor, CityOffice],
    ),
    ("/hotline.feedback.v1.FeedbackService/TrackTicket", ALL),
    (
        "/hotline.feedback.v1.FeedbackService/ListCallbacks",
        &[CallbackAgent, Supervisor],
    ),
    ("/hotline.feedback.v1.FeedbackService/RateTicket", ALL),
    ("/hotline.feedback.v1.FeedbackService/AnswerQuestion", ALL),
    ("/hotline.feedback.v1.FeedbackService/RequestReview", ALL),
    ("/hotline.feedback.v1.FeedbackService/Object", ALL),
    ("/hotline.insight.v1.InsightService/GetBoard", STAFF),
    (
        "/hotline.insight.v1.InsightService/ListHotTopics",
        &[Operator, Triager, Supervisor, CityOffice],
    ),
    (
        "/hotline.vault.v1.VaultService/CreateToken",
        &[Role::Administrator],
    ),
    (
        "/hotline.vault.v1.VaultService/RevokeToken",
        &[Role::Administrator],
    ),
    (
        "/hotline.vault.v1.VaultService/ListTokens",
        &[Role::Administrator],
    ),
    ("/hotline.vault.v1.VaultService/IntrospectToken", OWN),
    ("/hotline.vault.v1.VaultService/SealWords", OWN),
    ("/hotline.vault.v1.VaultService/OpenWords", OWN),
    ("/hotline.vault.v1.VaultService/HashCaller", OWN),
    ("/hotline.vault.v1.VaultService/MakeRatingLink", OWN),
    ("/hotline.vault.v1.VaultService/ReadRatingLink", OWN),
    (
        "/hotline.vault.v1.VaultService/Unlock",
        &[
            UnitClerk,
            UnitLeader,
            UnitHead,
            CallbackAgent,
            Supervisor,
            CityOffice,
        ],
    ),
    (
        "/hotline.vault.v1.VaultService/ReadIdentity",
        &[
            UnitClerk,
            UnitLeader,
            UnitHead,
            CallbackAgent,
            Supervisor,
            CityOffice,
        ],
    ),
    (
        "/hotline.vault.v1.VaultService/ListUnlocks",
        &[Supervisor, CityOffice, Role::Administrator],
    ),
    (
        "/hotline.vault.v1.VaultService/DestroyKey",
        &[CityOffice, Role::Administrator],
    ),
    (
        "/hotline.vault.v1.VaultService/RotateMasterKey",
        &[Role::Administrator],
    ),
];

static ROWS: LazyLock<HashMap<&'static str, &'static [Role]>> =
    LazyLock::new(|| TABLE.iter().copied().collect());

/// Whether the table knows the method.
pub fn is_known(path: &str) -> bool {
    ROWS.contains_key(path)
}

/// Whether `role` may call the method at `path` (`/package.Service/Method`). The administrator may also do what a
/// desk may; never what is only a unit's part, and never see who a resident is.
pub fn allowed(path: &str, role: Role) -> bool {
    let Some(row) = ROWS.get(path) else {
        return false;
    };
    let stands_in = || {
        role == Role::Administrator
            && !IDENTITY.contains(&path)
            && DESKS.iter().any(|desk| row.contains(desk))
    };
    row.contains(&role) || stands_in()
}

/// Whether a call of `role` passes when one of the hotline's own roles relays it.
pub fn allowed_relayed(path: &str, role: Role) -> bool {
    allowed(path, role) || allowed(path, System)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;

    use super::*;

    fn methods_of_the_contract() -> BTreeSet<String> {
        let files = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
        let mut methods = BTreeSet::new();
        for file in files
            .file
            .iter()
            .filter(|file| file.package().starts_with("hotline."))
        {
            for service in &file.service {
                for method in &service.method {
                    methods.insert(format!(
                        "/{}.{}/{}",
                        file.package(),
                        service.name(),
                        method.name()
                    ));
                }
            }
        }
        methods
    }

    #[test]
    fn every_method_of_the_contract_has_one_row_and_no_row_is_superfluous() {
        let rows: BTreeSet<String> = TABLE.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(rows.len(), TABLE.len(), "a method stands twice in the table");
        assert_eq!(rows, methods_of_the_contract());
    }

    #[test]
    fn the_administrator_stands_in_for_desks_but_not_for_units_and_sees_nobody() {
        let may = |method: &str| {
            allowed(
                &format!("/hotline.tickets.v1.TicketService/{method}"),
                Role::Administrator,
            )
        };
        assert!(
            may("Register")
                && may("Dispatch")
                && may("AuditReply")
                && may("RecordCallback")
                && may("Escalate")
        );
        assert!(!may("Sign") && !may("SubmitReply") && !may("FireClock") && !may("GetSealedContact"));
        assert!(IDENTITY.iter().all(|path| !allowed(path, Role::Administrator)));
    }

    #[test]
    fn a_portal_registers_only_through_intake() {
        let register = "/hotline.tickets.v1.TicketService/Register";
        assert!(!allowed(register, Channel));
        assert!(allowed_relayed(register, Channel));
        assert!(allowed(
            "/hotline.intake.v1.IntakeService/SubmitComplaint",
            Channel
        ));
    }

    #[test]
    fn a_resident_may_only_track_and_say_his_own_word() {
        let open: Vec<&str> = TABLE
            .iter()
            .filter(|(path, _)| allowed(path, Citizen))
            .map(|(path, _)| *path)
            .collect();
        assert_eq!(
            open,
            [
                "/hotline.feedback.v1.FeedbackService/TrackTicket",
                "/hotline.feedback.v1.FeedbackService/RateTicket",
                "/hotline.feedback.v1.FeedbackService/AnswerQuestion",
                "/hotline.feedback.v1.FeedbackService/RequestReview",
                "/hotline.feedback.v1.FeedbackService/Object",
            ]
        );
    }

    #[test]
    fn an_unknown_method_is_nobodys() {
        assert!(
            Role::ALL
                .into_iter()
                .all(|role| !allowed("/hotline.tickets.v1.TicketService/Delete", role))
        );
    }
}
