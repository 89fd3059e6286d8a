//! Closed sets, times and names between the contract and the domain, for all roles; what only one role sends stands
//! in its own `wire.rs`.
//!
//! A zero enum is "not said": [`optional`] gives none, [`required`] a fault. Unknown numbers are INVALID_ARGUMENT.

use domain::access::Role;
use domain::clock::{Kind, Level, Light};
use domain::id::{AreaId, CallerHash, CategoryId, EntryId, HolderId, IdError, TicketNumber, UnitId};
use domain::ticket::{
    Act, AuditFault, AuditItem, Cause, Channel, Claim, DeclineReason, Emergency, ExclusionGround, Grade,
    Means, PhaseName, Rating, RequestType, ReturnReason, Standing, SuspensionGround, TerminationGround,
};
use domain::words::{Field, Words, WordsError};
use jiff::Timestamp;
use proto::common::v1 as pb;

use crate::fault::{Fault, Text};
use crate::reason;

/// A closed set of the domain with its numbers on the wire.
pub trait ClosedSet: Copy + Sized {
    /// The number; never 0.
    fn to_wire(self) -> i32;
    /// The member of a number; none for 0 and for numbers unknown here.
    fn from_wire(number: i32) -> Option<Self>;
}

macro_rules! closed_sets {
    ($($domain:ident = $wire:ident { $($one:ident = $other:ident),+ $(,)? })+) => {$(
        impl ClosedSet for $domain {
            fn to_wire(self) -> i32 {
                match self { $($domain::$one => pb::$wire::$other as i32),+ }
            }

            fn from_wire(number: i32) -> Option<Self> {
                match pb::$wire::try_from(number).ok()? {
                    pb::$wire::Unspecified => None,
                    $(pb::$wire::$other => Some($domain::$one)),+
                }
            }
        }
    )+};
}

closed_sets! {
    RequestType = RequestType {
        Consult = Consult, Help = Help, Complaint = Complaint, Report = Report, Suggestion = Suggestion, Praise = Praise,
    }
    Grade = Grade { A = A, B = B, C = C, D = D }
    Channel = Channel {
        Phone = Phone, Web = Web, App = App, Wechat = Wechat, Sms = Sms, Mail = Mail, Letter = Letter, Visit = Visit,
        Transfer = Transfer, Open311 = Open311,
    }
    Standing = Standing {
        Own = Own, Proxy = Proxy, CommunityWorker = CommunityWorker, Anonymous = Anonymous,
    }
    PhaseName = Phase {
        Accepted = Accepted, Consulting = Consulting, Dispatched = Dispatched, Handling = Handling,
        AwaitingCitizen = AwaitingCitizen, Suspended = Suspended, ReplyReview = ReplyReview,
        CallbackDue = CallbackDue, Closed = Closed,
    }
    Light = Light { None = None, Yellow = Yellow, Red = Red, Green = Green, GreenLate = GreenLate, Grey = Grey }
    Level = Level { L0 = L0, L1 = L1, L2 = L2, L3 = L3, Call = Call, L4 = L4, L5 = L5 }
    Cause = EscalationCause {
        Supervisor = Supervisor, UrgedTwice = UrgedTwice, SecondRework = SecondRework,
        RefusedReturns = RefusedReturns, DutyNotDone = DutyNotDone, Listeners = Listeners, Incident = Incident,
        Overdue = Overdue, RepeatedL2 = RepeatedL2, FalseClosing = FalseClosing, Leak = Leak,
        Retaliation = Retaliation,
    }
    Kind = ClockKind {
        Citizen = Citizen, Triage = Triage, Sign = Sign, FirstContact = FirstContact, Handle = Handle, Stage = Stage,
        Audit = Audit, Callback = Callback, Rating = Rating, CallBack = CallBack, Decision = Decision,
        Waiting = Waiting, Promise = Promise, Order = Order, Proposal = Proposal,
    }
    Claim = Claim { Solved = Solved, Explained = Explained }
    Rating = Rating {
        VerySatisfied = VerySatisfied, Satisfied = Satisfied, BasicallySatisfied = BasicallySatisfied,
        Dissatisfied = Dissatisfied, VeryDissatisfied = VeryDissatisfied,
    }
    Means = Means { Phone = Phone, Message = Message, Visit = Visit }
    DeclineReason = DeclineReason {
        LegalRoute = LegalRoute, Secret = Secret, OutsideAuthority = OutsideAuthority, Repeated = Repeated,
        Unlawful = Unlawful, BeyondDuty = BeyondDuty, Harassment = Harassment, Finished = Finished,
    }
    Emergency = EmergencyService { Police = Police, Fire = Fire, Ambulance = Ambulance, Traffic = Traffic }
    AuditFault = AuditFault { Form = Form, Substance = Substance }
    AuditItem = AuditItem {
        Contacted = Contacted, Facts = Facts, Answered = Answered, Basis = Basis, Evidence = Evidence,
        Wording = Wording, Privacy = Privacy,
    }
    ReturnReason = ReturnReason {
        WrongUnit = WrongUnit, WrongArea = WrongArea, NotAdmissible = NotAdmissible, Duplicate = Duplicate,
        FactMissing = FactMissing,
    }
    SuspensionGround = SuspensionGround {
        LegalProcess = LegalProcess, Planning = Planning, Funds = Funds, Policy = Policy, Conditions = Conditions,
    }
    TerminationGround = TerminationGround {
        LegalRoute = LegalRoute, Repeated = Repeated, Unlawful = Unlawful, Finished = Finished,
        NoCooperation = NoCooperation,
    }
    ExclusionGround = ExclusionGround {
        Impossible = Impossible, OutsideAuthority = OutsideAuthority, FinishedByLaw = FinishedByLaw,
        Malicious = Malicious, WrongDispatch = WrongDispatch, ForceMajeure = ForceMajeure,
        SystemFault = SystemFault, FalseAccount = FalseAccount,
    }
    Act = Act { Return = Return, Reply = Reply }
    Role = Role {
        Citizen = Citizen, Channel = Channel, Operator = Operator, Triager = Triager, UnitClerk = UnitClerk,
        UnitLeader = UnitLeader, UnitHead = UnitHead, Auditor = Auditor, CallbackAgent = CallbackAgent,
        Supervisor = Supervisor, CityOffice = CityOffice, Arbiter = Arbiter, Administrator = Administrator,
        System = System,
    }
}

