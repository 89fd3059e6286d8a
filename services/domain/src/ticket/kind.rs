//! Closed sets a ticket is described by.

use serde::{Deserialize, Serialize};

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal / $zh:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable name, lower-case snake case.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The name in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $($name::$variant => $zh),+ }
            }

            /// Reads a stable name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

closed_set!(
    /// What the resident wants, 诉求类型.
    RequestType {
        /// Wants to know.
        Consult = "consult" / "咨询",
        /// Wants help.
        Help = "help" / "求助",
        /// Wants a wrong put right.
        Complaint = "complaint" / "投诉",
        /// Accuses somebody.
        Report = "report" / "举报",
        /// Wants something improved.
        Suggestion = "suggestion" / "建议",
        /// Says thanks.
        Praise = "praise" / "表扬",
    }
);

closed_set!(
    /// How urgent, 等级.
    Grade {
        /// Life, property, mass event; a gas smell always.
        A = "a" / "特急",
        /// Water, power, gas, heat, road hazard, wage arrears.
        B = "b" / "紧急",
        /// Ordinary.
        C = "c" / "一般",
        /// Difficult and complex.
        D = "d" / "疑难复杂",
    }
);

closed_set!(
    /// The way in.
    Channel {
        /// A call.
        Phone = "phone" / "电话",
        /// The web form.
        Web = "web" / "网站",
        /// The app.
        App = "app" / "客户端",
        /// WeChat.
        Wechat = "wechat" / "微信",
        /// A text message.
        Sms = "sms" / "短信",
        /// E-mail.
        Mail = "mail" / "邮件",
        /// A letter on paper.
        Letter = "letter" / "来信",
        /// In person, or a field check by an inspector.
        Visit = "visit" / "来访",
        /// Handed over by 110 or another platform.
        Transfer = "transfer" / "转办",
        /// Open311.
        Open311 = "open311" / "Open311",
    }
);

closed_set!(
    /// On whose behalf a contact speaks.
    Standing {
        /// For himself.
        Own = "own" / "本人",
        /// For somebody who cannot, 代办.
        Proxy = "proxy" / "代办",
        /// A community worker.
        CommunityWorker = "community_worker" / "社区工作者",
        /// Nobody to ring back: first contact and callback do not apply.
        Anonymous = "anonymous" / "匿名",
    }
);

closed_set!(
    /// How the handling unit says it ends.
    Claim {
        /// The matter is put right.
        Solved = "solved" / "已解决",
        /// It cannot be, and why is explained.
        Explained = "explained" / "已解释",
    }
);

closed_set!(
    /// Five-level rating 满意度.
    Rating {
        /// 1.
        VerySatisfied = "very_satisfied" / "非常满意",
        /// 2.
        Satisfied = "satisfied" / "满意",
        /// 3.
        BasicallySatisfied = "basically_satisfied" / "基本满意",
        /// 4.
        Dissatisfied = "dissatisfied" / "不满意",
        /// 5.
        VeryDissatisfied = "very_dissatisfied" / "非常不满意",
    }
);

impl Claim {
    /// How a ticket closes under this claim.
    pub(super) fn close_kind(self) -> super::CloseKind {
        match self {
            Claim::Solved => super::CloseKind::Resolved,
            Claim::Explained => super::CloseKind::Explained,
        }
    }
}

impl Rating {
    /// Whether it counts as satisfied (domain.md, section 6, R3).
    pub fn is_satisfied(self) -> bool {
        matches!(
            self,
            Rating::VerySatisfied | Rating::Satisfied | Rating::BasicallySatisfied
        )
    }
}

closed_set!(
    /// Means of first contact 先行联系.
    Means {
        /// By masked relay call.
        Phone = "phone" / "电话",
        /// By text message through the relay.
        Message = "message" / "短信",
        /// On the spot.
        Visit = "visit" / "上门",
    }
);

closed_set!(
    /// Why a matter is not accepted, 不予受理 (domain.md, section 7).
    DeclineReason {
        /// Litigation, arbitration, reconsideration, disclosure, petition, discipline: the lawful route is named.
        LegalRoute = "r2" / "应走法定途径",
        /// State secret, trade secret, privacy: no content is kept.
        Secret = "r3" / "涉密",
        /// Outside the city or its government.
        OutsideAuthority = "r4" / "非本级职权",
        /// Same matter open or finished, no new facts.
        Repeated = "r5" / "重复诉求",
        /// Unlawful or against public order.
        Unlawful = "r6" / "违法或违背公序良俗",
        /// Beyond any unit's duty.
        BeyondDuty = "r7" / "超出政府职责",
        /// No substance, harassment, malicious repeat.
        Harassment = "r8" / "无实质内容或骚扰",
        /// Already finished lawfully by the unit.
        Finished = "r9" / "已依法办结",
    }
);

closed_set!(
    /// The emergency service a matter belongs to (R1).
    Emergency {
        /// Police.
        Police = "110" / "公安",
        /// Fire.
        Fire = "119" / "消防",
        /// Ambulance.
        Ambulance = "120" / "急救",
        /// Traffic police.
        Traffic = "122" / "交警",
    }
);

