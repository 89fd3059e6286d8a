//! Sixteen cases of a hotline's life, each with one clear answer at every step.

mod callers;
mod endings;
mod quarrels;
mod urgent;
