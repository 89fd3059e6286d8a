//! Stories of the day that do not go straight: a return and a ruling, an extension, a joint case, a suspension, a
//! merge with listeners. Each is told step by step, through the public API like everything else.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proto::common::v1 as common;
use proto::tickets::v1 as pb;

use super::day::{Act, Day, Scene};
use super::stage::Stage;
use crate::client::Answer as _;

/// A story of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Story {
    /// 退单与裁定.
    Returned,
    /// 延期.
    Extended,
    /// 联办、转派与免除.
    Joint,
    /// 挂账.
    Suspended,
    /// 并单.
    Merged,
}

impl Story {
    pub(super) const ALL: [Story; 5] = [
        Story::Returned,
        Story::Extended,
        Story::Joint,
        Story::Suspended,
        Story::Merged,
    ];

    /// What a reader of the demonstration looks it up by.
    pub(super) fn title(self) -> (&'static str, &'static str) {
        match self {
            Story::Returned => ("退单、裁定", "a return and a ruling"),
            Story::Extended => ("延期", "an extension"),
            Story::Joint => ("联办、转派、免除", "a joint case"),
            Story::Suspended => ("挂账", "a suspension"),
            Story::Merged => ("并单，一事多人", "a merge with listeners"),
        }
    }
}

/// Whose numbers are whose.
pub(super) type Numbers = BTreeMap<Story, Vec<String>>;

/// A matter as the operator takes it down.
struct Matter {
    subject: &'static str,
    body: &'static str,
    place: &'static str,
    category: &'static str,
    area: &'static str,
    grade: common::Grade,
}

const NOISE: Matter = Matter {
    subject: "歌舞厅深夜扰民",
    body: "楼下歌舞厅每晚唱到凌晨两点，音箱直对居民楼，老人孩子都睡不着，跑了几个部门都说不归他们管。",
    place: "金砂路商业街",
    category: "urban.noise.commercial",
    area: "440511",
    grade: common::Grade::D,
};
const LIFT: Matter = Matter {
    subject: "老楼加装电梯手续卡住",
    body: "我们单元十二户都签了字，加装电梯的图纸交上去四个月没有答复，楼上有两位坐轮椅的老人。",
    place: "龙湖区金霞街道",
    category: "housing.building.elevator",
    area: "440507001",
    grade: common::Grade::D,
};
const MARKET: Matter = Matter {
    subject: "菜市场周边脏乱又堵",
    body: "菜市场门口占道摆摊，污水横流，早高峰车开不过去，活禽摊的味道飘进学校，希望几家一起来管。",
    place: "龙湖区菜市场",
    category: "urban.appearance.stalls",
    area: "440507001",
    grade: common::Grade::D,
};
const FLOODING: Matter = Matter {
    subject: "逢雨必淹的路口",
    body: "这个路口每下大雨就积水到膝盖，店里的货泡过三回，问过说要等管网改造，请给个准话。",
    place: "龙湖区丰泽庄路口",
    category: "urban.municipal.drains",
    area: "440507003",
    grade: common::Grade::D,
};
const BURST: Matter = Matter {
    subject: "主水管爆了",
    body: "路口的主水管爆了，水柱有一人多高，整条街停水，地下车库开始进水。",
    place: "龙湖区长江路口",
    category: "utilities.water.outage",
    area: "440507004",
    grade: common::Grade::B,
};
/// Callers about the burst pipe.
const CALLERS: usize = 5;
/// The turn of those who are content at once when rung back.
const CONTENT: usize = 0;

fn minutes(count: i64) -> Option<SignedDuration> {
    Some(SignedDuration::from_mins(count))
}

/// A request id of its own for every step of every story.
fn id(story: Story, step: usize, what: &str) -> String {
    format!("demo:{story:?}:{step}:{what}")
}

impl Stage {
    /// Tells one step and puts the next on the agenda.
    pub(super) async fn tell(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        story: Story,
        step: usize,
    ) -> anyhow::Result<()> {
        let next = match story {
            Story::Returned => self.returned(day, scene, step).await?,
            Story::Extended => self.extended(step).await?,
            Story::Joint => self.joint(day, scene, step).await?,
            Story::Suspended => self.suspended(scene, step).await?,
            Story::Merged => self.merged(day, scene, step).await?,
        };
        if let Some(wait) = next {
            let step = step + 1;
            day.after(scene, wait, Act::Told { story, step });
        }
        Ok(())
    }

