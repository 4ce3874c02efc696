//! Points and rectangles in pixels, shared by charts and images.

/// A position, in pixels from the upper left corner of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A rectangle, in pixels from the upper left corner of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Rect {
    /// The first column to the right of the rectangle.
    pub(crate) fn right(self) -> i32 {
        self.left + self.width
    }

    /// The first row below the rectangle.
    pub(crate) fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// The number of pixels.
    pub(crate) fn area(self) -> i32 {
        self.width * self.height
    }

    /// The smallest rectangle that contains both.
    pub(crate) fn union(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }

    /// The pixels that both contain; width or height is 0 if there are none.
    pub(crate) fn intersection(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            width: (self.right().min(other.right()) - left).max(0),
            height: (self.bottom().min(other.bottom()) - top).max(0),
        }
    }

    /// The point of the rectangle or its border that is nearest to `point`.
    pub(crate) fn nearest_to(self, point: Point) -> Point {
        Point {
            x: point.x.clamp(self.left, self.right()),
            y: point.y.clamp(self.top, self.bottom()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: i32, top: i32, width: i32, height: i32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn rectangles_intersect_and_unite() {
        let (a, b) = (rect(0, 0, 10, 4), rect(8, 3, 6, 6));
        assert_eq!(a.intersection(b), rect(8, 3, 2, 1));
        assert_eq!(a.union(b), rect(0, 0, 14, 9));
        assert_eq!(a.intersection(rect(20, 0, 5, 5)).area(), 0);
    }

    #[test]
    fn the_nearest_point_of_a_rectangle_is_the_point_itself_if_it_is_inside() {
        let inside = Point { x: 3, y: 2 };
        assert_eq!(rect(0, 0, 10, 4).nearest_to(inside), inside);
        let outside = Point { x: 30, y: -2 };
        assert_eq!(rect(0, 0, 10, 4).nearest_to(outside), Point { x: 10, y: 0 });
    }
}
