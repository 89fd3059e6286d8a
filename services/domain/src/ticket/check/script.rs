//! Reading a script: verbs in the domain's words, each by whoever usually does it. `ROLE:` or `ROLE@UNIT:` in front of
//! a line says who does it instead.

#[cfg(test)]
use super::merging;
use super::verbs;
use crate::access::{Actor, Role};
use crate::clock::{Kind, Level, RunId};
use crate::id::{AreaId, CallerHash, CategoryId, EntryId, HolderId, KeySlot, LegId, TicketNumber, UnitId};
use crate::ticket::{
    Accused, AddContact, AnswerDirectly, AuditFault, AuditItem, AuditReply, Cause, Channel, Claim,
    Classification, Classify, Command, Contact, Decline, DeclineReason, Dispatch, Emergency, Escalate,
    FireClock, Grade, Ground, Means, Rating, RecordCallback, RecordFirstContact, Register, RequestType, Seal,
    SplitFrom, StageReport, Standing, SubmitReply, Support, Ticket, TransferOut,
};

/// The slot of the ticket's words; a contact's is 100 and its id.
pub(crate) const WORDS: KeySlot = KeySlot(1);

pub(crate) enum Line {
    At(String),
    Tick(String),
    CatchUp,
    Publish(Vec<String>),
    Rederive,
    Register(Box<Register>, Actor),
    Command(Command, Actor),
}

/// `role`, `role@unit`, and `role#name` where two of a role act; cleared for the sealed desk.
pub(crate) fn actor(text: &str) -> Actor {
    let (who, unit) = text
        .split_once('@')
        .map_or((text, None), |(who, unit)| (who, Some(unit)));
    let (role, name) = who.split_once('#').unwrap_or((who, who));
    Actor {
        holder: HolderId::parse(name).unwrap(),
        role: Role::parse(role).unwrap_or_else(|| panic!("no role {role}")),
        unit: unit.map(|unit| UnitId::parse(unit).unwrap()),
        cleared: true,
    }
}

pub(crate) fn parse(line: &str, ticket: Option<&Ticket>) -> Line {
    let (by, line) = match line.split_once(": ") {
        Some((by, rest)) => (Some(by), rest),
        None => (None, line),
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["at", date, time] => Line::At(format!("{date}T{time}")),
        ["tick", "to", date, time] => Line::Tick(format!("{date}T{time}")),
        ["catch", "up"] => Line::CatchUp,
        ["publish", change @ ..] => Line::Publish(change.iter().map(ToString::to_string).collect()),
        ["rederive"] => Line::Rederive,
        ["register", rest @ ..] => Line::Register(Box::new(register(rest)), actor(by.unwrap_or("operator"))),
        words => {
            let (command, usually) = command(words, ticket);
            Line::Command(command, actor(by.unwrap_or(&usually)))
        }
    }
}

/// Whether an option is named, like `confidential`.
pub(super) fn has(words: &[&str], word: &str) -> bool {
    words.contains(&word)
}

/// What follows an option, like `in s`.
pub(super) fn after<'a>(words: &[&'a str], word: &str) -> Option<&'a str> {
    words.iter().position(|one| *one == word).map(|at| words[at + 1])
}

fn register(words: &[&str]) -> Register {
    let [kind, grade, category, channel, rest @ ..] = words else {
        panic!("register TYPE GRADE CATEGORY CHANNEL …")
    };
    let channel = Channel::parse(channel).unwrap();
    Register {
        number: TicketNumber::new(super::city::date(), 1).unwrap(),
        channel,
        classification: Classification {
            kind: RequestType::parse(kind).unwrap(),
            grade: Grade::parse(grade).unwrap(),
            category: (*category != "-").then(|| CategoryId::parse(category).unwrap()),
            area: after(rest, "in").map(|area| AreaId::parse(area).unwrap()),
            confidence_percent: 90,
        },
        contact: contact(1, channel, rest),
        key: WORDS,
        query_code: "0".repeat(64),
        source: None,
        occurred_at: None,
        confidential: has(rest, "confidential"),
        accused: after(rest, "accused").map(accused),
        kept_out: after(rest, "without")
            .map(|unit| UnitId::parse(unit).unwrap())
            .into_iter()
            .collect(),
        split_from: after(rest, "split").map(|at| SplitFrom {
            number: TicketNumber::new(super::city::date(), 2).unwrap(),
            registered_at: super::city::at(at),
        }),
    }
}

