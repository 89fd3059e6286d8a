//! The command line: one verb, one file. Arguments are parsed here, calls are made there.

pub mod audit;
pub mod backup;
pub mod board;
pub mod calendar;
pub mod call;
pub mod callback;
pub mod citizen;
pub mod city;
pub mod classifier;
pub mod common;
pub mod config;
pub mod decide;
pub mod demo;
pub mod directory;
pub mod erase;
pub mod explain;
pub mod hot;
pub mod import;
pub mod offline;
pub mod place;
pub mod rate;
pub mod rebuild;
pub mod replay;
pub mod restore;
pub mod rule;
pub mod rules;
pub mod rulings;
pub mod serve;
pub mod submit;
pub mod supervise;
pub mod ticket;
pub mod token;
pub mod track;
pub mod triage;
pub mod unit;
pub mod unlock;
pub mod verify;

use clap::{Parser, Subcommand};

use crate::cli::common::Remote;
use crate::out::{Color, Lang, Out};

const ABOUT: &str = "12345 市民热线:统一接入、分布处理、统一监督、统一回复
A citizen hotline: one way in, many hands, one supervision, one answer";

const EXAMPLES: &str = "示例 · Examples:
  hotline demo                                           演示一座城市的一天 · play a day of a city
  hotline serve --data ./data --listen 127.0.0.1:7345    启动 · start a server
  export HOTLINE_TOKEN=$(cat ./data/admin.token)
  hotline submit --subject 路灯不亮 --body 火炬路的路灯坏了三天 --area 440507
  hotline ticket list --light red --json

退出码 · Exit codes:
  0 完成 done    1 被拒或失败 refused or failed    2 用法错误 wrong usage    3 不存在 not found
  4 无权限 not allowed    5 不可用 unavailable    6 冲突 conflict    7 数据损坏 damaged";

/// Everything the program can be told.
#[derive(Debug, Parser)]
#[command(name = "hotline", version, about = ABOUT, after_help = EXAMPLES)]
#[command(
    max_term_width = 120,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// 每行输出一个 JSON 对象 · print one JSON object a line
    #[arg(long, global = true, help_heading = "输出 · Output")]
    json: bool,
    /// 不显示提示信息 · no messages but errors
    #[arg(long, short, global = true, help_heading = "输出 · Output")]
    quiet: bool,
    /// 颜色 · colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "输出 · Output")]
    color: Color,
    /// 语言,默认取自 LANG · language, by default from LANG
    #[arg(
        long,
        global = true,
        value_enum,
        env = "HOTLINE_LANG",
        help_heading = "输出 · Output"
    )]
    lang: Option<Lang>,
    #[arg(long, global = true, env = "LANG", hide = true)]
    locale: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(about = serve::ABOUT, after_help = serve::EXAMPLES, display_order = 1)]
    Serve(Box<serve::Args>),
    #[command(about = demo::ABOUT, after_help = demo::EXAMPLES, display_order = 2)]
    Demo(Box<demo::Args>),
    #[command(about = submit::ABOUT, after_help = submit::EXAMPLES, display_order = 3)]
    Submit(Remote<submit::Args>),
    #[command(about = call::ABOUT, after_help = call::EXAMPLES, display_order = 4)]
    Call(Remote<call::Args>),
    #[command(about = track::ABOUT, after_help = track::EXAMPLES, display_order = 5)]
    Track(Remote<track::Args>),
    #[command(about = rate::ABOUT, after_help = rate::EXAMPLES, display_order = 6)]
    Rate(Remote<rate::Args>),
    #[command(about = citizen::ABOUT, after_help = citizen::EXAMPLES, display_order = 7)]
    Citizen(Remote<citizen::Args>),
    #[command(about = ticket::ABOUT, after_help = ticket::EXAMPLES, display_order = 8)]
    Ticket(Remote<ticket::Args>),
    #[command(about = explain::ABOUT, after_help = explain::EXAMPLES, display_order = 9)]
    Explain(Remote<explain::Args>),
    #[command(about = triage::ABOUT, after_help = triage::EXAMPLES, display_order = 10)]
    Triage(Remote<triage::Args>),
    #[command(about = classifier::ABOUT, after_help = classifier::EXAMPLES, display_order = 10)]
    Classifier(classifier::Args),
    #[command(about = unit::ABOUT, after_help = unit::EXAMPLES, display_order = 11)]
    Unit(Remote<unit::Args>),
    #[command(about = decide::ABOUT, after_help = decide::EXAMPLES, display_order = 12)]
    Decide(Remote<decide::Args>),
    #[command(about = rule::ABOUT, after_help = rule::EXAMPLES, display_order = 13)]
    Rule(Remote<rule::Args>),
    #[command(about = rulings::ABOUT, after_help = rulings::EXAMPLES, display_order = 14)]
    Rulings(Remote<rulings::Args>),
    #[command(about = audit::ABOUT, after_help = audit::EXAMPLES, display_order = 15)]
    Audit(Remote<audit::Args>),
    #[command(about = callback::ABOUT, after_help = callback::EXAMPLES, display_order = 16)]
    Callback(Remote<callback::Args>),
    #[command(about = supervise::ABOUT, after_help = supervise::EXAMPLES, display_order = 17)]
    Supervise(Remote<supervise::Args>),
    #[command(about = board::ABOUT, after_help = board::EXAMPLES, display_order = 18)]
    Board(Remote<board::Args>),
    #[command(about = hot::ABOUT, after_help = hot::EXAMPLES, display_order = 18)]
    Hot(Remote<hot::Args>),
    #[command(about = import::ABOUT, after_help = import::EXAMPLES, display_order = 19)]
    Import(Remote<import::Args>),
    #[command(about = unlock::ABOUT, after_help = unlock::EXAMPLES, display_order = 20)]
    Unlock(Remote<unlock::Args>),
    #[command(about = erase::ABOUT, after_help = erase::EXAMPLES, display_order = 21)]
    Erase(Remote<erase::Args>),
    #[command(about = token::ABOUT, after_help = token::EXAMPLES, display_order = 22)]
    Token(Remote<token::Args>),
    #[command(about = rules::ABOUT, after_help = rules::EXAMPLES, display_order = 22)]
    Rules(Remote<rules::Args>),
    #[command(about = directory::ABOUT, after_help = directory::EXAMPLES, display_order = 22)]
    Directory(Remote<directory::Args>),
    #[command(about = config::ABOUT, after_help = config::EXAMPLES, display_order = 23)]
    Config(Box<config::Args>),
    #[command(about = city::ABOUT, after_help = city::EXAMPLES, display_order = 23)]
    City(city::Args),
    #[command(about = calendar::ABOUT, after_help = calendar::EXAMPLES, display_order = 23)]
    Calendar(calendar::Args),
    #[command(about = place::ABOUT, after_help = place::EXAMPLES, display_order = 23)]
    Place(place::Args),
    #[command(about = replay::ABOUT, after_help = replay::EXAMPLES, display_order = 23)]
    Replay(replay::Args),
    #[command(about = verify::ABOUT, after_help = verify::EXAMPLES, display_order = 24)]
    Verify(verify::Args),
    #[command(about = rebuild::ABOUT, after_help = rebuild::EXAMPLES, display_order = 25)]
    Rebuild(rebuild::Args),
    #[command(about = backup::ABOUT, after_help = backup::EXAMPLES, display_order = 26)]
    Backup(backup::Args),
    #[command(about = restore::ABOUT, after_help = restore::EXAMPLES, display_order = 27)]
    Restore(restore::Args),
}

