//! What must hold whatever comes in, one file for each kind of input. libFuzzer makes inputs up (`make fuzz`), and
//! `tests/it/inputs.rs` tries those that were kept.

mod card;
mod configuration;
mod custom_id;
mod event;
mod gateway;
mod preset_code;
mod prompt;
mod sandbox;
mod settings;

use std::path::{Path, PathBuf};

/// Something that must hold for an input; it panics if it does not.
pub type Property = fn(&[u8]);

/// All properties, by the names of their targets.
pub const ALL: &[(&str, Property)] = &[
    ("card", card::holds),
    ("configuration", configuration::holds),
    ("custom_id", custom_id::holds),
    ("event", event::holds),
    ("gateway", gateway::holds),
    ("preset_code", preset_code::holds),
    ("prompt", prompt::holds),
    ("sandbox", sandbox::holds),
    ("settings", settings::holds),
];

/// Tries the property of that name on an input.
pub fn check(name: &str, input: &[u8]) {
    let property = ALL.iter().find(|(known, _)| *known == name);
    property.expect("the target is listed").1(input);
}

/// A file or folder of the repository.
fn ours(path: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut places = here.ancestors().map(|folder| folder.join(path));
    places
        .find(|place| place.exists())
        .expect("it is in the repository")
}

/// Holds for everything that a person is told of a mistake: there is something in it, and nothing that a terminal obeys.
fn is_a_sentence(said: &str) {
    assert!(
        !said.is_empty() && !said.contains(char::is_control),
        "{said:?}"
    );
}