/// `anonymous`, or `by NAME`; without either the caller is `wang`.
fn contact(id: u16, channel: Channel, words: &[&str]) -> Contact {
    let is_known = !has(words, "anonymous");
    let name = after(words, "by").unwrap_or("wang");
    let hash: String = name
        .bytes()
        .cycle()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Contact {
        id,
        channel,
        standing: if is_known {
            Standing::Own
        } else {
            Standing::Anonymous
        },
        caller: is_known.then(|| CallerHash::parse(&hash).unwrap()),
        identity: is_known.then_some(KeySlot(100 + u64::from(id))),
        call: None,
    }
}

fn accused(text: &str) -> Accused {
    match text {
        "outsider" => Accused::Outsider,
        unit => Accused::Unit(UnitId::parse(unit).unwrap()),
    }
}

fn classify(words: &[&str], confidence_percent: u8) -> Classify {
    Classify {
        kind: after(words, "type").map(|text| RequestType::parse(text).unwrap()),
        grade: after(words, "grade").map(|text| Grade::parse(text).unwrap()),
        category: after(words, "category").map(|text| CategoryId::parse(text).unwrap()),
        area: after(words, "area").map(|text| AreaId::parse(text).unwrap()),
        confidence_percent,
        hold: after(words, "hold").map(|text| crate::ticket::Hold::parse(text).unwrap()),
    }
}

/// `dispatch LEAD [CO …] [by ENTRY] [as grade b …]`.
pub(super) fn dispatch(words: &[&str]) -> Dispatch {
    let end = words
        .iter()
        .position(|word| matches!(*word, "by" | "as"))
        .unwrap_or(words.len());
    let mut units = words[..end].iter().map(|unit| UnitId::parse(unit).unwrap());
    Dispatch {
        lead: units.next().expect("dispatch LEAD"),
        co: units.collect(),
        ground: after(words, "by").map_or(Ground::Reason, |entry| {
            Ground::Entry(EntryId::parse(entry).unwrap())
        }),
        classify: has(words, "as").then(|| classify(words, 100)),
        support: Support::default(),
    }
}

/// The leg of a unit; one that does not exist where it has none.
pub(super) fn leg_of(ticket: Option<&Ticket>, unit: &str) -> LegId {
    let legs = ticket.and_then(|ticket| ticket.phase.legs());
    let unit = UnitId::parse(unit).unwrap();
    legs.and_then(|legs| legs.of_unit(&unit))
        .map_or(LegId(99), |leg| leg.id)
}

/// The clock of a kind, of a unit's leg where one is named.
fn run_id(ticket: Option<&Ticket>, kind: Kind, unit: Option<&str>) -> RunId {
    let ticket = ticket.expect("a script registers first");
    let leg = unit
        .and_then(|unit| ticket.phase.legs()?.iter().find(|leg| leg.unit.as_str() == unit))
        .map(|leg| leg.id);
    let runs = ticket
        .clocks
        .iter()
        .filter(|clock| clock.run.kind == kind && clock.run.leg == leg);
    runs.map(|clock| clock.run.id())
        .next()
        .unwrap_or(RunId { kind, leg, run: 99 })
}

fn command(words: &[&str], ticket: Option<&Ticket>) -> (Command, String) {
    let (verb, rest) = words.split_first().expect("a line has a verb");
    if let Some((role, command)) = verbs::of_the_unit(verb, rest, ticket) {
        return (command, format!("{role}@{}", rest.first().unwrap_or(&"nobody")));
    }
    // Elsewhere two tickets are merged that both exist.
    #[cfg(test)]
    if let Some((command, usually)) = merging::verb(verb, rest) {
        return (command, usually.to_owned());
    }
    if let Some((command, usually)) = verbs::of_the_hotline(verb, rest, ticket) {
        return (command, usually.to_owned());
    }
    if let Some(command) = of_the_unit(verb, rest) {
        // What is to pass unread bears the leader's signature.
        let role = if has(rest, "unread") {
            "unit_leader"
        } else {
            "unit_clerk"
        };
        return (command, format!("{role}@{}", rest.first().unwrap_or(&"nobody")));
    }
    let (command, usually) = of_the_hotline(verb, rest, ticket);
    (command, usually.to_owned())
}

