//! Numbers of a model's file, little end first, and reading them back without believing any.

use super::ModelError;
use crate::limits::LABEL_BYTES_MAX;

pub(super) fn put_varint(out: &mut Vec<u8>, number: u32) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

pub(super) fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn put_len(out: &mut Vec<u8>, length: usize) {
    put_u64(out, length as u64);
}

pub(super) fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn put_f32(out: &mut Vec<u8>, number: f32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn put_f64(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        if count > self.0.len() {
            return Err(ModelError::Damaged("it ends too early"));
        }
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?
            .try_into()
            .map_err(|_| ModelError::Damaged("it ends too early"))
    }

    pub(super) fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ModelError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Result<f32, ModelError> {
        let number = f32::from_le_bytes(self.array()?);
        number
            .is_finite()
            .then_some(number)
            .ok_or(ModelError::Damaged("a number is none"))
    }

    pub(super) fn f64(&mut self) -> Result<f64, ModelError> {
        let number = f64::from_le_bytes(self.array()?);
        number
            .is_finite()
            .then_some(number)
            .ok_or(ModelError::Damaged("a number is none"))
    }

    pub(super) fn share(&mut self) -> Result<f64, ModelError> {
        let share = self.f64()?;
        (0.0..=1.0)
            .contains(&share)
            .then_some(share)
            .ok_or(ModelError::Damaged("a share is none"))
    }

    pub(super) fn len(&mut self, max: usize) -> Result<usize, ModelError> {
        let length = usize::try_from(self.u64()?).unwrap_or(usize::MAX);
        (length <= max)
            .then_some(length)
            .ok_or(ModelError::Damaged("a length is too great"))
    }

    pub(super) fn label(&mut self) -> Result<String, ModelError> {
        let length = self.len(LABEL_BYTES_MAX)?;
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| ModelError::Damaged("a label is not UTF-8"))
    }

    pub(super) fn varint(&mut self) -> Result<u32, ModelError> {
        let mut number = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ModelError::Damaged("a step is too great"))
    }
}
