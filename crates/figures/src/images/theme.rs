//! Colours and margins that all images share.

use super::palette::Rgb;

/// The background: slightly darker than Discord's dark theme.
pub(super) const BACKGROUND: Rgb = [0x1a, 0x1b, 0x1e];
/// Neutral boxes behind words.
pub(super) const BOX: Rgb = [0x2a, 0x2c, 0x31];
/// Grid lines and tracks.
pub(super) const LINE: Rgb = [0x3d, 0x40, 0x47];
/// Primary text.
pub(super) const TEXT: Rgb = [0xf2, 0xf3, 0xf5];
/// Secondary text, such as labels and legends.
pub(super) const SECONDARY_TEXT: Rgb = [0xa6, 0xab, 0xb5];
/// Text on a bright background.
pub(super) const DARK_TEXT: Rgb = [0x12, 0x13, 0x15];
/// The accent colour.
pub(super) const ACCENT: Rgb = [0x62, 0x9f, 0xe0];
/// The margin around an image, in pixels.
pub(super) const MARGIN: i32 = 28;
