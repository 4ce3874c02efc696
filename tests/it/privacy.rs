//! The program sends nothing to anybody who was not asked for.

use std::path::Path;
use std::process::Command;

/// Runs the program in a network namespace for 40 s: within that time ONNX Runtime's telemetry looks up its server, and
/// within the first second it writes its device identifier. Standard error is inherited, so that the warning about a
/// machine without namespaces is seen.
#[test]
fn run_speak_and_sample_look_up_no_name_and_leave_nothing_below_home() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/privacy/watch.py");
    let status = Command::new("python3")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_mouthpiece"))
        .status()
        .unwrap();
    assert!(status.success(), "see above");
}
