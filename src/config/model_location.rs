//! The locations of the model and of the ONNX Runtime library, independent of the current folder.

use std::path::{Path, PathBuf};

use model::{ModelError, TelemetryDisabled};

/// The file name of the ONNX Runtime library.
const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// The folder of the model. A relative path is looked up in the current folder, in the folder of the program, and in
/// its ancestors. Returns `configured` unchanged if the folder does not exist, so that the error can name it.
pub fn model_folder(configured: &Path) -> PathBuf {
    find(&["", "share/mouthpiece"], configured).unwrap_or_else(|| configured.to_owned())
}

/// The ONNX Runtime library: the configured one, else the one that `scripts/fetch-onnxruntime.sh` downloads.
pub fn library(configured: Option<&Path>) -> PathBuf {
    let fetched = || find(&[".ort", "lib/mouthpiece", ""], Path::new(LIBRARY));
    configured
        .map(Path::to_owned)
        .or_else(fetched)
        .unwrap_or_else(|| Path::new(".ort").join(LIBRARY))
}

/// Evidence that ONNX Runtime's telemetry is disabled in the environment of this process.
///
/// # Errors
/// When the environment variable is missing; `.cargo/config.toml` sets it for tests and benches, and the program restarts
/// itself with it.
pub fn telemetry_disabled() -> Result<TelemetryDisabled, ModelError> {
    TelemetryDisabled::from_value(std::env::var_os(TelemetryDisabled::VARIABLE).as_deref())
}

/// The first existing `folder/name` in the current folder, the folder of the program, or one of its ancestors.
fn find(folders: &[&str], name: &Path) -> Option<PathBuf> {
    let current = std::env::current_dir().ok();
    let program = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .ok();
    let ancestors = program
        .iter()
        .flat_map(|path| path.ancestors().skip(1).map(Path::to_owned));
    let candidates = current.into_iter().chain(ancestors).flat_map(|root| {
        folders
            .iter()
            .map(move |folder| root.join(folder).join(name))
    });
    candidates.into_iter().find(|path| path.exists())
}
