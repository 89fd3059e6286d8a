//! Stories through the public API, told as the resident, clerk or supervisor would tell them.

mod afterwards;
mod answering;
mod cases;
mod concurrency;
mod desk;
mod escalation;
mod explaining;
mod handling;
mod joint;
mod ladder;
mod lists;
mod merging;
mod missed_calls;
mod recusal;
mod returns;
mod rules;
mod secrecy;
mod splitting;
mod time;
mod whole_way;
