//! Restarts the program with ONNX Runtime's telemetry disabled.
//!
//! ONNX Runtime reads its opt-out from the environment, and changing one's own environment is `unsafe` in Rust. So a program
//! that was started without the opt-out replaces itself by itself, before it starts any thread: same process id, same
//! arguments, one more variable.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use model::TelemetryDisabled;

use crate::config::telemetry_disabled;

/// Returns where telemetry is disabled, and restarts the program where it is not.
///
/// # Errors
/// When the program cannot be started again.
pub(super) fn ensure_disabled() -> anyhow::Result<()> {
    if telemetry_disabled().is_ok() {
        return Ok(());
    }
    let variable = TelemetryDisabled::VARIABLE;
    let reason =
        || format!("the program cannot restart itself; start it with {variable}=1 instead");
    let mut arguments = env::args_os();
    let mut program = Command::new(env::current_exe().with_context(reason)?);
    if let Some(name) = arguments.next() {
        program.arg0(name);
    }
    program
        .args(arguments)
        .env(variable, TelemetryDisabled::VALUE);
    Err(program.exec()).with_context(reason)
}