impl Cli {
    /// How this run speaks.
    pub fn out(&self) -> Out {
        let of_locale = || self.locale.as_deref().map_or(Lang::Both, Lang::of_locale);
        Out::new(
            self.json,
            self.quiet,
            self.lang.unwrap_or_else(of_locale),
            self.color,
        )
    }

    /// Does what was asked.
    pub async fn run(self, out: &Out) -> anyhow::Result<()> {
        match self.verb {
            Verb::Serve(args) => serve::run(*args, out).await,
            Verb::Demo(args) => demo::run(*args, out).await,
            Verb::Submit(remote) => submit::run(remote.open(out)?, remote.args, out).await,
            Verb::Call(remote) => call::run(remote.open(out)?, remote.args, out).await,
            Verb::Track(remote) => track::run(remote.open(out)?, remote.args, out).await,
            Verb::Rate(remote) => rate::run(remote.open(out)?, remote.args, out).await,
            Verb::Citizen(remote) => citizen::run(remote.open(out)?, remote.args, out).await,
            Verb::Ticket(remote) => ticket::run(remote.open(out)?, remote.args, out).await,
            Verb::Triage(remote) => triage::run(remote.open(out)?, remote.args, out).await,
            Verb::Classifier(args) => classifier::run(args, out).await,
            Verb::Unit(remote) => unit::run(remote.open(out)?, remote.args, out).await,
            Verb::Decide(remote) => decide::run(remote.open(out)?, remote.args, out).await,
            Verb::Rule(remote) => rule::run(remote.open(out)?, remote.args, out).await,
            Verb::Explain(remote) => explain::run(remote.open(out)?, remote.args, out).await,
            Verb::Rulings(remote) => rulings::run(remote.open(out)?, remote.args, out).await,
            Verb::Audit(remote) => audit::run(remote, out).await,
            Verb::Callback(remote) => callback::run(remote.open(out)?, remote.args, out).await,
            Verb::Supervise(remote) => supervise::run(remote.open(out)?, remote.args, out).await,
            Verb::Board(remote) => board::run(remote.open(out)?, remote.args, out).await,
            Verb::Hot(remote) => hot::run(remote, out).await,
            Verb::Import(remote) => import::run(&remote.connection.target(), remote.args, out).await,
            Verb::Unlock(remote) => unlock::run(remote.open(out)?, remote.args, out).await,
            Verb::Erase(remote) => erase::run(remote.open(out)?, remote.args, out).await,
            Verb::Token(remote) => token::run(remote.open(out)?, remote.args, out).await,
            Verb::Rules(remote) => rules::run(remote.open(out)?, remote.args, out).await,
            Verb::Directory(remote) => directory::run(remote, out).await,
            Verb::Config(args) => config::run(*args, out),
            Verb::City(args) => city::run(args, out),
            Verb::Calendar(args) => calendar::run(&args, out),
            Verb::Place(args) => place::run(args, out),
            Verb::Replay(args) => replay::run(&args, out),
            Verb::Verify(args) => verify::run(&args, out),
            Verb::Rebuild(args) => rebuild::run(&args, out),
            Verb::Backup(args) => backup::run(&args, out),
            Verb::Restore(args) => restore::run(&args, out),
        }
    }
}

#[cfg(test)]
mod tests;
