//! The licence of a model, from the front matter of its `README.md`.

use std::path::Path;

use super::text_file::read_text;

/// Maximum size of the file in bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Maximum length of a licence's name in characters.
const MAX_NAME: usize = 60;

/// The licence that the page of the model names, such as `apache-2.0`; `None` if it names none.
pub(super) fn licence(folder: &Path) -> Option<String> {
    // A model without a readable page is a model of unknown licence, no error.
    let text = read_text(&folder.join("README.md"), MAX_BYTES).ok()?;
    let mut front = text.lines();
    if front.next()?.trim_end() != "---" {
        return None;
    }
    let front: Vec<&str> = front.take_while(|line| line.trim_end() != "---").collect();
    let field = |name: &str| {
        let value = front
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let value = value.trim().trim_matches(['"', '\'']);
        let value: String = value.chars().take(MAX_NAME).collect();
        (!value.is_empty()).then_some(value)
    };
    match field("license") {
        Some(licence) if licence == "other" => field("license_name").or(Some(licence)),
        licence => licence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licence_is_what_the_front_matter_says() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(licence(folder.path()), None);
        for (text, expected) in [
            (
                "---\nlanguage: en\nlicense: apache-2.0\n---\n# Model",
                Some("apache-2.0"),
            ),
            (
                "---\nlicense: other\nlicense_name: \"own\"\n---\n",
                Some("own"),
            ),
            ("---\nlanguage: en\n---\nlicense: mit\n", None),
            ("# Model\n\nlicense: mit\n", None),
            ("", None),
        ] {
            std::fs::write(folder.path().join("README.md"), text).unwrap();
            assert_eq!(licence(folder.path()).as_deref(), expected, "{text}");
        }
    }
}