/// The member of a number; none when not said. An unknown number is INVALID_ARGUMENT of `field`.
pub fn optional<T: ClosedSet>(field: &'static str, number: i32) -> Result<Option<T>, Fault> {
    if number == 0 {
        return Ok(None);
    }
    T::from_wire(number).map(Some).ok_or_else(|| {
        Fault::invalid(
            field,
            format!("{field} 的取值 {number} 未定义"),
            format!("{field}: {number} is not defined"),
        )
    })
}

/// The member of a number that must be said.
pub fn required<T: ClosedSet>(field: &'static str, number: i32) -> Result<T, Fault> {
    optional(field, number)?.ok_or_else(|| missing(field))
}

/// The number of an optional member; 0 for none.
pub fn number_or_zero<T: ClosedSet>(member: Option<T>) -> i32 {
    member.map_or(0, ClosedSet::to_wire)
}

/// INVALID_ARGUMENT: a field that must be there is not.
pub fn missing(field: impl Into<Text>) -> Fault {
    let field = field.into();
    let (zh, en) = (format!("缺少 {field}"), format!("{field} is required"));
    Fault::invalid(field, zh, en)
}

/// A time on the wire.
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    // The wire counts nanoseconds upwards always; jiff downwards before 1970.
    if nanos < 0 {
        prost_types::Timestamp {
            seconds: seconds - 1,
            nanos: nanos + 1_000_000_000,
        }
    } else {
        prost_types::Timestamp { seconds, nanos }
    }
}

/// A time from the wire.
pub fn instant(field: &'static str, time: &prost_types::Timestamp) -> Result<Timestamp, Fault> {
    Timestamp::new(time.seconds, time.nanos).map_err(|_| {
        Fault::invalid(
            field,
            format!("{field} 不是有效时间"),
            format!("{field} is no time"),
        )
    })
}

