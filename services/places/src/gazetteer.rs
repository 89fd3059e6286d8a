//! The names and grounds of a city, compiled once for a version of its rules, and the question put to them.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use domain::id::AreaId;
use domain::rules::{Area, Boundary, Rules};

use crate::answer::{Answer, Note, Source};
use crate::coordinates::{self, Coordinates, CoordinatesError};
use crate::ground::{Ground, Located};
use crate::landmarks::Landmarks;
use crate::limits::TYPOS_CHARS_MAX;
use crate::names::{Kind, Name, names};
use crate::normal::normal;
use crate::reading::{self, Occurrence, lends_its_name};
use crate::tree::{Row, Tree};
use crate::typos::Typos;
use crate::weigh::{Naming, Reading, Voice, weigh};

/// How much louder a name speaks where the place is asked for.
const PLACE_TIMES: u32 = 3;
/// A landmark something lies beside.
const NEAR_TIMES: u32 = 2;
/// How much louder a name speaks in the subject.
const SUBJECT_TIMES: u32 = 2;
/// What a declared area weighs: more than a name in the place, not enough to overrule one that lies elsewhere.
const DECLARED_TIMES: u32 = 4;
/// What coordinates weigh, likewise.
const COORDINATES_TIMES: u32 = 4;
/// A name written with characters that sound alike.
const ALIKE_TIMES: u32 = 2;
/// A name with a character wrong.
const GUESS_TIMES: u32 = 1;
/// Repeating a name adds no more than this to it.
const REPEATS_MAX: u32 = 6;

/// Where a matter lies, as far as anybody said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'a> {
    /// 事发地点, in words, with a geo URI where the coordinates are known.
    pub place: &'a str,
    /// 标题.
    pub subject: &'a str,
    /// 正文.
    pub body: &'a str,
    /// The area somebody chose, if any.
    pub declared: Option<&'a AreaId>,
    /// What has been learned from confirmed tickets, if anything.
    pub learned: Option<&'a Landmarks>,
}

/// A city's names and grounds. Cheap to share; built anew when the rules change.
#[derive(Debug)]
pub struct Gazetteer {
    tree: Tree,
    city: Option<Row>,
    names: Vec<Name>,
    automaton: AhoCorasick,
    typos: Typos,
    ground: Ground,
}

impl Gazetteer {
    /// Compiles the names and grounds of a city's rules.
    ///
    /// # Errors
    /// When the automata would be too large, which the limits on bundles rule out.
    pub fn of_rules(rules: &Rules) -> Result<Self, BuildError> {
        let bundle = rules.bundle();
        Self::new(&bundle.areas, &bundle.city_area, &bundle.boundaries)
    }

    /// Compiles names and grounds.
    ///
    /// # Errors
    /// As [`Gazetteer::of_rules`].
    pub fn new(areas: &[Area], city: &AreaId, boundaries: &[Boundary]) -> Result<Self, BuildError> {
        let tree = Tree::new(areas);
        let names = names(areas, &tree);
        // Of names that begin at the same place the longest counts: 中山公园 is not 中山.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(names.iter().map(|name| name.text.as_str()))?;
        Ok(Self {
            typos: Typos::new(&names)?,
            ground: Ground::new(boundaries, &tree),
            city: tree.row(city),
            automaton,
            names,
            tree,
        })
    }

