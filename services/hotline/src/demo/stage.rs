//! The stage: tokens and calls. Plays one scene through the public API and says what follows from it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::UnitId;
use domain::rules::Rules;
use jiff::{SignedDuration, Timestamp};
use kit::clock::{Clock as _, SteppedClock};
use kit::wire::{ClosedSet as _, number_or_zero};
use proto::common::v1 as common;
use proto::insight::v1::{GetBoardRequest, GetBoardResponse};
use proto::intake::v1::SubmitComplaintRequest;
use proto::supervision::v1::GetDueLoopRequest;
use proto::tickets::v1 as pb;
use proto::triage::v1::SuggestTriageRequest;
use proto::triage::v1::suggest_triage_request::Matter;
use proto::vault::v1::CreateTokenRequest;
use uuid::Uuid;

use super::cast::{Manner, is_content};
use super::day::{Act, Day, Scene};
use super::stories::{Numbers, Story};
use crate::client::{Answer as _, Client, Target};
use crate::out::Lang;

const CALL_WITHIN: Duration = Duration::from_secs(20);
/// How often a follower's work is looked for, and how long.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const LOOKS_MAX: u32 = 5_000;
/// Two looks at the board this far apart that are the same: it has caught up.
const SETTLE: Duration = Duration::from_millis(300);

/// Everybody who plays, each with a token of his own.
pub(super) struct Stage {
    addr: SocketAddr,
    lang: Lang,
    administrator: Client,
    desks: BTreeMap<&'static str, (String, Client)>,
    clerks: BTreeMap<String, (String, Client)>,
    tracked: Option<(String, String)>,
    stories: Numbers,
}

const DESKS: [(&str, common::Role); 8] = [
    ("channel", common::Role::Channel),
    ("operator", common::Role::Operator),
    ("triager", common::Role::Triager),
    ("auditor", common::Role::Auditor),
    ("callback", common::Role::CallbackAgent),
    ("supervisor", common::Role::Supervisor),
    ("arbiter", common::Role::Arbiter),
    ("city", common::Role::CityOffice),
];

impl Stage {
    pub(super) async fn open(addr: SocketAddr, data: &Path, lang: Lang) -> anyhow::Result<Self> {
        let token = std::fs::read_to_string(data.join("admin.token"))
            .context("no admin.token in the data directory")?;
        let administrator = client(addr, token.trim(), lang)?;
        let (desks, clerks) = (BTreeMap::new(), BTreeMap::new());
        let mut stage = Self {
            addr,
            lang,
            administrator,
            desks,
            clerks,
            tracked: None,
            stories: Numbers::new(),
        };
        for (name, role) in DESKS {
            let token = stage.token(&format!("demo.{name}"), role, "").await?;
            let client = client(addr, &token, lang)?;
            stage.desks.insert(name, (token, client));
        }
        Ok(stage)
    }

    async fn token(&self, holder: &str, role: common::Role, unit: &str) -> anyhow::Result<String> {
        // Reports are sealed: the desks that must see them are cleared in the demonstration.
        let cleared = matches!(
            role,
            common::Role::Triager | common::Role::Auditor | common::Role::CallbackAgent
        );
        let request = CreateTokenRequest {
            holder: holder.to_owned(),
            role: role.into(),
            unit: unit.to_owned(),
            cleared,
            ttl_seconds: 0,
            request_id: format!("demo:{holder}"),
        };
        Ok(self
            .administrator
            .vault()
            .create_token(request)
            .await
            .answer()?
            .token)
    }

    pub(super) fn desk(&self, name: &str) -> Client {
        self.desks
            .get(name)
            .map_or_else(|| self.administrator.clone(), |(_, client)| client.clone())
    }

