//! What every store must do, on every store; and what only the embedded one can get wrong.

mod facts;
mod smoke;
