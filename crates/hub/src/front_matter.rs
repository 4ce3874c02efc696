//! The front matter of a model's `README.md`: its licence and languages.

use std::path::Path;

use super::bounded::{printable, read_beginning};

/// Maximum size of a `README.md` in bytes; the rest of a larger one is not read.
const MAX_BYTES: u64 = 4 << 20;
/// Marks the beginning and the end of the front matter.
const FENCE: &str = "---";

/// What the front matter says. Only the forms of YAML that model cards use for these values are read: a word, a list in
/// brackets, and a list of lines with dashes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// The licence, as an identifier of SPDX or the name of another one.
    pub license: Option<String>,
    /// The languages, as codes.
    pub languages: Vec<String>,
}

impl FrontMatter {
    /// What the `README.md` in the folder of a model says; nothing if there is none that can be read.
    pub fn of_folder(folder: &Path) -> Self {
        match read_beginning(&folder.join("README.md"), MAX_BYTES) {
            // The limit may cut a letter, and one bad byte does not hide the rest.
            Ok(readme) => Self::parse(&String::from_utf8_lossy(&readme)),
            Err(_) => Self::default(),
        }
    }

    /// Reads the beginning of `readme`.
    pub(crate) fn parse(readme: &str) -> Self {
        let mut lines = readme.trim_start_matches('\u{feff}').lines();
        if lines.next().map(str::trim_end) != Some(FENCE) {
            return Self::default();
        }
        let lines: Vec<&str> = lines.take_while(|line| line.trim_end() != FENCE).collect();
        let license = values(&lines, "license").into_iter().next();
        let named = values(&lines, "license_name").into_iter().next();
        Self {
            license: match (license, named) {
                (Some(license), Some(named)) if license == "other" => Some(named),
                (license, _) => license,
            },
            languages: values(&lines, "language"),
        }
    }
}

/// The values of the top-level `key`.
fn values(lines: &[&str], key: &str) -> Vec<String> {
    let value = |line: &&str| {
        let rest = line.strip_prefix(key)?.trim_start().strip_prefix(':')?;
        Some(rest.trim().to_owned())
    };
    let Some((at, first)) = lines
        .iter()
        .enumerate()
        .find_map(|(at, line)| Some((at, value(line)?)))
    else {
        return Vec::new();
    };
    let inline = without_comment(&first);
    if let Some(list) = inline
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'))
    {
        return list.split(',').filter_map(scalar).collect();
    }
    if !inline.is_empty() {
        return scalar(inline).into_iter().collect();
    }
    let items = lines[at + 1..]
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    items
        .map_while(|line| line.strip_prefix('-'))
        .filter_map(|item| scalar(without_comment(item)))
        .collect()
}

fn without_comment(text: &str) -> &str {
    text.split(" #").next().unwrap_or_default().trim()
}

/// The word in `text` without quotes, printable; none if it is empty.
fn scalar(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'']);
    (!text.is_empty()).then(|| printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(front: &str) -> (Option<String>, Vec<String>) {
        let read = FrontMatter::parse(&format!("---\n{front}\n---\n# A model\nlicense: none\n"));
        (read.license, read.languages)
    }

    #[test]
    fn every_form_of_a_list_is_read() {
        let mit = || Some("mit".to_owned());
        let codes = || vec!["en".to_owned(), "de".to_owned()];
        for front in [
            "license: mit\nlanguage: [en, de]",
            "language:\n- en\n- \"de\"\nlicense: \"mit\" # free",
            "tags:\n- x\nlicense : 'mit'\nlanguage:\n  - en # English\n\n  - de\npipeline_tag: fill-mask",
        ] {
            assert_eq!(read(front), (mit(), codes()), "{front}");
        }
        assert_eq!(read("language: en"), (None, vec!["en".to_owned()]));
    }

    #[test]
    fn another_licence_is_called_by_its_name() {
        assert_eq!(
            read("license: other\nlicense_name: llama3\nlicense_link: x")
                .0
                .as_deref(),
            Some("llama3")
        );
        assert_eq!(read("license: other").0.as_deref(), Some("other"));
    }

    #[test]
    fn a_page_without_front_matter_says_nothing() {
        for readme in [
            "",
            "# A model\nlicense: mit",
            "---",
            "---\n---\nlicense: mit",
        ] {
            assert_eq!(
                FrontMatter::parse(readme),
                FrontMatter::default(),
                "{readme:?}"
            );
        }
    }

    #[test]
    fn a_folder_without_a_readable_page_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let said = || FrontMatter::of_folder(folder.path());
        assert_eq!(said(), FrontMatter::default());
        let page = folder.path().join("README.md");
        std::fs::create_dir(&page).unwrap();
        assert_eq!(said(), FrontMatter::default());
    }

    #[test]
    fn a_bad_byte_or_a_letter_at_the_limit_does_not_hide_the_page() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("README.md");
        let said = || FrontMatter::of_folder(folder.path());
        std::fs::write(&page, b"---\ntags: \xff\nlicense: mit\n---").unwrap();
        assert_eq!(said().license.as_deref(), Some("mit"));
        // Of two lengths that differ by one byte, one is cut inside a letter.
        for front in ["---\nlicense: mit\n---\n", "---\nlicense: mit\n---\n\n"] {
            let rest = "é".repeat(2 << 20);
            std::fs::write(&page, format!("{front}{rest}")).unwrap();
            assert_eq!(said().license.as_deref(), Some("mit"));
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        let (license, languages) = read("license: mit\u{1b}[2J\nlanguage: [e\u{7}n]");
        assert_eq!(license.as_deref(), Some("mit\u{fffd}[2J"));
        assert_eq!(languages, ["e\u{fffd}n"]);
    }
}
