//! The rules of ARCHITECTURE.md that a compiler does not know: who may name what, what every file begins with, and that
//! registries are complete.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "tidy/imports.rs"]
mod imports;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers of the bot, each with the layers and crates of this workspace that it may name besides itself. What the crates
/// themselves may use is in their manifests.
const LAYERS: &[(&str, &[&str])] = &[
    ("pool", &["generation", "model"]),
    ("domain", &["generation"]),
    ("store", &["generation", "domain"]),
    (
        "service",
        &["generation", "model", "pool", "store", "domain", "figures"],
    ),
    ("discord", &["generation", "figures", "service", "domain"]),
    ("telemetry", &[]),
    // Reads the settings of every layer, in that layer's own types.
    (
        "config",
        &[
            "generation",
            "pool",
            "model",
            "hub",
            "service",
            "discord",
            "sandbox",
            "telemetry",
        ],
    ),
];

/// The crates of this workspace.
const CRATES: &[&str] = &["generation", "model", "hub", "sandbox", "figures"];

/// Libraries with the only places that may name them.
const LIBRARIES: &[(&str, &[&str])] = &[
    (
        "ort",
        &[
            "model/onnx.rs",
            "model/session.rs",
            "model/initializers.rs",
            "model/kernels/",
        ],
    ),
    ("prost", &["model/graph/"]),
    ("half", &["model/folder/safetensors.rs"]),
    ("pulp", &["generation/logits.rs", "model/kernels/"]),
    ("tokenizers", &["model/vocabulary.rs", "model/tokenizer/"]),
    (
        "sha2",
        &[
            "model/digest.rs",
            "hub/checksum.rs",
            "service/arena/export.rs",
        ],
    ),
    ("sha1", &["hub/checksum.rs"]),
    ("hmac", &["service/arena/export.rs"]),
    ("rand_chacha", &["generation/rng.rs"]),
    ("rand", &["service/", "discord/"]),
    ("sqlx", &["store/"]),
    (
        "dashmap",
        &["service/keyed_lock.rs", "service/writing/running.rs"],
    ),
    ("quick_cache", &["service/policy/", "service/preferences/"]),
    ("crc32fast", &["service/preferences/preset_code/mod.rs"]),
    ("data_encoding", &["service/preferences/preset_code/mod.rs"]),
    ("flate2", &["service/preferences/preset_code/mod.rs"]),
    ("postcard", &["service/preferences/preset_code/payload.rs"]),
    ("serenity", &["discord/"]),
    ("reqwest", &["discord/", "hub/"]),
    ("rustls_native_certs", &["hub/http.rs"]),
    ("rustix", &["hub/disk_space.rs"]),
    ("tokio_tungstenite", &["discord/gateway/"]),
    ("axum", &["sandbox/"]),
    ("toml", &["discord/locale/"]),
    ("config", &["config/sources.rs"]),
    ("tracing_subscriber", &["telemetry.rs"]),
    ("anyhow", &["app/", "main.rs"]),
    ("clap", &["app/", "main.rs"]),
    ("indicatif", &["app/"]),
    ("bm25", &["app/"]),
    ("ab_glyph", &["figures/images/font.rs"]),
    ("gif", &["figures/images/gif.rs"]),
    ("png", &["figures/images/png.rs"]),
    ("plotters", &["figures/charts/"]),
];

/// Things of the standard library and of Tokio that whole layers must do without.
const ABSENT: &[(&str, &[&str])] = &[
    (
        "generation",
        &[
            "tokio",
            "tracing",
            "std::time",
            "std::fs",
            "std::env",
            "std::thread",
            "std::net",
        ],
    ),
    ("figures", &["tokio", "std::fs", "std::env", "std::time"]),
    ("model", &["tokio", "std::env", "std::thread"]),
    ("hub", &["std::env"]),
    ("pool", &["std::env", "std::fs", "tokio::spawn"]),
    ("service", &["std::env", "std::fs"]),
    ("discord", &["std::env", "std::fs", "std::thread"]),
    (
        "domain",
        &["tokio", "tracing", "std::fs", "std::env", "std::net"],
    ),
    ("store", &["std::env"]),
    ("sandbox/world", &["tokio", "std::time", "std::fs", "axum"]),
];

/// Every Rust file of the bot and of the crates, by its path below `src`; a crate's files begin with its name.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    collect(&root.join("src"), "", &mut found);
    for name in CRATES {
        let folder = root.join("crates").join(name).join("src");
        collect(&folder, &format!("{name}/"), &mut found);
    }
    assert!(found.len() > 200, "the sources were found");
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.insert(
                format!("{prefix}{name}"),
                fs::read_to_string(&path).unwrap(),
            );
        }
    }
}

/// The code without its unit tests, comments and strings.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines
        .map(|line| line.split('"').step_by(2).collect::<String>() + "\n")
        .collect()
}

/// Whether `code` names the crate or module `name` as the beginning of a path.
fn names(code: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let begins = !before.ends_with(|c: char| in_word(c) || c == ':' || c == '.');
        let whole = name.contains("::") && !after.starts_with(in_word);
        let used = before.ends_with("use ") && after.starts_with(';');
        begins && (after.starts_with("::") || whole || used)
    })
}