    /// Where a matter lies. Districts are weighed against each other by everything said for them; within the best one
    /// the street leads that is named clearly more often than the next, within it the community.
    pub fn find(&self, question: &Question<'_>) -> Answer {
        let (place, points) = coordinates::take_from(question.place);
        let place = normal(&place);
        let mut notes = Vec::new();
        let mut namings = self.plain_names(question);
        let occurrences = self.read(&place);
        self.occurrences(&occurrences, &mut namings);
        self.typos(&place, &occurrences, &mut namings);
        self.learned(question, &mut namings);
        let is_outside = self.points(&points, &mut namings, &mut notes);
        self.declared(question.declared, &mut namings);
        let Some(city) = self.city else {
            return Answer::default();
        };
        let (areas, is_conflict) = weigh(&self.tree, city, &namings, is_outside && self.denies(&namings));
        if is_conflict {
            notes.push(Note::Conflict);
        }
        Answer { areas, notes }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn names(&self) -> &[Name] {
        &self.names
    }

    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Names written right in a normal text.
    pub(crate) fn read(&self, place: &str) -> Vec<Occurrence> {
        reading::read(place, &self.automaton, &self.names)
    }

    /// Names of subject and body.
    fn plain_names(&self, question: &Question<'_>) -> Vec<Naming> {
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        for (text, times) in [(question.subject, SUBJECT_TIMES), (question.body, 1)] {
            let text = normal(text);
            for found in self.automaton.find_iter(&text) {
                let row = found.pattern().as_usize();
                let name = &self.names[row];
                if name.only_in_place || lends_its_name(name, &text[found.end()..]) {
                    continue;
                }
                let count = counts.entry(row).or_default();
                *count = count.saturating_add(times).min(REPEATS_MAX);
            }
        }
        let naming = |(row, count): (usize, u32)| {
            let name = &self.names[row];
            Naming {
                areas: name.areas(),
                count,
                reading: Reading::Exact,
                voice: Voice::Story,
                source: source(name),
                is_plain: name.kind == Kind::Division,
                text: name.text.clone(),
            }
        };
        counts.into_iter().map(naming).collect()
    }

    /// Names of the place. What subject and body say as well is the same name said again.
    fn occurrences(&self, occurrences: &[Occurrence], namings: &mut Vec<Naming>) {
        for one in occurrences {
            let name = &self.names[one.name];
            let times = if one.near { NEAR_TIMES } else { PLACE_TIMES };
            let is_same = |naming: &&mut Naming| {
                naming.areas == one.areas && (naming.text == name.text || naming.text == one.text)
            };
            if let Some(naming) = namings.iter_mut().find(is_same) {
                naming.count = naming.count.saturating_add(times).min(REPEATS_MAX);
                naming.voice = Voice::Place;
                naming.source = one.source;
                naming.is_plain = is_plain(name, one);
                naming.text.clone_from(&one.text);
                continue;
            }
            namings.push(Naming {
                areas: one.areas.clone(),
                count: times,
                reading: if name.only_in_place {
                    Reading::Short
                } else {
                    Reading::Exact
                },
                voice: Voice::Place,
                source: one.source,
                is_plain: is_plain(name, one),
                text: one.text.clone(),
            });
        }
    }

    fn typos(&self, place: &str, occurrences: &[Occurrence], namings: &mut Vec<Naming>) {
        let end = place
            .char_indices()
            .nth(TYPOS_CHARS_MAX)
            .map_or(place.len(), |(at, _)| at);
        for gap in gaps(occurrences, end) {
            for typo in self.typos.find(place, gap) {
                let name = &self.names[typo.name];
                let (reading, times) = if typo.alike {
                    (Reading::Alike, ALIKE_TIMES)
                } else {
                    (Reading::Guess, GUESS_TIMES)
                };
                namings.push(Naming {
                    areas: name.areas(),
                    count: times,
                    reading,
                    voice: Voice::Place,
                    source: source(name),
                    is_plain: name.kind == Kind::Division && typo.alike,
                    text: format!("{}（疑为{}）", &place[typo.range], name.text),
                });
            }
        }
    }

    fn learned(&self, question: &Question<'_>, namings: &mut Vec<Naming>) {
        let learned = question
            .learned
            .and_then(|landmarks| landmarks.find(self, question.place));
        let Some(learned) = learned else { return };
        let Some(row) = self.tree.row(&learned.area) else {
            return;
        };
        let tickets = learned.tickets;
        namings.push(Naming {
            areas: vec![row],
            count: PLACE_TIMES,
            reading: Reading::Measured,
            voice: Voice::Place,
            source: Source::Landmark,
            is_plain: true,
            text: format!("{}（{tickets} 件已确认工单）", learned.phrase),
        });
    }

    /// Whether the points lie outside every ground.
    fn points(
        &self,
        points: &[Result<Coordinates, CoordinatesError>],
        namings: &mut Vec<Naming>,
        notes: &mut Vec<Note>,
    ) -> bool {
        let mut is_outside = false;
        for point in points {
            let point = match point {
                Ok(point) => *point,
                Err(error) => {
                    note(notes, Note::Unread(*error));
                    continue;
                }
            };
            let (areas, reading) = match self.ground.locate(&self.tree, point) {
                Located::Undrawn => {
                    note(notes, Note::Undrawn);
                    continue;
                }
                Located::Outside => {
                    note(notes, Note::Outside);
                    is_outside = true;
                    continue;
                }
                Located::In(area) => (vec![area], Reading::Measured),
                Located::Between(areas) => {
                    note(notes, Note::Border);
                    // In the water beside one area: it is the nearest, and no more.
                    let reading = if areas.len() == 1 {
                        Reading::Guess
                    } else {
                        Reading::Measured
                    };
                    (areas, reading)
                }
            };
            namings.push(Naming {
                areas,
                count: COORDINATES_TIMES,
                reading,
                voice: Voice::Coordinates,
                source: Source::Coordinates,
                is_plain: true,
                text: format!("{:.5},{:.5}", point.lat(), point.lon()),
            });
        }
        is_outside
    }

    /// Whether something is named whose ground is drawn: a point outside all grounds denies it.
    fn denies(&self, namings: &[Naming]) -> bool {
        let mut rows = namings.iter().flat_map(|naming| &naming.areas);
        rows.any(|row| Some(*row) != self.city && self.ground.is_drawn(&self.tree, *row))
    }

    fn declared(&self, declared: Option<&AreaId>, namings: &mut Vec<Naming>) {
        let Some(row) = declared.and_then(|id| self.tree.row(id)) else {
            return;
        };
        namings.push(Naming {
            areas: vec![row],
            count: DECLARED_TIMES,
            reading: Reading::Exact,
            voice: Voice::Declared,
            source: Source::Declared,
            is_plain: true,
            text: self.tree.zh(row).to_owned(),
        });
    }
}

fn source(name: &Name) -> Source {
    match name.kind {
        Kind::Division | Kind::Road => Source::Name,
        Kind::Landmark => Source::Landmark,
    }
}

fn is_plain(name: &Name, one: &Occurrence) -> bool {
    name.kind == Kind::Division || one.source == Source::HouseNumber
}

fn note(notes: &mut Vec<Note>, one: Note) {
    if !notes.contains(&one) {
        notes.push(one);
    }
}

/// The stretches of a text up to `end` that no occurrence takes.
fn gaps(occurrences: &[Occurrence], end: usize) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut from = 0;
    for one in occurrences {
        gaps.push(from..one.range.start.min(end));
        from = one.range.end;
    }
    gaps.push(from..end);
    gaps.retain(|gap| gap.start < gap.end);
    gaps
}
