//! The table of transitions in the doc comment of [`crate::ticket::Phase`] is what the code does.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::laws::Transition;

/// Every (from, command, to) the doc comment names.
pub(super) fn documented() -> &'static BTreeSet<Transition> {
    static TABLE: LazyLock<BTreeSet<Transition>> = LazyLock::new(read);
    &TABLE
}

fn read() -> BTreeSet<Transition> {
    let names = |cell: &str| -> Vec<String> {
        let words = cell.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| word.starts_with(|c: char| c.is_uppercase()))
            .map(str::to_owned)
            .collect()
    };
    let mut found = BTreeSet::new();
    let rows = include_str!("../phase.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("/// | "));
    for row in rows.filter(|row| !row.starts_with("from") && !row.starts_with('-') && !row.starts_with('–'))
    {
        let cells: Vec<&str> = row.split(" | ").collect();
        for from in names(cells[0]) {
            for command in names(cells[1]) {
                found.extend(
                    names(cells[2])
                        .into_iter()
                        .map(|to| (from.clone(), command.clone(), to)),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Scene;
    use super::super::lives::step;
    use super::*;

    const TO_REPLY: &str = "register complaint c urban.noise phone in s\ndispatch street\nsign street\n";

    const SUSPENDED: &str = "suspend street funds check 2026-12-01 until 2026-12-10\ndecide suspension yes\n";

    /// Ways through the whole table.
    const TOURS: &[&str] = &[
        "register consult c urban.noise phone\nanswer\nreopen\ndecline r2",
        "register help a urban.noise phone\ntransfer 110 confirmed",
        "register complaint c urban.noise phone\nwithdraw",
        "register complaint c urban.noise phone\ndispatch street\nwithdraw",
        "register complaint c urban.noise phone\ndispatch street\nseal street",
        "TO_REPLY withdraw",
        "TO_REPLY seal",
        "TO_REPLY reply street solved unread\nseal street",
        "TO_REPLY reply street solved\nseal street",
        "TO_REPLY reply street solved\naudit form\nreply street solved\naudit pass\ncallback solved",
        "TO_REPLY reply street solved unread\ncallback unsolved\nrework",
        "TO_REPLY reply street solved unread\ncallback missed\ncallback missed\ncallback missed\n\
         at 2026-12-07 09:00\nfire c8 l0",
        "register complaint c urban.noise phone anonymous\ndispatch street\nsign street\nreply street solved unread",
        "register complaint c urban.noise phone anonymous\ndispatch street\nsign street\nreply street solved\naudit pass",
        "register complaint c urban.noise phone\ntransfer 110\nagain web\nnote",
        "register complaint c urban.noise phone\ndispatch street\nreturn street wrong_unit\ndecide return yes\n\
         dispatch street2\nreturn street2 wrong_unit\nrule water",
        "TO_REPLY return street wrong_unit\ndecide return yes to water",
        "TO_REPLY supervisor: redispatch water",
        "register complaint c urban.noise phone\nconsult water roads\ndecline r2\nobject\ndecide objection yes",
        "register complaint c urban.noise phone\nconsult water roads\nwithdraw",
        "register complaint c urban.noise phone\nconsult water roads\nseal roads\nconsult street water\n\
         recuse street\nconsult street2 water\nopinion water takes\nopinion street2 declines\ndispatch water",
        "register complaint c urban.noise phone\ndispatch street\nrecuse district",
        "TO_REPLY recuse street",
        "TO_REPLY reply street solved\nrecuse street",
        "TO_REPLY reply street solved unread\nrecuse street",
        "TO_REPLY reply street explained\naudit pass\ncallback unsolved\nreview\ndecide review yes by a b c",
        "TO_REPLY reply street explained\naudit pass\ncallback unsolved\nreview\ndecide review no by a b c",
        "register complaint c urban.noise phone\nmerge\nrejoin\ncallback solved\nreopen\nmerge\nrejoin declined",
        "register complaint c urban.noise phone\nconsult water roads\nmerge\nrejoin",
        "register complaint c urban.noise phone\nconsult water roads\nmerge\nrejoin declined",
        "register complaint c urban.noise phone\ndispatch street\nmerge\nrejoin",
        "register complaint c urban.noise phone\ndispatch street\nmerge\nrejoin declined",
        "TO_REPLY ask street\nreplied\nwithdraw",
        "TO_REPLY ask street\ntick to 2026-11-30 17:30",
        "TO_REPLY ask street\nclassify grade b",
        "TO_REPLY SUSPENDED classify grade a",
        "TO_REPLY ask street\nwithdraw",
        "TO_REPLY ask street\nseal street",
        "TO_REPLY ask street\nrecuse street",
        "TO_REPLY SUSPENDED resume street\nterminate street r2\ndecide termination yes",
        "TO_REPLY SUSPENDED tick to 2026-12-10 09:00",
        "TO_REPLY SUSPENDED withdraw",
        "TO_REPLY SUSPENDED seal street",
        "TO_REPLY SUSPENDED recuse street",
        "TO_REPLY merge\nrejoin",
        "TO_REPLY merge\nrejoin declined",
    ];

    #[test]
    fn the_table_is_what_the_code_does() {
        let mut seen = BTreeSet::new();
        for tour in TOURS {
            let mut scene = Scene::new();
            let tour = tour
                .replace("TO_REPLY ", TO_REPLY)
                .replace("SUSPENDED ", SUSPENDED);
            for line in tour.lines() {
                seen.extend(step(&mut scene, line).unwrap_or_else(|refusal| panic!("{line}: {refusal:?}")));
            }
        }
        assert_eq!(&seen, documented());
    }
}
