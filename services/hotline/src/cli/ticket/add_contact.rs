//! `hotline ticket add-contact`: the same matter again.

use proto::common::v1::Channel;
use proto::tickets::v1::AddContactRequest;

use crate::cli::common::{OnTicket, Person, done, text};
use crate::client::{Answer as _, Client};
use crate::out::Out;
use crate::terms::term;

pub(crate) const ABOUT: &str = "追加来件:同一诉求再次来电来信,不重新计时
Add a contact: the same matter again; renews no clock";

pub(crate) const EXAMPLES: &str = "示例 · Examples:
  hotline ticket add-contact 20261121-0000015 --body 还是没人来修 --phone 13800000000
  hotline ticket add-contact 20261121-0000015 --channel web --body 楼上也不亮 --anonymous";

/// What came in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnTicket,
    /// 这次说了什么,- 表示标准输入 · what was said this time; - reads standard input
    #[arg(long)]
    body: String,
    /// 来源渠道 · the way in
    #[arg(long, default_value = "phone", value_parser = term::<Channel>(), hide_possible_values = true)]
    channel: Channel,
    /// 呼叫号 · the call it came by
    #[arg(long, value_name = "ID")]
    call_id: Option<String>,
    #[command(flatten)]
    person: Person,
}

pub(crate) async fn run(client: Client, args: Args, out: &Out) -> anyhow::Result<()> {
    let (standing, identity) = args.person.take();
    let request = AddContactRequest {
        number: args.on.number,
        request_id: args.on.request.take(),
        expected_version: args.on.expected_version,
        channel: args.channel.into(),
        standing: standing.into(),
        identity,
        body: text(args.body)?,
        call_id: args.call_id.unwrap_or_default(),
    };
    done(client.tickets().add_contact(request).await.answer()?.ticket, out)
}
