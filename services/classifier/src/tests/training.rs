use super::*;
use crate::{Figures, Record, RecordError, TrainError, curve};

#[test]
fn cross_validation_and_validation_are_reported() {
    let validation = [example("供水", "桥头停水了"), example("殡葬", "墓地管理费太贵")];
    let mut done = 0.0;
    let (model, report) = train(&examples(), &validation, &Options::default(), &mut |share| {
        assert!(share >= done);
        done = share;
    })
    .unwrap();
    assert!((done - 1.0).abs() < 1e-9);
    assert_eq!(report.cross_validation.len(), examples().len());
    assert!(report.cross_validation_figures().accuracy > 0.95);
    let validated = report.validation_figures().unwrap();
    assert_eq!(validated.count, 2);
    assert!(
        (validated.accuracy - 0.5).abs() < 1e-9,
        "a label never learned is answered wrong"
    );
    assert!(validated.per_label_f1["殡葬"] == 0.0);
    assert!((0.0..=1.0).contains(&model.threshold()));
    let points = curve(&report.cross_validation, 10);
    assert!((points.last().unwrap().coverage - 1.0).abs() < 1e-9);
    assert!(points.len() <= 10 && points.is_sorted_by(|one, next| one.sureness >= next.sureness));
}

#[test]
fn hundreds_of_labels_are_learned() {
    // Three levels, 5 × 6 × 10: each leaf has a word of its own.
    let chars: Vec<char> = ('\u{4e00}'..'\u{9fff}').step_by(29).collect();
    let mut examples = Vec::new();
    for leaf in 0..300 {
        let own: String = chars[leaf..leaf + 2].iter().rev().collect();
        let label = format!("{}/{}/{}", leaf / 60, leaf / 10 % 6, leaf % 10);
        for place in PLACES {
            examples.push(example(&label, &format!("{place}的{own}有问题")));
        }
    }
    let (model, report) = train(&examples, &[], &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(model.labels().len(), 300);
    assert!(
        report.cross_validation_figures().accuracy > 0.9,
        "{:?}",
        report.cross_validation_figures().accuracy
    );
    assert!(Model::read(&model.to_bytes()).unwrap() == model);
}

#[test]
fn what_teaches_nothing_is_refused() {
    let fails =
        |examples: &[Example], options: &Options| train(examples, &[], options, &mut |_| {}).unwrap_err();
    let plain = Options::default();
    assert_eq!(fails(&[], &plain), TrainError::TooFewLabels(0));
    assert_eq!(
        fails(&[example("供水", "停水")], &plain),
        TrainError::TooFewLabels(1)
    );
    let blank = [example("供水", ""), example("道路", "😡")];
    assert_eq!(fails(&blank, &plain), TrainError::NoFeatures);
    let wrong = Options {
        precision: 1.5,
        ..Options::default()
    };
    assert_eq!(fails(&examples(), &wrong), TrainError::Precision);
}

#[test]
fn near_duplicates_are_left_out_together() {
    // Every message twice, in one group: were they parted, each would be answered from its twin.
    let twins: Vec<Example> = (0..60_u32)
        .flat_map(|at| {
            let chars: String = (0..6)
                .filter_map(|step| char::from_u32(0x4e00 + at * 6 + step))
                .collect();
            let label = if at % 2 == 0 { "甲" } else { "乙" };
            let one = Example {
                group: Some(u64::from(at)),
                ..example(label, &chars)
            };
            [one.clone(), one]
        })
        .collect();
    let (_, report) = train(&twins, &[], &Options::default(), &mut |_| {}).unwrap();
    assert!(report.cross_validation_figures().accuracy < 0.8);
}

#[test]
fn a_few_messages_are_enough_to_begin() {
    let few = [
        example("供水", "水管漏水"),
        example("供水", "水管停水"),
        example("道路", "路灯不亮"),
        example("道路", "路灯坏了"),
    ];
    let (model, _) = train(&few, &[], &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(top(&model, "水管"), "供水");
    assert!(
        !model.classify(&Message::text("", "路灯")).is_routed,
        "four messages prove nothing"
    );
}

#[test]
fn lines_are_read_or_refused() {
    let record =
        Record::parse(r#"{"subject":"路灯","body":null,"tokens":"x","label1":" 道路 ","group":3}"#).unwrap();
    assert_eq!(record.label().unwrap(), "道路");
    assert!(matches!(
        record.message(),
        Message::Text {
            subject: "路灯",
            body: ""
        }
    ));
    assert!(record.group().is_some());
    let words = Record::parse(r#"{"subject":null,"body":null,"tokens":"路灯 不亮"}"#).unwrap();
    assert!(matches!(words.message(), Message::Words("路灯 不亮")));
    assert!(matches!(words.label(), Err(RecordError::Label)));
    assert!(matches!(Record::parse("{}"), Err(RecordError::Text)));
    assert!(matches!(Record::parse("路灯"), Err(RecordError::Json(_))));
    assert!(matches!(
        Record::parse(" ".repeat(2 << 20)),
        Err(RecordError::TooLong(_))
    ));
}

#[test]
fn figures_of_nothing_are_no_fault() {
    let figures = Figures::of(&[]);
    assert_eq!(figures.count, 0);
    assert!(curve(&[], 10).is_empty());
}
