use super::*;
use crate::ModelError;

/// Writes a number where it stands and the checksum anew.
fn patched(mut bytes: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    bytes[at..at + with.len()].copy_from_slice(with);
    let checksum = text::hash64(&bytes[20..]);
    bytes[12..20].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
fn the_same_messages_give_the_same_file() {
    assert_eq!(with_dense().to_bytes(), with_dense().to_bytes());
    assert_ne!(plain().version(), with_dense().version());
}

#[test]
fn a_model_is_read_as_it_was_written() {
    for model in [plain(), with_dense()] {
        let read = Model::read(&model.to_bytes()).unwrap();
        assert_eq!(read, model);
        assert_eq!(read.version().len(), 12);
    }
}

#[test]
fn no_text_is_in_the_file_but_the_labels() {
    let bytes = with_dense().to_bytes();
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(holds("供水"));
    assert!(!holds("水管") && !holds("漏水") && !holds("路灯"));
}

#[test]
fn what_is_foreign_newer_or_damaged_is_refused() {
    let bytes = plain().to_bytes();
    assert_eq!(Model::read(b""), Err(ModelError::Foreign));
    assert_eq!(Model::read(b"{\"model\": 1}"), Err(ModelError::Foreign));
    assert_eq!(
        Model::read(&bytes[..9]),
        Err(ModelError::Damaged("it ends too early"))
    );
    let mut newer = bytes.clone();
    newer[8] = 2;
    assert_eq!(Model::read(&newer), Err(ModelError::Newer(2)));
    for at in [12, 40, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert_eq!(
            Model::read(&damaged),
            Err(ModelError::Damaged("its checksum differs"))
        );
    }
}

#[test]
fn lengths_are_not_believed() {
    let bytes = plain().to_bytes();
    // The number of labels stands behind the precision and two counts.
    let labels_at = 20 + 24;
    let greedy = patched(bytes.clone(), labels_at, &u64::MAX.to_le_bytes());
    assert_eq!(
        Model::read(&greedy),
        Err(ModelError::Damaged("a length is too great"))
    );
    let many = patched(bytes.clone(), labels_at, &1_999_u64.to_le_bytes());
    assert!(matches!(Model::read(&many), Err(ModelError::Damaged(_))));
    let no_number = patched(bytes.clone(), 20, &f64::NAN.to_le_bytes());
    assert!(matches!(Model::read(&no_number), Err(ModelError::Damaged(_))));
    for end in (20..bytes.len()).step_by(97) {
        let cut = patched(bytes[..end].to_vec(), 20, &[]);
        assert!(matches!(Model::read(&cut), Err(ModelError::Damaged(_))));
    }
}