/// A time from the wire that may be left out.
pub fn optional_instant(
    field: &'static str,
    time: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Fault> {
    time.map(|time| instant(field, time)).transpose()
}

/// The ticket number of the field `number`.
pub fn number(text: &str) -> Result<TicketNumber, Fault> {
    number_of("number", text)
}

/// The ticket number of a field.
pub fn number_of(field: &'static str, text: &str) -> Result<TicketNumber, Fault> {
    TicketNumber::parse(text).map_err(|error| id_fault(field, &error))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $required:ident, $optional:ident: $type:ty;)+) => {$(
        $(#[$doc])*
        pub fn $required(field: &'static str, text: &str) -> Result<$type, Fault> {
            <$type>::parse(text).map_err(|error| id_fault(field, &error))
        }

        $(#[$doc])*
        /// None when empty.
        pub fn $optional(field: &'static str, text: &str) -> Result<Option<$type>, Fault> {
            if text.is_empty() { Ok(None) } else { $required(field, text).map(Some) }
        }
    )+};
}

ids! {
    /// A unit's code.
    unit, optional_unit: UnitId;
    /// An area's code.
    area, optional_area: AreaId;
    /// A category's code.
    category, optional_category: CategoryId;
    /// A directory entry's code.
    entry, optional_entry: EntryId;
    /// A holder's code.
    holder, optional_holder: HolderId;
    /// A caller's keyed hash.
    caller_hash, optional_caller_hash: CallerHash;
}

/// What is wrong with a name, for the one who typed it.
pub fn id_fault(field: &'static str, error: &IdError) -> Fault {
    match error {
        IdError::CheckDigit => Fault::invalid_because(
            reason::CHECK_DIGIT,
            field,
            "工单编号校验位不符：有一位数字输错，或相邻两位颠倒",
            "the check digit does not fit: one digit is mistyped or two neighbours are swapped",
        ),
        IdError::Shape { expected } => Fault::invalid(
            field,
            format!("{field} 格式不正确"),
            format!("{field}: expected {expected}"),
        ),
    }
}

/// What is wrong with a text, by the name of its field; never the text.
pub fn words_fault(error: &WordsError) -> Fault {
    match error {
        WordsError::Missing(field) => missing(field.as_str()),
        WordsError::TooLong { field, count } => {
            let (name, max) = (field.as_str(), field.chars_max());
            Fault::invalid(
                name,
                format!("{name} 共 {count} 字，最多 {max} 字"),
                format!("{name} has {count} characters, at most {max} are taken"),
            )
        }
        WordsError::Control(field) => {
            let name = field.as_str();
            Fault::invalid(
                name,
                format!("{name} 含有控制字符"),
                format!("{name} holds a control character"),
            )
        }
    }
}

/// An identity as bounded words; no words at all when every field is empty.
pub fn identity_words(identity: &pb::Identity) -> Result<Words, Fault> {
    let mut words = Words::new();
    for (field, text) in [
        (Field::Name, &identity.name),
        (Field::Phone, &identity.phone),
        (Field::IdNumber, &identity.id_number),
        (Field::HomeAddress, &identity.home_address),
    ] {
        words.allow(field, text).map_err(|error| words_fault(&error))?;
    }
    Ok(words)
}

/// Words of an identity as they are shown after an unlock.
pub fn identity(words: &Words) -> pb::Identity {
    pb::Identity {
        name: words.get(Field::Name).to_owned(),
        phone: words.get(Field::Phone).to_owned(),
        id_number: words.get(Field::IdNumber).to_owned(),
        home_address: words.get(Field::HomeAddress).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_set_reads_back_and_none_is_left_out() {
        fn check<T: ClosedSet + PartialEq + std::fmt::Debug>(all: &[T]) {
            for one in all {
                assert_eq!(optional("field", one.to_wire()).unwrap(), Some(*one));
            }
            let count = i32::try_from(all.len()).unwrap();
            assert!((1..=count).all(|number| T::from_wire(number).is_some()));
            assert_eq!(
                optional::<T>("field", count + 1).unwrap_err().fields().next(),
                Some("field")
            );
            assert!(required::<T>("field", 0).is_err());
        }
        check(RequestType::ALL);
        check(Grade::ALL);
        check(Channel::ALL);
        check(Standing::ALL);
        check(PhaseName::ALL);
        check(Level::ALL);
        check(Claim::ALL);
        check(Rating::ALL);
        check(Means::ALL);
        check(DeclineReason::ALL);
        check(Emergency::ALL);
        check(AuditFault::ALL);
        check(AuditItem::ALL);
        check(ReturnReason::ALL);
        check(SuspensionGround::ALL);
        check(TerminationGround::ALL);
        check(ExclusionGround::ALL);
        check(Act::ALL);
        check(Kind::ALL);
        check(&Role::ALL);
    }

    #[test]
    fn times_read_back_before_and_after_1970() {
        for text in ["2026-11-21T08:30:00.25Z", "1969-12-31T23:59:59.75Z"] {
            let at: Timestamp = text.parse().unwrap();
            let wire = timestamp(at);
            assert!((0..1_000_000_000).contains(&wire.nanos));
            assert_eq!(instant("at", &wire).unwrap(), at);
        }
    }

    #[test]
    fn a_mistyped_number_is_told_precisely() {
        let fault = number("20261121-0000016").unwrap_err();
        assert_eq!(fault.reason(), "WRONG_CHECK_DIGIT");
        assert!(fault.zh().contains("校验位"));
        assert_eq!(number("abc").unwrap_err().reason(), "INVALID_FIELD");
    }

    #[test]
    fn a_bad_text_is_named_and_not_shown() {
        let long = "字".repeat(200);
        let identity = pb::Identity {
            name: long.clone(),
            ..pb::Identity::default()
        };
        let fault = identity_words(&identity).unwrap_err();
        assert_eq!(fault.fields().collect::<Vec<_>>(), ["name"]);
        assert!(!fault.zh().contains(&long));
    }
}
