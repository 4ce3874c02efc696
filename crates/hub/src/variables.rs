//! Values of environment variables, read as `huggingface_hub` reads them.

use std::path::PathBuf;

/// Looks variables up through a function, so that tests need no environment.
pub(crate) struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup }
    }

    /// The value of the first of `names` that is set and not empty.
    pub(crate) fn text(&self, names: &[&str]) -> Option<String> {
        let mut values = names.iter().filter_map(|name| (self.lookup)(name));
        values.find(|value| !value.is_empty())
    }

    /// Whether the first of `names` that is set is 1, ON, YES or TRUE, in any case.
    pub(crate) fn flag(&self, names: &[&str]) -> bool {
        let value = self.text(names).map(|value| value.to_uppercase());
        value.is_some_and(|value| ["1", "ON", "YES", "TRUE"].contains(&value.as_str()))
    }

    /// The path in the first of `names` that is set. A leading `~` and `$NAME` or `${NAME}` are expanded.
    pub(crate) fn path(&self, names: &[&str]) -> Option<PathBuf> {
        let value = self.text(names)?;
        let home = self.text(&["HOME"]);
        let value = match (value.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                format!("{home}{rest}")
            }
            _ => value,
        };
        Some(PathBuf::from(self.expand(&value)))
    }

    /// Replaces `$NAME` and `${NAME}`. Variables that are not set stay as they are.
    fn expand(&self, value: &str) -> String {
        let mut parts = value.split('$');
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
                Some(braced) => braced,
                None => part.split_at(part.find(|c| !in_name(c)).unwrap_or(part.len())),
            };
            match (self.lookup)(name) {
                Some(found) => expanded.extend([found.as_str(), rest]),
                None => expanded.extend(["$", part]),
            }
        }
        expanded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "HOME" => "/home/ada",
            "DISK" => "/mnt",
            "EMPTY" => "",
            "TILDE" => "~/models",
            "BOTH" => "$DISK/${DISK}x/$NONE/${NONE",
            "YES" => "yes",
            "NO" => "0",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn paths_are_expanded_as_python_does() {
        let variables = Variables::new(&lookup);
        assert_eq!(
            variables.path(&["TILDE"]).unwrap(),
            PathBuf::from("/home/ada/models")
        );
        assert_eq!(
            variables.path(&["BOTH"]).unwrap(),
            PathBuf::from("/mnt//mntx/$NONE/${NONE")
        );
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let variables = Variables::new(&lookup);
        assert_eq!(variables.text(&["EMPTY", "DISK"]).as_deref(), Some("/mnt"));
        assert!(variables.flag(&["EMPTY", "YES"]) && !variables.flag(&["NO", "YES"]));
    }
}
