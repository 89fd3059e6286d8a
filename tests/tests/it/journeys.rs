//! Stories through the public API, told as the resident, clerk or supervisor would tell them.

mod afterwards;
mod answering;
mod cases;
mod concurrency;
mod desk;
mod directory;
mod duplicates;
mod escalation;
mod explaining;
mod handling;
mod hot;
mod joint;
mod ladder;
mod learning;
mod lists;
mod merging;
mod missed_calls;
mod places;
mod recusal;
mod returns;
mod rules;
mod secrecy;
mod splitting;
mod time;
mod triage;
mod whole_way;
