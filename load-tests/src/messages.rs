//! The forms this load submits, encoded once. A call copies the bytes and puts in a request id and, for a resident who
//! gives it, a telephone number of his own: the generator must be cheap, it shares the processors with the server.

use prost::Message as _;
use proto::common::v1::{Channel, Identity, RequestType, Standing};
use proto::intake::v1::SubmitComplaintRequest;

use crate::phrases::{MATTERS, Matter, NAMES, PLACES, SINCE, WISHES};

/// Different texts; a multiple of two, as every other one is anonymous.
const FORMS: u64 = 4_096;
/// Digits of a telephone number that differ.
const NUMBER_DIGITS: usize = 8;
/// Key of `request_id` on the wire: field 1, length-delimited.
const REQUEST_ID_KEY: u8 = 0x0a;

/// Forms ready to be sent.
pub(crate) struct Messages {
    forms: Vec<Form>,
    /// Sets the request ids of this run apart from those of any other.
    run: String,
}

struct Form {
    /// Everything but the request id. Of a resident who is known, the telephone number stands last.
    bytes: Vec<u8>,
    is_anonymous: bool,
}

impl Messages {
    /// All forms of a run.
    pub(crate) fn new() -> Self {
        let run = uuid::Uuid::new_v4().simple().to_string();
        Self {
            forms: (0..FORMS).map(form).collect(),
            run: run[..12].to_owned(),
        }
    }

    /// The `nth` request of the run, encoded. No two have the same id, no two known residents the same number.
    pub(crate) fn nth(&self, nth: u64) -> Vec<u8> {
        let form = &self.forms[usize::try_from(nth % FORMS).expect("below the number of forms")];
        let id = format!("load-{}-{nth:09}", self.run);
        let mut bytes = Vec::with_capacity(2 + id.len() + form.bytes.len());
        bytes.push(REQUEST_ID_KEY);
        bytes.push(u8::try_from(id.len()).expect("ids are short"));
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&form.bytes);
        if !form.is_anonymous {
            let digits = format!("{nth:0NUMBER_DIGITS$}");
            let (at, from) = (bytes.len() - NUMBER_DIGITS, digits.len() - NUMBER_DIGITS);
            bytes[at..].copy_from_slice(&digits.as_bytes()[from..]);
        }
        bytes
    }

    /// The mean length of a request in bytes.
    pub(crate) fn mean_bytes(&self) -> f64 {
        (0..FORMS).map(|nth| self.nth(nth).len()).sum::<usize>() as f64 / FORMS as f64
    }
}

fn form(nth: u64) -> Form {
    let mut dice = Dice(nth);
    let matter = dice.pick(&MATTERS);
    let place = dice.pick(&PLACES);
    let is_anonymous = nth % 2 == 1;
    let standing = if is_anonymous {
        Standing::Anonymous
    } else {
        Standing::Own
    };
    let kind = dice.pick(&[
        RequestType::Unspecified,
        RequestType::Complaint,
        RequestType::Help,
    ]);
    let request = SubmitComplaintRequest {
        channel: Channel::Web.into(),
        r#type: (*kind).into(),
        subject: matter.subject.to_owned(),
        body: body(&mut dice, place, matter),
        place: (*place).to_owned(),
        standing: standing.into(),
        ..SubmitComplaintRequest::default()
    };
    let mut bytes = request.encode_to_vec();
    if !is_anonymous {
        let identity = Identity {
            name: (*dice.pick(&NAMES)).to_owned(),
            phone: format!("139{:0NUMBER_DIGITS$}", 0),
            ..Identity::default()
        };
        // Fields may stand in any order; behind all others the number is easy to change.
        let with_identity = SubmitComplaintRequest {
            identity: Some(identity),
            ..SubmitComplaintRequest::default()
        };
        with_identity.encode(&mut bytes).expect("a vector grows");
    }
    Form { bytes, is_anonymous }
}

fn body(dice: &mut Dice, place: &str, matter: &Matter) -> String {
    let (some, others) = WISHES.split_at(WISHES.len() / 2);
    format!(
        "{place}{},{}{}{}",
        dice.pick(&SINCE),
        matter.body,
        dice.pick(some),
        dice.pick(others)
    )
}

/// The same throws in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        &of[usize::try_from(mixed % of.len() as u64).expect("below a length")]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn decoded(count: u64) -> Vec<SubmitComplaintRequest> {
        let messages = Messages::new();
        let decode = |nth| SubmitComplaintRequest::decode(messages.nth(nth).as_slice()).unwrap();
        (0..count).map(decode).collect()
    }

    #[test]
    fn every_request_has_an_id_of_its_own_and_every_known_resident_a_number() {
        let requests = decode_more_than_all_forms();
        let ids: BTreeSet<_> = requests.iter().map(|request| &request.request_id).collect();
        assert_eq!(ids.len(), requests.len());
        let known = requests.iter().filter_map(|request| request.identity.as_ref());
        let numbers: BTreeSet<_> = known.clone().map(|identity| identity.phone.as_str()).collect();
        assert_eq!(numbers.len(), known.count());
        assert!(
            numbers
                .iter()
                .all(|number| number.len() == 11 && number.starts_with("139"))
        );
    }

    fn decode_more_than_all_forms() -> Vec<SubmitComplaintRequest> {
        decoded(FORMS + 100)
    }

    #[test]
    fn half_of_the_residents_are_anonymous_and_leave_nothing() {
        let requests = decoded(1_000);
        let anonymous = requests
            .iter()
            .filter(|request| request.standing() == Standing::Anonymous);
        assert_eq!(anonymous.clone().count(), 500);
        assert!(anonymous.clone().all(|request| request.identity.is_none()));
        assert!(
            requests
                .iter()
                .all(|request| request.channel() == Channel::Web && !request.subject.is_empty())
        );
    }

    #[test]
    fn requests_are_of_a_real_length_and_differ() {
        let messages = Messages::new();
        assert!(
            (300.0..600.0).contains(&messages.mean_bytes()),
            "{}",
            messages.mean_bytes()
        );
        let bodies: BTreeSet<_> = decoded(FORMS).into_iter().map(|request| request.body).collect();
        assert!(bodies.len() > 3_500, "{} different bodies", bodies.len());
    }
}
