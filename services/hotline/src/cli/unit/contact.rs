//! `hotline unit contact`: first contact with the resident.

use proto::common::v1::Means;
use proto::tickets::v1::RecordFirstContactRequest;

use crate::cli::common::{OnTicket, done};
use crate::cli::rate::YesNo;
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "先行联系:记录一次联系
Record a first contact, reached or not";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline unit contact 20261121-0000015 --reached yes --note 已与诉求人约定上门时间
  hotline unit contact 20261121-0000015 --reached no --means phone";

/// How it went.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 是否联系上 · whether somebody answered
    #[arg(long)]
    reached: YesNo,
    /// 方式 · how
    #[arg(long, default_value = "phone", value_parser = term::<Means>())]
    means: Means,
    /// 联系内容 · what was said
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let request = RecordFirstContactRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        means: args.means.into(),
        reached: args.reached == YesNo::Yes,
        note: args.note.unwrap_or_default(),
    };
    done(
        client
            .tickets()
            .record_first_contact(request)
            .await
            .answer()?
            .ticket,
        out,
    )
}
