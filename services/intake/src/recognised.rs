//! What a form is taken for: its type and grade, as given or as its words say. What words say is never allowed to stop
//! a form from being taken in.

use domain::ticket::{Grade, RequestType};
use kit::wire::ClosedSet as _;
use proto::triage::v1::SuggestTriageResponse;

use crate::limits::TYPE_CONFIDENCE_MIN;

/// Type and grade of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) kind: RequestType,
    pub(crate) grade: Grade,
}

/// What nobody has said and nothing speaks for. A request for help is the mildest reading that is still handled in full:
/// it goes to a unit with the same limit as a complaint, counts in the unit's figures, accuses nobody, and is not
/// answered away on the spot unless the caller agrees. Triage corrects it within C1; a wrong `report` would have hidden
/// it from everybody but the sealed desk.
const KIND_UNSAID: RequestType = RequestType::Help;
/// An ordinary matter, until words or a person say otherwise.
const GRADE_UNSAID: Grade = Grade::C;

/// The grades words alone can call for; D is for people to say.
const GRADES: [Grade; 3] = [Grade::C, Grade::B, Grade::A];

impl Recognised {
    /// Without any help of triage.
    pub(crate) fn unaided(given: Option<RequestType>) -> Self {
        Self {
            kind: given.unwrap_or(KIND_UNSAID),
            grade: GRADE_UNSAID,
        }
    }

    /// By what triage suggests: the type only where it is sure, A or B only where words are named that call for it.
    pub(crate) fn by(suggested: &SuggestTriageResponse, given: Option<RequestType>) -> Self {
        let sure = suggested
            .types
            .first()
            .filter(|one| one.confidence >= TYPE_CONFIDENCE_MIN);
        let kind = given.or_else(|| RequestType::from_wire(sure?.r#type));
        let called_for = suggested
            .grade
            .as_ref()
            .filter(|grade| !grade.evidence.is_empty());
        let grade = called_for
            .and_then(|one| Grade::from_wire(one.grade))
            .filter(|grade| GRADES.contains(grade));
        Self {
            kind: kind.unwrap_or(KIND_UNSAID),
            grade: grade.unwrap_or(GRADE_UNSAID),
        }
    }

    /// Everything else the same form can have been taken for when its request came the first time: triage may have been
    /// away then, or the rules others. The likeliest first; at most seventeen.
    pub(crate) fn otherwise(self, given: Option<RequestType>) -> impl Iterator<Item = Self> {
        let kinds = match given {
            Some(kind) => vec![kind],
            None => {
                let rest = RequestType::ALL
                    .iter()
                    .copied()
                    .filter(|kind| *kind != KIND_UNSAID);
                std::iter::once(KIND_UNSAID).chain(rest).collect()
            }
        };
        let all = kinds
            .into_iter()
            .flat_map(|kind| GRADES.map(|grade| Self { kind, grade }));
        all.filter(move |one| *one != self)
    }
}

#[cfg(test)]
mod tests {
    use proto::triage::v1::{GradeSuggestion, TypeSuggestion};

    use super::*;

    fn suggested(
        kind: RequestType,
        confidence: f64,
        grade: Grade,
        evidence: &[&str],
    ) -> SuggestTriageResponse {
        let evidence = evidence.iter().map(|word| (*word).to_owned()).collect();
        SuggestTriageResponse {
            types: vec![TypeSuggestion {
                r#type: kind.to_wire(),
                confidence,
                evidence: Vec::new(),
            }],
            grade: Some(GradeSuggestion {
                grade: grade.to_wire(),
                confidence: 0.9,
                evidence,
            }),
            ..SuggestTriageResponse::default()
        }
    }

    #[test]
    fn a_given_type_stands_whatever_the_words_say() {
        let suggested = suggested(RequestType::Report, 0.99, Grade::C, &[]);
        let recognised = Recognised::by(&suggested, Some(RequestType::Suggestion));
        assert_eq!(recognised.kind, RequestType::Suggestion);
    }

    #[test]
    fn a_type_is_recognised_only_with_confidence() {
        let sure = suggested(RequestType::Complaint, 0.6, Grade::C, &[]);
        assert_eq!(Recognised::by(&sure, None).kind, RequestType::Complaint);
        let unsure = suggested(RequestType::Report, 0.59, Grade::C, &[]);
        assert_eq!(Recognised::by(&unsure, None).kind, RequestType::Help);
        assert_eq!(
            Recognised::by(&SuggestTriageResponse::default(), None),
            Recognised::unaided(None)
        );
    }

    #[test]
    fn a_grade_above_c_needs_words_that_call_for_it() {
        let named = suggested(RequestType::Help, 0.9, Grade::A, &["燃气泄漏"]);
        assert_eq!(Recognised::by(&named, None).grade, Grade::A);
        let unnamed = suggested(RequestType::Help, 0.9, Grade::A, &[]);
        assert_eq!(Recognised::by(&unnamed, None).grade, Grade::C);
    }

    #[test]
    fn words_never_say_that_a_matter_is_difficult() {
        let difficult = suggested(RequestType::Help, 0.9, Grade::D, &["多年"]);
        assert_eq!(Recognised::by(&difficult, None).grade, Grade::C);
    }

    #[test]
    fn a_repeated_form_is_looked_for_under_everything_it_can_have_been() {
        let now = Recognised {
            kind: RequestType::Complaint,
            grade: Grade::B,
        };
        let others: Vec<Recognised> = now.otherwise(None).collect();
        assert_eq!(others.len(), 17);
        assert_eq!(others[0], Recognised::unaided(None));
        assert!(!others.contains(&now));

        let given: Vec<Recognised> = now.otherwise(Some(RequestType::Complaint)).collect();
        assert_eq!(given.len(), 2);
        assert!(given.iter().all(|one| one.kind == RequestType::Complaint));
    }
}
