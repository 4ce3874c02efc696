//! The opt-out from ONNX Runtime's telemetry, without which this crate does not load the library.

use std::ffi::OsStr;

use super::error::ModelError;

/// Evidence that ONNX Runtime's telemetry is disabled for this process.
///
/// The official builds for Linux and macOS create a persistent device identifier and upload usage data to Microsoft from
/// version 1.29 on. `OrtApi::DisableTelemetryEvents` comes too late, because creating the environment already starts the
/// uploader; only the environment variable prevents it, and only if it is set before the library is loaded
/// (<https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md>).
///
/// ```
/// use model::TelemetryDisabled;
/// use std::ffi::OsStr;
///
/// assert!(TelemetryDisabled::from_value(Some(OsStr::new("1"))).is_ok());
/// assert!(TelemetryDisabled::from_value(None).is_err());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TelemetryDisabled(());

impl TelemetryDisabled {
    /// The environment variable that ONNX Runtime reads.
    pub const VARIABLE: &'static str = "ORT_DISABLE_TELEMETRY";
    /// The value that disables telemetry.
    pub const VALUE: &'static str = "1";

    /// Checks the value that [`Self::VARIABLE`] has in the environment of this process.
    ///
    /// # Errors
    /// [`ModelError::Telemetry`] for any other value than [`Self::VALUE`], or none.
    pub fn from_value(value: Option<&OsStr>) -> Result<Self, ModelError> {
        if value == Some(OsStr::new(Self::VALUE)) {
            Ok(Self(()))
        } else {
            Err(ModelError::Telemetry)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_value_disables_telemetry() {
        let disabled = |value: &str| TelemetryDisabled::from_value(Some(OsStr::new(value))).is_ok();
        assert!(disabled("1"));
        for value in ["", "0", "false", "true", " 1"] {
            assert!(!disabled(value), "{value:?}");
        }
    }
}
