//! A raster of palette colours with the few shapes that the pictures are made of.

use super::palette::{Colour, Ramp};

/// A rectangle, in pixels from the upper left corner of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A picture in the making. What lies outside of it is not drawn.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    area: Area,
    pixels: Vec<Colour>,
}

impl Area {
    /// The first column to the right of it.
    pub(super) fn right(self) -> i32 {
        self.left + self.width
    }

    /// The first row below it.
    pub(super) fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// The smallest area that has both in it.
    pub(super) fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }

    /// What both have in common.
    fn within(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            width: (self.right().min(other.right()) - left).max(0),
            height: (self.bottom().min(other.bottom()) - top).max(0),
        }
    }
}

impl Canvas {
    /// An empty picture.
    pub(super) fn new(width: i32, height: i32, ground: Colour) -> Self {
        let area = Area {
            left: 0,
            top: 0,
            width: width.max(1),
            height: height.max(1),
        };
        Self {
            area,
            pixels: vec![ground; length(area.width) * length(area.height)],
        }
    }

    /// The whole picture.
    pub(super) fn area(&self) -> Area {
        self.area
    }

    /// All pixels, row by row.
    pub(super) fn pixels(&self) -> &[Colour] {
        &self.pixels
    }

    /// The pixels of one row of an area that lies in the picture.
    pub(super) fn row(&self, area: Area, row: i32) -> &[Colour] {
        let start = length(area.top + row) * length(self.area.width) + length(area.left);
        &self.pixels[start..start + length(area.width)]
    }

    /// Takes over an area of a picture of the same size.
    pub(super) fn copy(&mut self, other: &Self, area: Area) {
        for row in 0..area.height {
            let start = length(area.top + row) * length(self.area.width) + length(area.left);
            self.pixels[start..start + length(area.width)].copy_from_slice(other.row(area, row));
        }
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, area: Area, colour: Colour) {
        let area = area.within(self.area);
        let width = length(self.area.width);
        for row in area.top..area.bottom() {
            let start = length(row) * width + length(area.left);
            self.pixels[start..start + length(area.width)].fill(colour);
        }
    }

    /// Fills a rectangle with round corners; with half of its size as the radius it is a disc.
    pub(super) fn round(&mut self, area: Area, radius: i32, ramp: Ramp) {
        let radius = radius.min(area.width / 2).min(area.height / 2).max(0);
        for row in 0..area.height {
            let edge = row.min(area.height - 1 - row);
            if edge >= radius {
                let line = Area {
                    top: area.top + row,
                    height: 1,
                    ..area
                };
                self.fill(line, ramp.ink());
                continue;
            }
            for column in 0..area.width {
                let side = column.min(area.width - 1 - column);
                let coverage = if side >= radius {
                    1.0
                } else {
                    let away = |at: i32| (radius - at) as f32 - 0.5;
                    radius as f32 - away(side).hypot(away(edge)) + 0.5
                };
                self.cover(area.left + column, area.top + row, coverage, ramp);
            }
        }
    }

    /// Puts ink on a pixel.
    pub(super) fn cover(&mut self, x: i32, y: i32, coverage: f32, ramp: Ramp) {
        if x < 0 || y < 0 || x >= self.area.width || y >= self.area.height {
            return;
        }
        let place = length(y) * length(self.area.width) + length(x);
        self.pixels[place] = ramp.cover(self.pixels[place], coverage);
    }
}

/// A length that is not negative.
fn length(pixels: i32) -> usize {
    usize::try_from(pixels).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::palette::Palette;
    use super::*;

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(10, 5, palette.colour([0; 3]));
        let beyond = Area {
            left: -5,
            top: 3,
            width: 100,
            height: 100,
        };
        canvas.fill(beyond, ramp.ink());
        canvas.round(beyond, 4, ramp);
        canvas.cover(-1, 7, 1.0, ramp);
        let drawn = canvas.pixels().iter().filter(|pixel| **pixel == ramp.ink());
        assert_eq!(drawn.count(), 20);
    }

    #[test]
    fn a_disc_is_round() {
        let mut palette = Palette::default();
        let ramp = palette.ramp([0; 3], [255; 3]);
        let mut canvas = Canvas::new(40, 40, palette.colour([0; 3]));
        canvas.round(canvas.area(), 20, ramp);
        let drawn = canvas.pixels().iter().filter(|pixel| **pixel == ramp.ink());
        let share = drawn.count() as f32 / 1600.0;
        assert!((0.72..0.79).contains(&share), "{share}");
    }
}
