//! The graph of imports between the files of one crate: who uses whom, with re-exports followed to the file that defines a
//! name. Reads `use` declarations and paths that begin with `crate::` or `super::`.

use std::collections::{BTreeMap, BTreeSet};

/// A module by the names on the way to it from the crate's root.
type Module = Vec<String>;

/// One crate's files by their modules.
pub(crate) struct Imports {
    files: BTreeMap<Module, File>,
}

struct File {
    name: String,
    /// Declared here, by `mod`.
    children: BTreeSet<String>,
    /// What other files use under another path than where it is defined: the name, and the path behind it.
    reexports: Vec<(String, Vec<String>)>,
    /// Paths that the code of this file uses.
    paths: BTreeSet<Vec<String>>,
}

impl Imports {
    /// Reads the files of a crate, given by their paths below `src` with their code, without comments, strings and unit tests.
    pub(crate) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files
            .into_iter()
            .map(|(name, code)| (module(name), File::read(name, code)));
        Self {
            files: files.collect(),
        }
    }

    /// The circles: groups of files each of which uses, directly or through others, every other of the group. An import of a
    /// module that contains the file is no arrow, since every registry names its entries and every entry its trait.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let arrows: BTreeMap<&Module, BTreeSet<&Module>> = self
            .files
            .keys()
            .map(|from| (from, self.used_by(from)))
            .collect();
        let reached: BTreeMap<&Module, BTreeSet<&Module>> = arrows
            .keys()
            .map(|from| (*from, reachable(from, &arrows)))
            .collect();
        let circles: BTreeSet<BTreeSet<&str>> = reached
            .iter()
            .filter(|(from, to)| to.contains(**from))
            .map(|(from, to)| {
                let back = |there: &&&Module| reached[**there].contains(*from);
                let names = to.iter().filter(back);
                names
                    .map(|there| self.files[*there].name.as_str())
                    .collect()
            })
            .collect();
        circles.into_iter().collect()
    }

    fn used_by(&self, from: &Module) -> BTreeSet<&Module> {
        let paths = self.files[from].paths.iter();
        paths
            .filter_map(|path| self.resolve(from, path, 0))
            .filter(|to| !from.starts_with(to))
            .collect()
    }

    /// The module that defines what `path` means in the module `from`, if it is of this crate.
    fn resolve(&self, from: &Module, path: &[String], depth: usize) -> Option<&Module> {
        let mut at = from.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()),
            child if self.files[from].children.contains(child) => at.push(child.to_owned()),
            _ => return None,
        }
        rest = &rest[1..];
        while let Some(next) = rest.first() {
            let file = self.files.get(&at)?;
            if next == "super" {
                at.pop();
            } else if file.children.contains(next) {
                at.push(next.clone());
            } else {
                let mut names = file.reexports.iter();
                let behind = names.find(|(name, _)| name == next).map(|(_, path)| path);
                return behind
                    .filter(|_| depth < 8)
                    .and_then(|path| self.resolve(&at, path, depth + 1))
                    .or_else(|| self.files.get_key_value(&at).map(|(module, _)| module));
            }
            rest = &rest[1..];
        }
        self.files.get_key_value(&at).map(|(module, _)| module)
    }
}

impl File {
    fn read(name: &str, code: &str) -> Self {
        let mut file = Self {
            name: name.to_owned(),
            children: BTreeSet::new(),
            reexports: Vec::new(),
            paths: inline_paths(code),
        };
        for statement in code.split(';') {
            let statement = statement.rsplit(['}', '{']).next().unwrap_or(statement);
            if let Some(child) = declaration(statement, "mod ") {
                file.children.insert(child.trim().to_owned());
            }
        }
        for (at, _) in code.match_indices("use ") {
            let before = code[..at]
                .rsplit([';', '{', '}', ']'])
                .next()
                .unwrap_or_default();
            let Some((tree, _)) = code[at + 4..].split_once(';') else {
                continue;
            };
            let public = before.trim_start().starts_with("pub");
            if !public && !before.trim().is_empty() {
                continue;
            }
            for (alias, path) in expand(&tree.split_whitespace().collect::<Vec<_>>().join(" ")) {
                if public {
                    file.reexports.push((alias, path));
                } else {
                    file.paths.insert(path);
                }
            }
        }
        file
    }
}

/// What follows `keyword` in a statement that is a declaration, with any visibility.
fn declaration<'a>(statement: &'a str, keyword: &str) -> Option<&'a str> {
    let (before, after) = statement.rsplit_once(keyword)?;
    let visibility = before.rsplit(']').next().unwrap_or_default().trim();
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(after)
}

/// Paths in expressions and types that begin at the crate's root or above the file.
fn inline_paths(code: &str) -> BTreeSet<Vec<String>> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.split(|c| !word(c))
        .filter(|path| path.starts_with("crate::") || path.starts_with("super::"))
        .map(|path| path.split("::").map(str::to_owned).collect())
        .filter(|path: &Vec<String>| path.iter().all(|part| !part.is_empty()))
        .collect()
}

/// The single paths of a tree of imports, each with the name under which it is known afterwards.
fn expand(tree: &str) -> Vec<(String, Vec<String>)> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let parts: Vec<String> = path
            .split("::")
            .map(|part| part.trim().to_owned())
            .collect();
        let path: Vec<String> = parts
            .iter()
            .enumerate()
            .filter(|(i, part)| *i == 0 || (*part != "self" && *part != "*"))
            .map(|(_, part)| part.clone())
            .collect();
        let last = path.last().cloned().unwrap_or_default();
        return vec![(
            if alias.is_empty() {
                last
            } else {
                alias.trim().to_owned()
            },
            path,
        )];
    };
    let group = group.trim().strip_suffix('}').unwrap_or(group);
    let mut depth = 0;
    let parts = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let parts = parts.filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| expand(&format!("{prefix}{}", part.trim())))
        .collect()
}

fn module(name: &str) -> Module {
    let path = name.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let parts = path.split('/').map(str::to_owned);
    parts.filter(|part| part != "lib").collect()
}

fn reachable<'a>(
    from: &'a Module,
    arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for to in &arrows[next] {
            if reached.insert(*to) {
                open.push(to);
            }
        }
    }
    reached
}

#[test]
fn a_circle_is_found_through_reexports_and_an_entry_may_name_its_registry() {
    let files = [
        ("lib.rs", "pub mod a; mod b; pub use b::Item as Thing;"),
        ("a.rs", "use crate::Thing; pub struct Other;"),
        ("b.rs", "use super::a::Other; pub struct Item;"),
    ];
    let imports = Imports::read(files);
    let names: Vec<_> = imports.circles().into_iter().flatten().collect();
    assert_eq!(names, ["a.rs", "b.rs"]);
    let registry = [
        (
            "lib.rs",
            "mod entry; pub trait Trait {} const ALL: &[&dyn Trait] = &[&entry::Entry];",
        ),
        ("entry.rs", "use super::Trait; pub struct Entry;"),
    ];
    assert!(Imports::read(registry).circles().is_empty());
}
