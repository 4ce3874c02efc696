//! The name of a model: `org/name` or `name`, with an optional `@revision`.

use std::fmt;
use std::str::FromStr;

/// The revision of a name without one.
const DEFAULT_REVISION: &str = "main";
/// Prefix of a model's folder in the cache.
const FOLDER_PREFIX: &str = "models--";
/// Stands for the slash in the name of a folder.
const SEPARATOR: &str = "--";
/// Maximum length of a repository's name in bytes, and of each of its parts.
const MAX_REPOSITORY: usize = 96;
/// Maximum length of a revision in bytes. It is a file name in the cache, and that of a temporary file is longer.
const MAX_REVISION: usize = 200;

/// The name of a model on the hub, as people type it: `org/name`, `name`, `org/name@revision`.
///
/// The revision is a branch, a tag, `refs/pr/2`, or a commit of 40 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    repository: String,
    revision: Option<String>,
}

/// The reason why a text is not the name of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not the name of a model: {problem}; write org/name or org/name@revision")]
pub struct NameError {
    name: String,
    problem: String,
}

impl ModelName {
    /// The repository: `org/name` or `name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The revision, `main` if none was given.
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(DEFAULT_REVISION)
    }

    /// The revision, if one was given.
    pub fn given_revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The commit, if the revision is one: 40 hexadecimal digits.
    pub fn commit(&self) -> Option<&str> {
        self.revision
            .as_deref()
            .filter(|revision| is_commit(revision))
    }

    /// The name of the model's folder in the cache, such as `models--org--name`.
    pub fn folder(&self) -> String {
        let parts = self.repository.replace('/', SEPARATOR);
        format!("{FOLDER_PREFIX}{parts}")
    }

    /// The name of the model whose folder in the cache is called `folder`; none if it is not a model's.
    pub fn of_folder(folder: &str) -> Option<Self> {
        let parts = folder.strip_prefix(FOLDER_PREFIX)?;
        let name: Self = parts.replacen(SEPARATOR, "/", 1).parse().ok()?;
        name.revision.is_none().then_some(name)
    }
}

impl FromStr for ModelName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refused = |problem: String| NameError {
            name: text.to_owned(),
            problem,
        };
        let (repository, revision) = match text.split_once('@') {
            Some((repository, revision)) => (repository, Some(revision)),
            None => (text, None),
        };
        check_repository(repository).map_err(refused)?;
        revision.map_or(Ok(()), check_revision).map_err(refused)?;
        let revision = revision.map(|revision| match revision.to_ascii_lowercase() {
            commit if is_commit(&commit) => commit,
            _ => revision.to_owned(),
        });
        Ok(Self {
            repository: repository.to_owned(),
            revision,
        })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        match &self.revision {
            Some(revision) => write!(f, "@{revision}"),
            None => Ok(()),
        }
    }
}

/// Whether `text` is a full commit hash: 40 hexadecimal digits in lower case.
pub(crate) fn is_commit(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 40 && text.bytes().all(digit)
}

/// Checks the rules of the hub for names of repositories.
fn check_repository(repository: &str) -> Result<(), String> {
    if repository.is_empty() {
        return Err("the part before @ is empty".to_owned());
    }
    if repository.contains("://") {
        return Err("it is an address".to_owned());
    }
    if repository.starts_with(['/', '.', '~']) || repository.ends_with('/') {
        return Err("it looks like the path of a folder, which model.folder takes".to_owned());
    }
    if repository.len() > MAX_REPOSITORY {
        return Err(format!("it is longer than {MAX_REPOSITORY} characters"));
    }
    if repository.matches('/').count() > 1 {
        return Err("it has more than one slash".to_owned());
    }
    repository.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), String> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    if let Some(wrong) = part.chars().find(|c| !allowed(c)) {
        return Err(format!(
            "it contains {wrong:?}, and only letters, digits, \"-\", \"_\" and \".\" are allowed"
        ));
    }
    if part.is_empty() || part.starts_with(['-', '.']) || part.ends_with(['-', '.']) {
        return Err("a part is empty, or begins or ends with \"-\" or \".\"".to_owned());
    }
    if part.contains("--") || part.contains("..") {
        return Err("\"--\" and \"..\" are not allowed".to_owned());
    }
    if part.strip_suffix(".git").is_some() {
        return Err("it ends with .git".to_owned());
    }
    Ok(())
}

