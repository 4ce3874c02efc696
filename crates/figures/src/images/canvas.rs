//! A raster of palette indices with the few shapes that the images consist of.

use super::palette::{ColourRamp, PaletteIndex};
use crate::geometry::Rect;

/// A raster image. Drawing outside of it has no effect.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    area: Rect,
    /// Row by row.
    pixels: Vec<PaletteIndex>,
}

impl Canvas {
    /// A canvas of one colour, at least one pixel wide and high.
    pub(super) fn new(width: i32, height: i32, background: PaletteIndex) -> Self {
        let area = Rect {
            left: 0,
            top: 0,
            width: width.max(1),
            height: height.max(1),
        };
        Self {
            area,
            pixels: vec![background; length(area.width) * length(area.height)],
        }
    }

    /// The rectangle of the whole canvas.
    pub(super) fn area(&self) -> Rect {
        self.area
    }

    /// All pixels, row by row.
    pub(super) fn pixels(&self) -> &[PaletteIndex] {
        &self.pixels
    }

    /// The pixels of one row of an area that lies within the canvas.
    pub(super) fn row(&self, area: Rect, row: i32) -> &[PaletteIndex] {
        let start = self.offset(area.left, area.top + row);
        &self.pixels[start..start + length(area.width)]
    }

    /// Copies an area from a canvas of the same size.
    pub(super) fn copy(&mut self, source: &Self, area: Rect) {
        for row in 0..area.height {
            let start = self.offset(area.left, area.top + row);
            self.pixels[start..start + length(area.width)].copy_from_slice(source.row(area, row));
        }
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, area: Rect, colour: PaletteIndex) {
        let area = area.intersection(self.area);
        for row in area.top..area.bottom() {
            let start = self.offset(area.left, row);
            self.pixels[start..start + length(area.width)].fill(colour);
        }
    }

    /// Fills a rectangle with round, anti-aliased corners. With a radius of half its size it is a disc.
    pub(super) fn round_rect(&mut self, area: Rect, radius: i32, ramp: ColourRamp) {
        let radius = radius.min(area.width / 2).min(area.height / 2).max(0);
        for row in 0..area.height {
            let from_edge = row.min(area.height - 1 - row);
            if from_edge >= radius {
                let line = Rect {
                    top: area.top + row,
                    height: 1,
                    ..area
                };
                self.fill(line, ramp.full());
                continue;
            }
            for column in 0..area.width {
                let from_side = column.min(area.width - 1 - column);
                let coverage = if from_side >= radius {
                    1.0
                } else {
                    // The distance of the pixel's centre from the centre of the corner's circle.
                    let offset = |distance: i32| (radius - distance) as f32 - 0.5;
                    radius as f32 - offset(from_side).hypot(offset(from_edge)) + 0.5
                };
                self.blend(area.left + column, area.top + row, coverage, ramp);
            }
        }
    }

    /// Covers a pixel in part, with a coverage from 0 to 1.
    pub(super) fn blend(&mut self, x: i32, y: i32, coverage: f32, ramp: ColourRamp) {
        if x < 0 || y < 0 || x >= self.area.width || y >= self.area.height {
            return;
        }
        let offset = self.offset(x, y);
        self.pixels[offset] = ramp.blend(self.pixels[offset], coverage);
    }

    /// The index of a pixel within the canvas.
    fn offset(&self, x: i32, y: i32) -> usize {
        length(y) * length(self.area.width) + length(x)
    }
}

/// A number of pixels; negative numbers are 0.
fn length(pixels: i32) -> usize {
    usize::try_from(pixels).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::palette::Palette;
    use super::*;

    #[test]
    fn drawing_is_clipped_to_the_canvas() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(10, 5, palette.index([0; 3]));
        let beyond = Rect {
            left: -5,
            top: 3,
            width: 100,
            height: 100,
        };
        canvas.fill(beyond, ramp.full());
        canvas.round_rect(beyond, 4, ramp);
        canvas.blend(-1, 7, 1.0, ramp);
        let drawn = canvas
            .pixels()
            .iter()
            .filter(|pixel| **pixel == ramp.full());
        assert_eq!(drawn.count(), 20);
    }

    #[test]
    fn a_disc_fills_a_quarter_of_pi_of_its_square() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(40, 40, palette.index([0; 3]));
        canvas.round_rect(canvas.area(), 20, ramp);
        let drawn = canvas
            .pixels()
            .iter()
            .filter(|pixel| **pixel == ramp.full());
        let fraction = drawn.count() as f32 / 1600.0;
        assert!((0.72..0.79).contains(&fraction), "{fraction}");
    }
}