    /// Ecology says it is city management's, city management says it is not: the arbiter rules, and the ruling proposes
    /// a directory entry that a supervisor accepts.
    async fn returned(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        step: usize,
    ) -> anyhow::Result<Option<SignedDuration>> {
        const STORY: Story = Story::Returned;
        match step {
            0 => self.opens(STORY, &NOISE, &["ecology"]).await?,
            1 => {
                self.gives_back(STORY, step, "ecology", "urban-management")
                    .await?
            }
            2 => {
                let request = pb::DecideReturnRequest {
                    number: self.of(STORY),
                    request_id: id(STORY, step, "decide"),
                    approved: true,
                    unit: "urban-management".to_owned(),
                    reason: "歌舞厅经营噪声，转城管部门核实".to_owned(),
                    ..pb::DecideReturnRequest::default()
                };
                self.desk("triager")
                    .tickets()
                    .decide_return(request)
                    .await
                    .answer()?;
            }
            3 => {
                self.gives_back(STORY, step, "urban-management", "ecology")
                    .await?
            }
            4 => self.ruled(step).await?,
            _ => {
                let number = self.of(STORY);
                self.signs_and_calls(STORY, step, &number, "urban-management")
                    .await?;
                let turn = CONTENT;
                day.after(
                    scene,
                    SignedDuration::from_hours(20),
                    Act::Replied { turn, number },
                );
                return Ok(None);
            }
        }
        Ok(minutes(50))
    }

    /// The arbiter rules, and a supervisor makes the ruling an entry of the directory.
    async fn ruled(&mut self, step: usize) -> anyhow::Result<()> {
        const STORY: Story = Story::Returned;
        let request = pb::AdjudicateRequest {
            number: self.of(STORY),
            request_id: id(STORY, step, "rule"),
            unit: "urban-management".to_owned(),
            reason: "商业经营场所使用音响的噪声由城市管理部门处置，生态环境部门配合监测".to_owned(),
            propose_entry: true,
            ..pb::AdjudicateRequest::default()
        };
        self.desk("arbiter")
            .tickets()
            .adjudicate(request)
            .await
            .answer()?;
        let request = pb::DecideEntryRequest {
            number: self.of(STORY),
            request_id: id(STORY, step, "entry"),
            accepted: true,
            reason: "写入派单目录，以后同类直接派城管".to_owned(),
            ..pb::DecideEntryRequest::default()
        };
        self.desk("supervisor")
            .tickets()
            .decide_entry(request)
            .await
            .answer()?;
        Ok(())
    }

    /// The housing office asks for ten more working days before it is late.
    async fn extended(&mut self, step: usize) -> anyhow::Result<Option<SignedDuration>> {
        const STORY: Story = Story::Extended;
        match step {
            0 => self.opens(STORY, &LIFT, &["housing"]).await?,
            1 => {
                let number = self.of(STORY);
                self.signs_and_calls(STORY, step, &number, "housing").await?;
            }
            2 => {
                let request = pb::RequestExtensionRequest {
                    number: self.of(STORY),
                    request_id: id(STORY, step, "ask"),
                    working_days: 10,
                    reason: "图纸须经结构复核，检测单位两周内出报告".to_owned(),
                    ..pb::RequestExtensionRequest::default()
                };
                let leader = self.person("housing", common::Role::UnitLeader).await?;
                leader.tickets().request_extension(request).await.answer()?;
            }
            _ => {
                let request = pb::DecideExtensionRequest {
                    number: self.of(STORY),
                    request_id: id(STORY, step, "decide"),
                    approved: true,
                    reason: "结构复核关系安全，同意延期十个工作日，已告知诉求人".to_owned(),
                    ..pb::DecideExtensionRequest::default()
                };
                self.desk("supervisor")
                    .tickets()
                    .decide_extension(request)
                    .await
                    .answer()?;
                return Ok(None);
            }
        }
        Ok(minutes(90))
    }

