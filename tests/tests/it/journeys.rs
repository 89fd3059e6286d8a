//! Stories through the public API, told as the resident, clerk or supervisor would tell them.

mod answering;
mod desk;
mod handling;
mod ladder;
mod lists;
mod secrecy;
mod whole_way;