    pub(super) async fn clerk(&mut self, unit: &str) -> anyhow::Result<Client> {
        if let Some((_, client)) = self.clerks.get(unit) {
            return Ok(client.clone());
        }
        let token = self
            .token(&format!("demo.clerk.{unit}"), common::Role::UnitClerk, unit)
            .await?;
        let client = client(self.addr, &token, self.lang)?;
        self.clerks.insert(unit.to_owned(), (token, client.clone()));
        Ok(client)
    }

    /// A leader or head of a unit.
    pub(super) async fn person(&self, unit: &str, role: common::Role) -> anyhow::Result<Client> {
        let holder = format!("demo.{}.{unit}", role.as_str_name().to_lowercase());
        let token = self.token(&holder, role, unit).await?;
        client(self.addr, &token, self.lang)
    }

    /// The tickets of a story, in the order of their calls.
    pub(super) fn numbers(&self, story: Story) -> &[String] {
        self.stories.get(&story).map_or(&[], Vec::as_slice)
    }

    /// Each story and its first ticket.
    pub(super) fn stories(&self) -> impl Iterator<Item = (Story, &str)> {
        self.stories
            .iter()
            .filter_map(|(story, numbers)| Some((*story, numbers.first()?.as_str())))
    }

    pub(super) fn remember(&mut self, story: Story, number: String) {
        self.stories.entry(story).or_default().push(number);
    }

    /// The board as a supervisor sees it.
    pub(super) async fn board(&self) -> anyhow::Result<GetBoardResponse> {
        Ok(self
            .desk("supervisor")
            .insight()
            .get_board(GetBoardRequest::default())
            .await
            .answer()?)
    }

    /// Time passes until `until`, from one due time to the next: what is due fires before anything else happens, as it would
    /// in a city where a day takes a day.
    pub(super) async fn time_passes(&self, clock: &SteppedClock, until: Timestamp) -> anyhow::Result<()> {
        loop {
            let next = self.all_fired(clock.now()).await?;
            if clock.now() >= until {
                return Ok(());
            }
            clock.step_to(next.map_or(until, |next| next.min(until)));
        }
    }