    /// Four units at once: the district passes its piece down to the street, one co unit stays silent and is excused.
    async fn joint(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        step: usize,
    ) -> anyhow::Result<Option<SignedDuration>> {
        const STORY: Story = Story::Joint;
        const UNITS: [&str; 4] = ["urban-management", "traffic-police", "market", "district-longhu"];
        const SILENT: &str = "market";
        const STREET: &str = "street-440507001";
        let number = self.numbers(STORY).first().cloned().unwrap_or_default();
        match step {
            0 => self.opens(STORY, &MARKET, &UNITS).await?,
            1 => {
                for unit in UNITS.into_iter().filter(|unit| *unit != SILENT) {
                    self.signs_and_calls(STORY, step, &number, unit).await?;
                }
            }
            2 => {
                let request = pb::SubAssignRequest {
                    number,
                    request_id: id(STORY, step, "down"),
                    unit: STREET.to_owned(),
                    reason: "请街道组织清理门前三包区域".to_owned(),
                    ..pb::SubAssignRequest::default()
                };
                let district = self.clerk("district-longhu").await?;
                district.tickets().sub_assign(request).await.answer()?;
                self.signs(STORY, step, &self.of(STORY), STREET).await?;
            }
            3 => {
                for unit in [STREET, "district-longhu", "traffic-police"] {
                    self.answers(STORY, step, &number, unit).await?;
                }
                return Ok(Some(SignedDuration::from_hours(24 * 6)));
            }
            _ => {
                let ticket = self.ticket(&number).await?;
                let leg = ticket.legs.iter().find(|leg| leg.unit == SILENT);
                let request = pb::ExcuseRequest {
                    number: number.clone(),
                    request_id: id(STORY, step, "excuse"),
                    leg: leg.map_or(0, |leg| leg.leg),
                    reason: "市场监管多次催办未回复，活禽摊已由城管、街道一并清理".to_owned(),
                    ..pb::ExcuseRequest::default()
                };
                let lead = self.clerk("urban-management").await?;
                lead.tickets().excuse(request).await.answer()?;
                let turn = CONTENT;
                day.after(
                    scene,
                    SignedDuration::from_hours(2),
                    Act::Replied { turn, number },
                );
                return Ok(None);
            }
        }
        Ok(minutes(100))
    }

    /// What only the new sewer will end is promised in the open, with an owner, a plan and a day to look at it.
    async fn suspended(&mut self, scene: &Scene, step: usize) -> anyhow::Result<Option<SignedDuration>> {
        const STORY: Story = Story::Suspended;
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        match step {
            0 => self.opens(STORY, &FLOODING, &["drainage"]).await?,
            1 => {
                let number = self.of(STORY);
                self.signs_and_calls(STORY, step, &number, "drainage").await?;
            }
            2 => {
                let request = pb::RequestSuspensionRequest {
                    number: self.of(STORY),
                    request_id: id(STORY, step, "ask"),
                    ground: common::SuspensionGround::Planning.into(),
                    owner: "drainage.chief".to_owned(),
                    plan: "列入今冬明春管网改造，先加两台移动泵，汛前完工".to_owned(),
                    check_time: Some(kit::wire::timestamp(scene.at + DAY * 28)),
                    until_time: Some(kit::wire::timestamp(scene.at + DAY * 150)),
                    ..pb::RequestSuspensionRequest::default()
                };
                let head = self.person("drainage", common::Role::UnitHead).await?;
                head.tickets().request_suspension(request).await.answer()?;
            }
            _ => {
                let request = pb::DecideSuspensionRequest {
                    number: self.of(STORY),
                    request_id: id(STORY, step, "decide"),
                    approved: true,
                    reason: "项目已立项，同意挂账，每月复核并告知诉求人".to_owned(),
                    ..pb::DecideSuspensionRequest::default()
                };
                self.desk("city")
                    .tickets()
                    .decide_suspension(request)
                    .await
                    .answer()?;
                return Ok(None);
            }
        }
        Ok(minutes(120))
    }

    /// Five people ring about one burst pipe: one unit works once, one answer reaches all, each rates for himself.
    async fn merged(
        &mut self,
        day: &mut Day,
        scene: &Scene,
        step: usize,
    ) -> anyhow::Result<Option<SignedDuration>> {
        const STORY: Story = Story::Merged;
        let numbers = self.numbers(STORY).to_vec();
        let incident = numbers.first().cloned().unwrap_or_default();
        match step {
            0 => {
                self.opens(STORY, &BURST, &["water"]).await?;
                for _ in 1..CALLERS {
                    self.rings(STORY, &BURST).await?;
                }
                return Ok(minutes(8));
            }
            1 => {
                for number in &numbers[1..] {
                    let request = pb::MergeRequest {
                        number: number.clone(),
                        request_id: id(STORY, step, number),
                        incident: incident.clone(),
                        reason: "同一处爆管".to_owned(),
                        ..pb::MergeRequest::default()
                    };
                    self.desk("triager").tickets().merge(request).await.answer()?;
                }
                self.signs_and_calls(STORY, step, &incident, "water").await?;
                let number = incident;
                let turn = CONTENT;
                day.after(
                    scene,
                    SignedDuration::from_mins(80),
                    Act::Reported { turn, number },
                );
                return Ok(Some(SignedDuration::from_hours(7)));
            }
            2 => self.answers(STORY, step, &incident, "water").await?,
            _ => {
                let request = pb::AuditReplyRequest {
                    number: incident,
                    request_id: id(STORY, step, "audit"),
                    passed: true,
                    ..pb::AuditReplyRequest::default()
                };
                self.desk("auditor")
                    .tickets()
                    .audit_reply(request)
                    .await
                    .answer()?;
                for (nth, number) in numbers.into_iter().enumerate() {
                    self.asked_back(&number).await?;
                    // The last one is not content: his rework is his own.
                    let turn = if nth + 1 == CALLERS { 5 } else { CONTENT };
                    day.after(
                        scene,
                        SignedDuration::from_hours(16),
                        Act::CalledBack { turn, number },
                    );
                }
                return Ok(None);
            }
        }
        Ok(minutes(45))
    }