fn layer(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

#[test]
fn no_layer_names_a_layer_it_must_not_know() {
    for (file, text) in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer(&file)) else {
            continue;
        };
        let all = LAYERS.iter().map(|(name, _)| name).chain(CRATES);
        for other in all.filter(|other| **other != layer(&file) && !allowed.contains(other)) {
            let path = if CRATES.contains(other) {
                (*other).to_owned()
            } else {
                format!("crate::{other}")
            };
            assert!(!names(&code(&text), &path), "{file} must not know {other}");
        }
        assert!(
            !names(&code(&text), "crate::app"),
            "{file} must not know app"
        );
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources: Vec<(String, String)> = sources()
        .into_iter()
        .filter(|(file, _)| !file.ends_with("tests.rs") && !file.contains("/tests/"))
        .map(|(file, text)| (file, code(&text)))
        .collect();
    let in_crate = |prefix: &str| {
        let files = sources.iter().filter_map(|(file, code)| {
            let owned = CRATES
                .iter()
                .any(|name| file.starts_with(&format!("{name}/")));
            match prefix {
                "" => (!owned).then_some((file.as_str(), code.as_str())),
                _ => Some((file.strip_prefix(prefix)?, code.as_str())),
            }
        });
        imports::Imports::read(files.collect::<Vec<_>>())
    };
    let mut found = Vec::new();
    for name in CRATES
        .iter()
        .map(|name| format!("{name}/"))
        .chain([String::new()])
    {
        let imports = in_crate(&name);
        found.extend(
            imports
                .circles()
                .iter()
                .map(|files| format!("{name}: {files:?}")),
        );
    }
    assert!(
        found.is_empty(),
        "files import each other in circles:\n{}",
        found.join("\n")
    );
}

#[test]
fn libraries_are_named_only_where_they_belong() {
    for (file, text) in sources() {
        for (library, places) in LIBRARIES {
            let belongs = places
                .iter()
                .any(|place| file == *place || (place.ends_with('/') && file.starts_with(place)));
            assert!(
                belongs || !names(&code(&text), library),
                "{file} must not name {library}"
            );
        }
    }
}

#[test]
fn layers_do_without_what_they_must_not_touch() {
    for (file, text) in sources() {
        let unit_tests = file.ends_with("tests.rs") || file.ends_with("testing.rs");
        for (_, things) in ABSENT
            .iter()
            .filter(|(folder, _)| !unit_tests && file.starts_with(&format!("{folder}/")))
        {
            for thing in *things {
                assert!(
                    !names(&code(&text), thing),
                    "{file} must do without {thing}"
                );
            }
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (file, text) in sources() {
        assert!(text.starts_with("//! "), "{file} must open with //!");
    }
}

#[test]
fn every_strategy_command_and_menu_is_registered() {
    for (folder, not_entries) in [
        ("generation/strategy/", &["mod", "tests"][..]),
        ("discord/command/", &["mod", "options"]),
        ("discord/context_menu/", &["mod", "message_text"]),
    ] {
        let all = sources();
        let registry = all[&format!("{folder}mod.rs")]
            .split("pub")
            .find(|part| part.contains("ALL:"))
            .unwrap()
            .to_owned();
        for file in all
            .keys()
            .filter_map(|file| file.strip_prefix(folder)?.strip_suffix(".rs"))
        {
            let listed = registry.contains(&format!("&{file}::"));
            assert!(
                listed || not_entries.contains(&file),
                "{folder}{file}.rs is not listed in {folder}mod.rs"
            );
        }
    }
}

#[test]
fn every_component_and_form_is_dispatched() {
    for (folder, function) in [
        ("discord/component/", "press"),
        ("discord/modal/", "submit"),
    ] {
        let all = sources();
        let registry = code(&all[&format!("{folder}mod.rs")]);
        let files = all
            .keys()
            .filter_map(|file| file.strip_prefix(folder)?.strip_suffix(".rs"));
        for file in files.filter(|file| *file != "mod") {
            assert!(
                registry.contains(&format!("{file}::{function}(")),
                "{folder}{file}.rs is not dispatched in {folder}mod.rs"
            );
        }
    }
}

#[test]
fn files_stay_short_enough_to_be_one_noun() {
    let with_code = |(file, _): &(String, String)| !file.ends_with("tests.rs");
    for (file, text) in sources().into_iter().filter(with_code) {
        // The unit tests under it are the same noun.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().count();
        assert!(
            lines <= 400,
            "{file} has {lines} lines; is it still one noun?"
        );
    }
}

#[test]
fn every_setting_is_in_the_table_of_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let defaults = fs::read_to_string(root.join("config/default.toml")).unwrap();
    let mut section = "";
    for line in defaults.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#'))
        {
            let row = format!("| `{section}.{key}` | `{}` |", value.trim_matches('"'));
            assert!(
                readme.contains(&row) || readme.contains(&format!("| `{section}.{key}` | |")),
                "README.md has no row {row}"
            );
        }
    }
}

#[test]
fn what_a_page_of_the_documentation_links_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    for page in pages.chain([root.join("README.md"), root.join("ARCHITECTURE.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1);
        let links = links.filter_map(|rest| rest.split([')', '#', ' ']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            let file = page.parent().unwrap().join(link);
            assert!(file.exists(), "{} links to {link}", page.display());
        }
    }
}

/// ONNX Runtime's Python package starts its telemetry when it is imported.
#[test]
fn python_that_imports_onnxruntime_disables_its_telemetry_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "benches",
        "benches/peers",
        "scripts",
        "training",
        "tests/training",
    ];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut importing = 0;
    for path in files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "py"))
    {
        let text = fs::read_to_string(&path).unwrap();
        let imports = ["import onnxruntime", "from onnxruntime"]
            .iter()
            .filter_map(|import| text.find(import));
        let Some(first) = imports.min() else { continue };
        let disabled = text.find("os.environ[\"ORT_DISABLE_TELEMETRY\"] = \"1\"");
        assert!(
            disabled.is_some_and(|at| at < first),
            "{} imports it first",
            path.display()
        );
        importing += 1;
    }
    assert!(importing >= 3, "the scripts were found");
}
