//! Requests that are encoded already, answers of which only the needed part is read.

use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// The one method this load calls.
pub(crate) const SUBMIT_COMPLAINT: &str = "/hotline.intake.v1.IntakeService/SubmitComplaint";

/// What is read of a `SubmitComplaintResponse`; the rest is skipped.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Receipt {
    #[prost(string, tag = "1")]
    pub(crate) number: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) ticket: Option<Registered>,
}

/// What is read of its `Ticket`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Registered {
    #[prost(uint32, tag = "2")]
    pub(crate) version: u32,
}

/// An answer and how long it was.
pub(crate) struct Answer {
    pub(crate) receipt: Receipt,
    pub(crate) bytes: usize,
}

/// Bytes out, receipts in.
#[derive(Clone, Copy, Default)]
pub(crate) struct Plain;

impl Codec for Plain {
    type Encode = Vec<u8>;
    type Decode = Answer;
    type Encoder = Plain;
    type Decoder = Plain;

    fn encoder(&mut self) -> Plain {
        Plain
    }

    fn decoder(&mut self) -> Plain {
        Plain
    }
}

impl Encoder for Plain {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Answer;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Answer>, Status> {
        let bytes = from.remaining();
        let receipt = Receipt::decode(from).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Some(Answer { receipt, bytes }))
    }
}