    fn of(&self, story: Story) -> String {
        self.numbers(story).first().cloned().unwrap_or_default()
    }

    /// A call, taken down and dispatched by a triager to the first of `units`, the others helping.
    async fn opens(&mut self, story: Story, matter: &Matter, units: &[&str]) -> anyhow::Result<()> {
        let number = self.rings(story, matter).await?;
        let (lead, co) = units.split_first().map_or(("", units), |(lead, co)| (*lead, co));
        let request = pb::DispatchRequest {
            number,
            request_id: id(story, 0, "dispatch"),
            lead_unit: lead.to_owned(),
            co_units: co.iter().map(|unit| (*unit).to_owned()).collect(),
            reason: "人工研判派单".to_owned(),
            ..pb::DispatchRequest::default()
        };
        self.desk("triager").tickets().dispatch(request).await.answer()?;
        Ok(())
    }

    /// A call, taken down.
    async fn rings(&mut self, story: Story, matter: &Matter) -> anyhow::Result<String> {
        let nth = self.numbers(story).len();
        let request = pb::RegisterRequest {
            request_id: id(story, nth, "register"),
            channel: common::Channel::Phone.into(),
            r#type: common::RequestType::Complaint.into(),
            grade: matter.grade.into(),
            subject: matter.subject.to_owned(),
            body: matter.body.to_owned(),
            place: matter.place.to_owned(),
            category: matter.category.to_owned(),
            area: matter.area.to_owned(),
            standing: common::Standing::Own.into(),
            identity: Some(common::Identity {
                name: "街坊".to_owned(),
                phone: format!("1390001{:02}{nth:02}", story as usize),
                ..common::Identity::default()
            }),
            ..pb::RegisterRequest::default()
        };
        let taken = self.desk("operator").tickets().register(request).await.answer()?;
        let number = taken.ticket.map(|ticket| ticket.number).unwrap_or_default();
        self.remember(story, number.clone());
        Ok(number)
    }

    async fn gives_back(&mut self, story: Story, step: usize, unit: &str, to: &str) -> anyhow::Result<()> {
        let request = pb::RequestReturnRequest {
            number: self.of(story),
            request_id: id(story, step, "return"),
            reason: common::ReturnReason::WrongUnit.into(),
            suggested_unit: to.to_owned(),
            basis: "按三定方案不属本单位职责".to_owned(),
            ..pb::RequestReturnRequest::default()
        };
        let leader = self.person(unit, common::Role::UnitLeader).await?;
        leader.tickets().request_return(request).await.answer()?;
        Ok(())
    }

    async fn signs(&mut self, story: Story, step: usize, number: &str, unit: &str) -> anyhow::Result<()> {
        let request = pb::SignRequest {
            number: number.to_owned(),
            request_id: id(story, step, &format!("sign:{unit}")),
            ..pb::SignRequest::default()
        };
        let already = self.ticket(number).await?;
        let awaits = |leg: &pb::Leg| leg.unit == unit && leg.state == "awaiting_sign";
        if already.legs.iter().any(awaits) {
            self.clerk(unit).await?.tickets().sign(request).await.answer()?;
        }
        Ok(())
    }

    async fn signs_and_calls(
        &mut self,
        story: Story,
        step: usize,
        number: &str,
        unit: &str,
    ) -> anyhow::Result<()> {
        self.signs(story, step, number, unit).await?;
        let request = pb::RecordFirstContactRequest {
            number: number.to_owned(),
            request_id: id(story, step, &format!("contact:{unit}")),
            means: common::Means::Phone.into(),
            reached: true,
            ..pb::RecordFirstContactRequest::default()
        };
        let clerk = self.clerk(unit).await?;
        clerk.tickets().record_first_contact(request).await.answer()?;
        Ok(())
    }

    async fn answers(&mut self, story: Story, step: usize, number: &str, unit: &str) -> anyhow::Result<()> {
        let request = pb::SubmitReplyRequest {
            number: number.to_owned(),
            request_id: id(story, step, &format!("reply:{unit}")),
            claim: common::Claim::Solved.into(),
            found: "现场情况属实。".to_owned(),
            done: "已组织人员处置完毕。".to_owned(),
            decided: "问题已解决，纳入日常巡查。".to_owned(),
            ..pb::SubmitReplyRequest::default()
        };
        self.clerk(unit)
            .await?
            .tickets()
            .submit_reply(request)
            .await
            .answer()?;
        Ok(())
    }
}
