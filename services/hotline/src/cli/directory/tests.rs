use super::place::line;

const DIRECTORY: &str = "# a comment with id = \"noise\" in it\n\n[[entry]]\nid = \"noise\"\ncategory = \"urban\"\nlead = \"district\"\nco = [\n  \"a\",\n]\nbasis = \"b\"\n\n[[recusal]]\nid = \"noise\"\nunit = \"x\"\n\n[[entry]]\nbasis = \"b\"\nid = \"water\"\n";
const CATEGORIES: &str =
    "category = [\n    { id = \"urban\", zh = \"城市\" },\n    { id = \"urban.noise\", zh = \"噪声\" },\n]\n";

#[test]
fn a_key_is_found_with_its_line() {
    let at = |at| line(DIRECTORY, at);
    assert_eq!(at("directory[noise]"), Some(3));
    assert_eq!(at("directory[noise].co"), Some(7));
    assert_eq!(
        at("directory[noise].until"),
        Some(3),
        "the entry, where the key is not written"
    );
    assert_eq!(at("recusals[noise].unit"), Some(14));
    assert_eq!(at("recusals[noise].superior"), Some(12));
    assert_eq!(at("directory[water].basis"), Some(17));
    assert_eq!(at("directory[fish]"), None);
    assert_eq!(at("city_area"), None);
}

#[test]
fn a_row_on_one_line_is_found_too() {
    assert_eq!(line(CATEGORIES, "categories[urban.noise]"), Some(3));
    assert_eq!(line(CATEGORIES, "categories[urban]"), Some(2));
}
