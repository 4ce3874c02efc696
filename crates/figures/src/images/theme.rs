//! What all pictures share: the colours of ground and letters.

use super::palette::Rgb;

/// Behind everything: Discord's dark ground, a little darker.
pub(super) const GROUND: Rgb = [0x1a, 0x1b, 0x1e];
/// Behind words.
pub(super) const CHIP: Rgb = [0x2a, 0x2c, 0x31];
/// Lines that should not be noticed.
pub(super) const LINE: Rgb = [0x3d, 0x40, 0x47];
/// Letters.
pub(super) const INK: Rgb = [0xf2, 0xf3, 0xf5];
/// Letters that are not the matter itself.
pub(super) const QUIET: Rgb = [0xa6, 0xab, 0xb5];
/// Letters on a bright ground.
pub(super) const DARK: Rgb = [0x12, 0x13, 0x15];
/// The one colour that stands out.
pub(super) const ACCENT: Rgb = [0x62, 0x9f, 0xe0];
/// Space around a picture.
pub(super) const MARGIN: i32 = 28;