    /// Waits until nothing that is due at `now` is left to fire. Answers when the next is.
    async fn all_fired(&self, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        let supervisor = self.desk("supervisor");
        for _ in 0..LOOKS_MAX {
            let answer = supervisor
                .supervision()
                .get_due_loop(GetDueLoopRequest {})
                .await
                .answer()?;
            let due_loop = answer.due_loop.unwrap_or_default();
            let instant = |time: Option<prost_types::Timestamp>| {
                time.map(|time| kit::wire::instant("due_time", &time)).transpose()
            };
            let (oldest, next) = (
                instant(due_loop.oldest_due_time)?,
                instant(due_loop.next_due_time)?,
            );
            if oldest.is_none() && next.is_none_or(|next| next > now) {
                return Ok(next);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("what is due does not fire")
    }

    /// Waits until the board has seen what was done last.
    pub(super) async fn settled(&self) -> anyhow::Result<()> {
        let mut before = None;
        for _ in 0..LOOKS_MAX {
            let total = self.board().await?.total;
            if before.is_some() && before == total {
                return Ok(());
            }
            before = total;
            tokio::time::sleep(SETTLE).await;
        }
        Ok(())
    }

    /// Who got which token, for trying out.
    pub(super) fn tokens(&self) -> Vec<(String, String)> {
        let desks = self
            .desks
            .iter()
            .map(|(name, (token, _))| ((*name).to_owned(), token.clone()));
        let clerks = self
            .clerks
            .iter()
            .map(|(unit, (token, _))| (format!("clerk of {unit}"), token.clone()));
        desks.chain(clerks.take(3)).collect()
    }

    /// A number and its query code.
    pub(super) fn a_tracked_ticket(&self) -> Option<(&str, &str)> {
        self.tracked
            .as_ref()
            .map(|(number, code)| (number.as_str(), code.as_str()))
    }

    /// Plays a scene and adds what follows to the agenda.
    pub(super) async fn play(&mut self, day: &mut Day, scene: Scene, rules: &Rules) -> anyhow::Result<()> {
        match scene.act.clone() {
            Act::Arrives { turn } => self.arrives(day, &scene, turn).await,
            Act::Triaged { turn, number } => self.triaged(day, &scene, turn, number, rules).await,
            Act::Signed { turn, number } => self.signed(day, &scene, turn, number).await,
            Act::Contacted { turn, number } => self.contacted(day, &scene, turn, number).await,
            Act::Reported { turn, number } => self.reported(day, &scene, turn, number).await,
            Act::Replied { turn, number } => self.replied(day, &scene, turn, number).await,
            Act::Audited { turn, number } => self.audited(day, &scene, turn, number).await,
            Act::CalledBack { turn, number } => self.called_back(day, &scene, turn, number).await,
            Act::Told { story, step } => self.tell(day, &scene, story, step).await,
        }
    }

    async fn arrives(&mut self, day: &mut Day, scene: &Scene, turn: usize) -> anyhow::Result<()> {
        let message = day.message(turn);
        let phone = message.caller_phone.clone();
        let identity = phone.is_some().then(|| common::Identity {
            name: message.caller_name.clone().unwrap_or_default(),
            phone: phone.unwrap_or_default(),
            ..common::Identity::default()
        });
        let standing = if identity.is_some() {
            common::Standing::Own
        } else {
            common::Standing::Anonymous
        };
        let request = SubmitComplaintRequest {
            request_id: format!("demo:{turn}"),
            channel: message.channel.to_wire(),
            r#type: number_or_zero(message.kind),
            subject: message.subject.clone(),
            body: message.body.clone(),
            place: message.place.clone(),
            standing: standing.into(),
            identity,
            ..SubmitComplaintRequest::default()
        };
        let is_call = message.channel == domain::ticket::Channel::Phone;
        let desk = self.desk(if is_call { "operator" } else { "channel" });
        let taken = desk.intake().submit_complaint(request).await.answer()?;
        if self.tracked.is_none() && turn % 5 == 4 {
            self.tracked = Some((taken.number.clone(), taken.query_code));
        }
        day.after(
            scene,
            SignedDuration::from_mins(6),
            Act::Triaged {
                turn,
                number: taken.number,
            },
        );
        Ok(())
    }

    async fn triaged(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
        rules: &Rules,
    ) -> anyhow::Result<()> {
        let mut ticket = self.looked_at(&number).await?;
        if ticket.lead_unit.is_empty() {
            ticket = self.dispatched_by_hand(ticket, rules).await?;
        }
        if let Some(wait) = self.manner(&ticket, turn)?.signs_after() {
            let urgent = matches!(ticket.grade(), common::Grade::A | common::Grade::B);
            let wait = if urgent {
                SignedDuration::from_mins(9)
            } else {
                wait
            };
            day.after(scene, wait, Act::Signed { turn, number });
        }
        Ok(())
    }

    fn manner(&self, ticket: &pb::Ticket, turn: usize) -> anyhow::Result<Manner> {
        Ok(Manner::of(&UnitId::parse(&ticket.lead_unit)?, turn))
    }

    /// The ticket once the triage follower has dispatched or held it.
    async fn looked_at(&self, number: &str) -> anyhow::Result<pb::Ticket> {
        for _ in 0..LOOKS_MAX {
            let ticket = self.ticket(number).await?;
            if !ticket.lead_unit.is_empty() || !ticket.hold.is_empty() {
                return Ok(ticket);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("工单 {number} 无人分派 · nobody has looked at ticket {number}")
    }

    /// The ticket once its answer is there to be asked about: a merged one has it from its incident.
    pub(super) async fn asked_back(&self, number: &str) -> anyhow::Result<()> {
        for _ in 0..LOOKS_MAX {
            if self.ticket(number).await?.phase() == common::Phase::CallbackDue {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("工单 {number} 未收到答复 · no answer has reached ticket {number}")
    }

    pub(super) async fn ticket(&self, number: &str) -> anyhow::Result<pb::Ticket> {
        let request = pb::GetTicketRequest {
            number: number.to_owned(),
            view: pb::TicketView::Basic.into(),
        };
        self.desk("triager")
            .tickets()
            .get_ticket(request)
            .await
            .answer()?
            .ticket
            .context("a ticket was asked for")
    }

    /// A triager takes the first proposal, or sends it to the district, with a reason.
    async fn dispatched_by_hand(&self, ticket: pb::Ticket, rules: &Rules) -> anyhow::Result<pb::Ticket> {
        let triager = self.desk("triager");
        if ticket.sealed && ticket.accused.is_none() {
            let request = pb::SealRequest {
                number: ticket.number.clone(),
                request_id: Uuid::new_v4().to_string(),
                accused: Some(common::Accused {
                    who: Some(common::accused::Who::Outsider(true)),
                }),
                ..pb::SealRequest::default()
            };
            triager.tickets().seal(request).await.answer()?;
        }
        let matter = Some(Matter::Number(ticket.number.clone()));
        let suggested = triager
            .triage()
            .suggest_triage(SuggestTriageRequest { matter })
            .await
            .answer()?;
        let category = suggested
            .categories
            .first()
            .map_or("governance.other.other", |one| one.code.as_str());
        let known = rules.categories.iter().any(|one| one.id.as_str() == category);
        let category = if known {
            category.to_owned()
        } else {
            rules.bundle().categories[0].id.to_string()
        };
        let area = suggested
            .areas
            .first()
            .map_or("440511", |one| one.code.as_str())
            .to_owned();
        let lead = suggested
            .units
            .first()
            .map_or("district-jinping", |one| one.unit.as_str())
            .to_owned();
        let request = pb::DispatchRequest {
            number: ticket.number.clone(),
            request_id: Uuid::new_v4().to_string(),
            lead_unit: lead,
            reason: "人工研判派单".to_owned(),
            classification: Some(pb::Classification {
                category,
                area,
                ..pb::Classification::default()
            }),
            ..pb::DispatchRequest::default()
        };
        triager
            .tickets()
            .dispatch(request)
            .await
            .answer()?
            .ticket
            .context("a dispatch answers its ticket")
    }

    async fn signed(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let ticket = self.ticket(&number).await?;
        for leg in &ticket.legs {
            let request = pb::SignRequest {
                number: number.clone(),
                request_id: format!("demo:sign:{number}:{}", leg.leg),
                expected_version: None,
            };
            self.clerk(&leg.unit)
                .await?
                .tickets()
                .sign(request)
                .await
                .answer()?;
        }
        if ticket.legs.iter().any(|leg| leg.lead && leg.contact_needed) {
            day.after(
                scene,
                SignedDuration::from_mins(15),
                Act::Contacted {
                    turn,
                    number: number.clone(),
                },
            );
        } else {
            let wait = self.manner(&ticket, turn)?.replies_after();
            day.after(
                scene,
                wait,
                Act::Replied {
                    turn,
                    number: number.clone(),
                },
            );
        }
        if matches!(ticket.grade(), common::Grade::A | common::Grade::B) {
            day.after(
                scene,
                SignedDuration::from_mins(80),
                Act::Reported { turn, number },
            );
        }
        Ok(())
    }

    async fn contacted(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let ticket = self.ticket(&number).await?;
        for leg in ticket.legs.iter().filter(|leg| leg.contact_time.is_none()) {
            let request = pb::RecordFirstContactRequest {
                number: number.clone(),
                request_id: format!("demo:contact:{number}:{}", leg.leg),
                means: common::Means::Phone.into(),
                reached: true,
                ..pb::RecordFirstContactRequest::default()
            };
            self.clerk(&leg.unit)
                .await?
                .tickets()
                .record_first_contact(request)
                .await
                .answer()?;
        }
        day.after(
            scene,
            self.manner(&ticket, turn)?.replies_after(),
            Act::Replied { turn, number },
        );
        Ok(())
    }

    async fn reported(
        &mut self,
        _day: &mut Day,
        _scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let ticket = self.ticket(&number).await?;
        if ticket.phase() != common::Phase::Handling {
            return Ok(());
        }
        let request = pb::StageReportRequest {
            number: number.clone(),
            request_id: format!("demo:stage:{number}:{turn}"),
            controlled: true,
            done: "现场已到人，险情已控制，正在抢修。".to_owned(),
            ..pb::StageReportRequest::default()
        };
        self.clerk(&ticket.lead_unit)
            .await?
            .tickets()
            .stage_report(request)
            .await
            .answer()?;
        Ok(())
    }

    async fn replied(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let ticket = self.ticket(&number).await?;
        let mut legs = ticket.legs.clone();
        legs.sort_by_key(|leg| leg.lead);
        for leg in legs.iter().filter(|leg| leg.state == "handling") {
            let request = pb::SubmitReplyRequest {
                number: number.clone(),
                request_id: format!("demo:reply:{number}:{}:{}", leg.leg, ticket.round),
                claim: common::Claim::Solved.into(),
                found: "经现场核实，反映的情况属实。".to_owned(),
                done: "已安排人员处置，并与来电人沟通。".to_owned(),
                decided: "问题已解决，后续纳入日常巡查。".to_owned(),
                ..pb::SubmitReplyRequest::default()
            };
            self.clerk(&leg.unit)
                .await?
                .tickets()
                .submit_reply(request)
                .await
                .answer()?;
        }
        day.after(
            scene,
            SignedDuration::from_hours(2),
            Act::Audited { turn, number },
        );
        Ok(())
    }

    async fn audited(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let request = pb::AuditReplyRequest {
            number: number.clone(),
            request_id: format!("demo:audit:{number}:{}", scene.at),
            passed: true,
            ..pb::AuditReplyRequest::default()
        };
        if self.ticket(&number).await?.phase() == common::Phase::ReplyReview {
            self.desk("auditor")
                .tickets()
                .audit_reply(request)
                .await
                .answer()?;
        }
        day.after(
            scene,
            SignedDuration::from_hours(4),
            Act::CalledBack { turn, number },
        );
        Ok(())
    }

    async fn called_back(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        turn: usize,
        number: String,
    ) -> anyhow::Result<()> {
        let ticket = self.ticket(&number).await?;
        if ticket.phase() != common::Phase::CallbackDue {
            return Ok(());
        }
        let content = is_content(turn, ticket.round);
        let rating = if content {
            common::Rating::Satisfied
        } else {
            common::Rating::Dissatisfied
        };
        let request = pb::RecordCallbackRequest {
            number: number.clone(),
            request_id: format!("demo:callback:{number}:{}", ticket.round),
            reached: true,
            solved: Some(content),
            rating: rating.into(),
            ..pb::RecordCallbackRequest::default()
        };
        let agent = self.desk("callback");
        agent.tickets().record_callback(request).await.answer()?;
        if content {
            return Ok(());
        }
        let request = pb::OrderReworkRequest {
            number: number.clone(),
            request_id: format!("demo:rework:{number}"),
            reason: "来电人表示问题仍在，请再次到场处理。".to_owned(),
            ..pb::OrderReworkRequest::default()
        };
        agent.tickets().order_rework(request).await.answer()?;
        day.after(
            scene,
            SignedDuration::from_hours(20),
            Act::Replied { turn, number },
        );
        Ok(())
    }
}

fn client(addr: SocketAddr, token: &str, lang: Lang) -> anyhow::Result<Client> {
    let target = Target {
        addr: addr.to_string(),
        token: Some(token.to_owned()),
        ca: None,
        timeout: CALL_WITHIN,
    };
    Client::open(&target, lang)
}
