//! stub
mod cipher; mod error; mod keyed; mod keys; mod limits; mod master;