/// Checks git's rules for references. They also make the revision a safe path below `refs/`.
fn check_revision(revision: &str) -> Result<(), String> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\@".contains(c);
    if revision.is_empty() {
        return Err("the revision after @ is empty".to_owned());
    }
    if revision.len() > MAX_REVISION {
        return Err(format!(
            "the revision is longer than {MAX_REVISION} characters"
        ));
    }
    if let Some(wrong) = revision.chars().find(|c| wrong(*c)) {
        return Err(format!("the revision contains {wrong:?}"));
    }
    let bad = |part: &str| {
        part.is_empty() || part.starts_with('.') || part.strip_suffix(".lock").is_some()
    };
    if revision.contains("..") || revision.split('/').any(bad) || revision.starts_with('-') {
        return Err("the revision is not one that git allows".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> String {
        text.parse::<ModelName>().unwrap_err().to_string()
    }

    #[test]
    fn names_with_one_and_two_parts_and_revisions_are_read() {
        let name: ModelName = "answerdotai/ModernBERT-base".parse().unwrap();
        assert_eq!(name.repository(), "answerdotai/ModernBERT-base");
        assert_eq!((name.revision(), name.given_revision()), ("main", None));
        assert_eq!(name.folder(), "models--answerdotai--ModernBERT-base");

        let name: ModelName = "bert-base-uncased@refs/pr/2".parse().unwrap();
        assert_eq!(name.repository(), "bert-base-uncased");
        assert_eq!((name.revision(), name.commit()), ("refs/pr/2", None));
        assert_eq!(name.to_string(), "bert-base-uncased@refs/pr/2");
    }

    #[test]
    fn a_commit_is_recognised_in_any_case() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let name: ModelName = format!("a/b@{}", commit.to_uppercase()).parse().unwrap();
        assert_eq!(name.commit(), Some(commit));
        let short: ModelName = "a/b@0123456".parse().unwrap();
        assert_eq!(short.commit(), None);
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "the part before @ is empty"),
            ("@main", "the part before @ is empty"),
            ("a/b@", "the revision after @ is empty"),
            ("https://huggingface.co/a/b", "it is an address"),
            ("models/mini/", "looks like the path of a folder"),
            ("./mini", "looks like the path of a folder"),
            ("a/b/c", "more than one slash"),
            ("a//b", "more than one slash"),
            ("a b/c", "it contains ' '"),
            ("a--b/c", "\"--\" and \"..\" are not allowed"),
            ("a/b..c", "\"--\" and \"..\" are not allowed"),
            ("a/-b", "begins or ends"),
            ("a/b.git", "ends with .git"),
            ("a/b@../x", "not one that git allows"),
            ("a/b@/x", "not one that git allows"),
            ("a/b@x y", "the revision contains ' '"),
            ("a/b@x@y", "the revision contains '@'"),
        ] {
            let said = problem(text);
            assert!(said.contains(reason), "{text:?}: {said}");
            assert!(said.contains("write org/name"), "{said}");
        }
        assert!(problem(&"a".repeat(97)).contains("longer than 96"));
        let revision = |length| format!("a/b@{}", "r".repeat(length));
        assert!(problem(&revision(201)).contains("longer than 200"));
        assert!(revision(200).parse::<ModelName>().is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_read_is_a_safe_path(text in "\\PC{0,40}|[a-c./@-]{0,12}") {
            if let Ok(name) = text.parse::<ModelName>() {
                prop_assert_eq!(&name, &name.to_string().parse::<ModelName>().unwrap());
                prop_assert!(!name.folder().contains('/'));
                let path = format!("{}/refs/{}", name.folder(), name.revision());
                prop_assert!(path.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
            }
        }

        #[test]
        fn a_well_formed_name_survives_the_way_to_its_folder_and_back(
            org in proptest::option::of("[a-z0-9]{1,8}(-[a-z0-9]{1,8})?"),
            model in "[A-Za-z0-9_]{1,12}([-.][A-Za-z0-9_]{1,12}){0,3}",
            revision in proptest::option::of("[a-z0-9]{1,10}(/[a-z0-9]{1,10}){0,2}"),
        ) {
            prop_assume!(model.strip_suffix(".git").is_none());
            let repository = org.map_or(model.clone(), |org| format!("{org}/{model}"));
            let text = revision.iter().fold(repository.clone(), |text, revision| format!("{text}@{revision}"));
            let name: ModelName = text.parse().unwrap();
            prop_assert_eq!(name.to_string(), text);
            prop_assert_eq!(name.given_revision(), revision.as_deref());
            let found = ModelName::of_folder(&name.folder()).unwrap();
            prop_assert_eq!(found.repository(), repository);
        }
    }

    #[test]
    fn folders_of_data_sets_and_others_are_no_models() {
        for folder in [
            "datasets--a--b",
            "blobs",
            ".locks",
            "models--",
            "models--a--b--c",
        ] {
            assert_eq!(ModelName::of_folder(folder), None, "{folder}");
        }
    }
}
