//! Who acts: roles, actors and where they stand to a ticket. Which role may call which method is one table in
//! `kit::access`; which *relation* a command needs is decided with the ticket, here and in the command's file.

use serde::{Deserialize, Serialize};

use crate::id::{HolderId, UnitId};

/// What somebody is to the hotline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 诉求人, a resident without a token: may track and rate by number and code or by link.
    Citizen,
    /// 渠道, a machine that takes complaints in: web portal, app, mail, open311.
    Channel,
    /// 话务员.
    Operator,
    /// 派单员.
    Triager,
    /// 承办联络员.
    UnitClerk,
    /// 分管领导.
    UnitLeader,
    /// 主要负责人.
    UnitHead,
    /// 审核员.
    Auditor,
    /// 回访员.
    CallbackAgent,
    /// 督办员.
    Supervisor,
    /// 热线办.
    CityOffice,
    /// 裁定员.
    Arbiter,
    /// 系统管理员: tokens, backup, erasure, and whatever the desk may do before it is staffed; never a unit's part.
    Administrator,
    /// 系统, one of the hotline's own services.
    System,
}

impl Role {
    /// Every role, in the order of the table.
    pub const ALL: [Role; 14] = [
        Role::Citizen,
        Role::Channel,
        Role::Operator,
        Role::Triager,
        Role::UnitClerk,
        Role::UnitLeader,
        Role::UnitHead,
        Role::Auditor,
        Role::CallbackAgent,
        Role::Supervisor,
        Role::CityOffice,
        Role::Arbiter,
        Role::Administrator,
        Role::System,
    ];

    /// The stable name, lower-case snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Citizen => "citizen",
            Role::Channel => "channel",
            Role::Operator => "operator",
            Role::Triager => "triager",
            Role::UnitClerk => "unit_clerk",
            Role::UnitLeader => "unit_leader",
            Role::UnitHead => "unit_head",
            Role::Auditor => "auditor",
            Role::CallbackAgent => "callback_agent",
            Role::Supervisor => "supervisor",
            Role::CityOffice => "city_office",
            Role::Arbiter => "arbiter",
            Role::Administrator => "administrator",
            Role::System => "system",
        }
    }

    /// Reads a stable name.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role decides what a supervisor decides; an administrator does until the desk is staffed.
    pub fn supervises(self) -> bool {
        matches!(self, Role::Supervisor | Role::CityOffice | Role::Administrator)
    }

    /// Whether the role belongs to a handling unit and so needs a unit scope.
    pub fn is_of_a_unit(self) -> bool {
        matches!(self, Role::UnitClerk | Role::UnitLeader | Role::UnitHead)
    }
}

/// Who gives a command or asks a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The token's holder; `citizen` for a resident without one.
    pub holder: HolderId,
    /// What they are.
    pub role: Role,
    /// For unit roles: the unit they act for. Its subtree is their scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Cleared for the sealed desk 密件席: may see confidential reports.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cleared: bool,
}
