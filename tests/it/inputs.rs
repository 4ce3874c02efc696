//! Whatever comes in: the properties of `fuzz/` hold for every input that was kept there.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
#[expect(
    unreachable_pub,
    reason = "libFuzzer looks for the same properties in a package of its own"
)]
mod properties;

#[test]
fn every_kept_input_has_the_properties_that_it_should_have() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, _) in properties::ALL {
        let kept = fs::read_dir(corpus.join(name)).unwrap();
        let inputs: Vec<_> = kept.map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "nothing is kept for {name}");
        for path in inputs {
            println!("{}", path.display());
            properties::check(name, &fs::read(path).unwrap());
        }
    }
}

#[test]
fn every_property_has_a_target() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let described = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    for (name, _) in properties::ALL {
        let target = fs::read_to_string(package.join(format!("targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("check(\"{name}\"")), "{name}");
        assert!(described.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
