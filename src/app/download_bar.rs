//! The progress of a download on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use hub::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error while files are downloaded; without a terminal, only the notes.
pub(super) struct DownloadBar(ProgressBar);

impl DownloadBar {
    /// A bar that appears with the first file.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::hidden();
        bar.set_style(
            ProgressStyle::with_template(
                "{bar:20} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}",
            )
            .expect("the template is a valid constant"),
        );
        Self(bar)
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for DownloadBar {
    fn total(&self, bytes: u64) {
        self.0.set_length(bytes);
        if std::io::stderr().is_terminal() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
            self.0.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn file(&self, path: &str) {
        self.0.set_message(path.to_owned());
    }

    fn position(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    #[expect(
        clippy::print_stderr,
        reason = "for whoever waits at the terminal or reads the log"
    )]
    fn note(&self, note: &str) {
        self.0.suspend(|| eprintln!("mouthpiece: {note}"));
    }
}