fn of_the_unit(verb: &str, rest: &[&str]) -> Option<Command> {
    Some(match verb {
        "sign" => Command::Sign,
        "contact" => {
            let means = after(rest, "by").map_or(Means::Phone, |text| Means::parse(text).unwrap());
            Command::RecordFirstContact(RecordFirstContact {
                means,
                reached: has(rest, "reached"),
            })
        }
        "stage" => Command::StageReport(StageReport {
            controlled: has(rest, "controlled"),
        }),
        "reply" => {
            let claim = Claim::parse(rest[1]).unwrap();
            Command::SubmitReply(SubmitReply {
                claim,
                sampled: !has(rest, "unread"),
            })
        }
        _ => return None,
    })
}

fn of_the_hotline(verb: &str, rest: &[&str], ticket: Option<&Ticket>) -> (Command, &'static str) {
    match verb {
        "again" => (again(rest, ticket), "operator"),
        "answer" => {
            let (article, caller_agrees) = ("k-1".to_owned(), has(rest, "agreed"));
            (
                Command::AnswerDirectly(AnswerDirectly {
                    article,
                    caller_agrees,
                }),
                "operator",
            )
        }
        "decline" => {
            let reason = DeclineReason::parse(rest[0]).unwrap();
            (Command::Decline(Decline { reason }), "operator")
        }
        "transfer" => {
            let (service, confirmed) = (Emergency::parse(rest[0]).unwrap(), has(rest, "confirmed"));
            (
                Command::TransferOut(TransferOut { service, confirmed }),
                "operator",
            )
        }
        "classify" => (Command::Classify(classify(rest, 100)), "triager"),
        "dispatch" => (Command::Dispatch(dispatch(rest)), "triager"),
        "audit" => (Command::AuditReply(audit(rest)), "auditor"),
        "callback" => (Command::RecordCallback(callback(rest)), "callback_agent"),
        "rework" => (Command::OrderRework, "callback_agent"),
        "urge" => (Command::Urge, "operator"),
        "seal" => {
            let accused = rest.first().map(|text| accused(text));
            (Command::Seal(Seal { accused }), "triager")
        }
        "fire" => (fire(rest, ticket), "system"),
        "escalate" => {
            let level = Level::parse(rest[0]).unwrap();
            let cause = rest
                .get(1)
                .map_or(Cause::Supervisor, |word| Cause::parse(word).unwrap());
            let unit = rest.get(2).map(|word| UnitId::parse(word).unwrap());
            (Command::Escalate(Escalate { level, cause, unit }), "supervisor")
        }
        "note" => (Command::Annotate, "triager"),
        "withdraw" => (Command::Withdraw, "operator"),
        "reopen" => (Command::Reopen, "operator"),
        "erase" if rest[0] == "words" => (Command::RecordErasure(WORDS), "system"),
        "erase" => {
            let id: u64 = rest[1].parse().unwrap();
            (Command::RecordErasure(KeySlot(100 + id)), "system")
        }
        _ => panic!("no such line: {verb} {rest:?}"),
    }
}

fn again(words: &[&str], ticket: Option<&Ticket>) -> Command {
    let id = ticket.map_or(1, Ticket::next_contact);
    let Contact {
        channel,
        standing,
        caller,
        identity,
        call,
        ..
    } = contact(id, Channel::parse(words[0]).unwrap(), words);
    Command::AddContact(AddContact {
        channel,
        standing,
        caller,
        identity,
        call,
    })
}

/// `audit pass`, `audit FAULT [ITEM …]`.
fn audit(words: &[&str]) -> AuditReply {
    match words {
        ["pass"] => AuditReply::Passed,
        [fault, items @ ..] => {
            let items = items.iter().map(|item| AuditItem::parse(item).unwrap()).collect();
            AuditReply::Failed(AuditFault::parse(fault).unwrap(), items)
        }
        [] => panic!("audit FINDING"),
    }
}

fn callback(words: &[&str]) -> RecordCallback {
    match words[0] {
        "missed" => RecordCallback::Missed,
        answer => RecordCallback::Answered {
            solved: answer == "solved",
            rating: words.iter().find_map(|word| Rating::parse(word)),
            by_link: has(words, "link"),
        },
    }
}

/// `fire KIND [UNIT] LEVEL`.
fn fire(words: &[&str], ticket: Option<&Ticket>) -> Command {
    let [kind, unit @ .., level] = words else {
        panic!("fire KIND [UNIT] LEVEL")
    };
    let clock = run_id(ticket, Kind::parse(kind).unwrap(), unit.first().copied());
    let level = Level::parse(level).unwrap();
    Command::FireClock(FireClock {
        clock,
        level,
        system_was_down: false,
    })
}