closed_set!(
    /// Why a matter waits for a triager instead of being dispatched by itself.
    Hold {
        /// Grade A or B: a person dispatches, phone first.
        Urgent = "urgent" / "特急或紧急件须人工派单",
        /// Grade D.
        Difficult = "difficult" / "疑难复杂件须人工派单",
        /// A report 举报.
        Report = "report" / "举报件须人工派单",
        /// Sealed.
        Sealed = "sealed" / "密件须人工派单",
        /// No category found.
        UnknownCategory = "unknown_category" / "未识别出事项类别",
        /// Category found, not surely enough.
        UnsureCategory = "unsure_category" / "类别把握不足",
        /// The place is not known.
        UnknownArea = "unknown_area" / "未识别出所属区域",
        /// Two places, or an ambiguous one.
        UnsureArea = "unsure_area" / "区域有歧义",
        /// The directory has no entry.
        NoEntry = "no_entry" / "派单目录无对应条目",
        /// The unit is recused.
        Recused = "recused" / "承办单位须回避",
        /// Rules of the lexicon contradict each other.
        RulesDisagree = "rules_disagree" / "多条规则结论相互矛盾",
        /// Model and lexicon name different parts of the tree.
        SourcesDisagree = "sources_disagree" / "模型与词库判断不一致",
        /// It may not be ours (domain.md, section 7): a person says.
        Inadmissible = "inadmissible" / "疑似不属受理范围，须人工核定",
    }
);

closed_set!(
    /// A field's audit outcome reason, 审核不通过.
    AuditFault {
        /// Mended within the form limits; the first submission time stands.
        Form = "form" / "形式问题",
        /// The original due stands.
        Substance = "substance" / "实质问题",
    }
);

closed_set!(
    /// Why a unit wants to give a matter back, 退单理由.
    ReturnReason {
        /// Another unit's duty.
        WrongUnit = "wrong_unit" / "非本单位职责",
        /// Another unit's area.
        WrongArea = "wrong_area" / "非本单位辖区",
        /// Should not have been accepted.
        NotAdmissible = "not_admissible" / "不符合受理条件",
        /// The same matter is with us already.
        Duplicate = "duplicate" / "与在办工单重复",
        /// It cannot be handled without a fact that is missing.
        FactMissing = "fact_missing" / "关键信息缺失",
    }
);

closed_set!(
    /// Why a matter cannot be finished for now, 挂账理由.
    SuspensionGround {
        /// A court, an arbitrator or another lawful procedure decides first.
        LegalProcess = "legal_process" / "法定程序进行中",
        /// Planning or building takes its time.
        Planning = "planning" / "纳入规划建设",
        /// The money is budgeted later.
        Funds = "funds" / "资金待落实",
        /// A policy is being made.
        Policy = "policy" / "政策待明确",
        /// Season, weather or site do not allow it yet.
        Conditions = "conditions" / "客观条件暂不具备",
    }
);

closed_set!(
    /// Why handling ends without an answer, 终止理由.
    TerminationGround {
        /// Litigation, arbitration, reconsideration or petition has begun.
        LegalRoute = "r2" / "已进入法定途径",
        /// Same matter finished, no new facts.
        Repeated = "r5" / "重复诉求",
        /// Unlawful or against public order.
        Unlawful = "r6" / "违法或违背公序良俗",
        /// Finished lawfully before.
        Finished = "r9" / "已依法办结",
        /// The resident does not cooperate.
        NoCooperation = "no_cooperation" / "诉求人不配合",
    }
);

closed_set!(
    /// Why a rating is not to count, 剔除理由 (domain.md, section 6).
    ExclusionGround {
        /// What was demanded is unlawful or impossible.
        Impossible = "impossible" / "诉求违法或无法实现",
        /// Outside the city's authority.
        OutsideAuthority = "outside_authority" / "超出本市职权",
        /// Finished by law.
        FinishedByLaw = "finished_by_law" / "已依法终结",
        /// Malicious repeat.
        Malicious = "malicious" / "恶意重复",
        /// The hotline admits that it was dispatched wrongly.
        WrongDispatch = "wrong_dispatch" / "热线承认派单错误",
        /// Force majeure.
        ForceMajeure = "force_majeure" / "不可抗力",
        /// The system failed.
        SystemFault = "system_fault" / "系统故障",
        /// The account given was proven false.
        FalseAccount = "false_account" / "经查证不实",
    }
);

closed_set!(
    /// What an auditor looks at, 审核清单.
    AuditItem {
        /// The resident was contacted.
        Contacted = "contacted" / "已联系诉求人",
        /// The facts are found and clear.
        Facts = "facts" / "事实清楚",
        /// Every point raised is answered.
        Answered = "answered" / "逐项回应",
        /// The legal basis is right.
        Basis = "basis" / "依据准确",
        /// What was done is shown.
        Evidence = "evidence" / "证据充分",
        /// The wording is plain and polite.
        Wording = "wording" / "用语规范",
        /// It gives nobody away.
        Privacy = "privacy" / "未泄露个人信息",
    }
);

closed_set!(
    /// What a unit leader signs, 签批.
    Act {
        /// A return request.
        Return = "return" / "退单申请",
        /// A reply.
        Reply = "reply" / "回复",
    }
);

closed_set!(
    /// What says where a matter is.
    AreaSource {
        /// Somebody chose it.
        Given = "given" / "人工选定",
        /// The name of a division, or another name for it.
        Name = "name" / "地名",
        /// A road, an estate or a landmark.
        Landmark = "landmark" / "地标道路",
        /// A house number on a road.
        HouseNumber = "house_number" / "门牌号",
        /// Coordinates within its borders.
        Coordinates = "coordinates" / "坐标",
        /// Where matters with the same words turned out to be.
        Learned = "learned" / "既往工单",
    }
);
