//! Placement of labels beside the points of a chart, without overlap where possible.

use crate::geometry::{Point, Rect};

/// The distance in pixels that labels keep from every point.
const CLEARANCE: i32 = 7;
/// The distances in pixels between a point and its label, in order of preference.
const DISTANCES: [i32; 6] = [9, 20, 32, 44, 60, 80];
/// The directions from a point to its label, in order of preference, in tenths of the distance.
const DIRECTIONS: [Point; 8] = [
    Point { x: 10, y: 0 },
    Point { x: -10, y: 0 },
    Point { x: 0, y: -10 },
    Point { x: 0, y: 10 },
    Point { x: 7, y: -7 },
    Point { x: 7, y: 7 },
    Point { x: -7, y: -7 },
    Point { x: -7, y: 7 },
];

/// The width and height of a label, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelSize {
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A rectangle for the label of each point. Greedy in the order of the points: of all candidates, the one that covers
/// the fewest pixels of points, of earlier labels and of what lies outside of `plot`; of several, the most preferred
/// one.
pub(super) fn place_labels(points: &[Point], sizes: &[LabelSize], plot: Rect) -> Vec<Rect> {
    let mut taken: Vec<Rect> = points.iter().copied().map(point_area).collect();
    for (point, size) in points.iter().zip(sizes) {
        let covered = |label: &Rect| {
            let outside = label.area() - overlap(*label, plot);
            outside
                + taken
                    .iter()
                    .map(|other| overlap(*label, *other))
                    .sum::<i32>()
        };
        let best = DISTANCES
            .iter()
            .flat_map(|distance| DIRECTIONS.map(|direction| (direction, *distance)))
            .map(|(direction, distance)| candidate(*point, direction, distance, *size))
            .min_by_key(covered);
        taken.extend(best);
    }
    taken.split_off(points.len())
}

/// The label in a direction and at a distance from a point: centred above and below it, with the near edge towards it
/// elsewhere.
fn candidate(point: Point, direction: Point, distance: i32, size: LabelSize) -> Rect {
    let anchor = Point {
        x: point.x + direction.x * distance / 10,
        y: point.y + direction.y * distance / 10,
    };
    Rect {
        left: anchor.x - size.width * (1 - direction.x.signum()) / 2,
        top: anchor.y - size.height * (1 - direction.y.signum()) / 2,
        width: size.width,
        height: size.height,
    }
}

/// The square around a point that labels keep clear of.
fn point_area(point: Point) -> Rect {
    Rect {
        left: point.x - CLEARANCE,
        top: point.y - CLEARANCE,
        width: 2 * CLEARANCE,
        height: 2 * CLEARANCE,
    }
}

/// The number of pixels that both contain.
fn overlap(a: Rect, b: Rect) -> i32 {
    a.intersection(b).area()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLOT: Rect = Rect {
        left: 0,
        top: 0,
        width: 700,
        height: 400,
    };
    const LABEL: LabelSize = LabelSize {
        width: 90,
        height: 16,
    };

    fn labels(points: &[Point]) -> Vec<Rect> {
        place_labels(points, &vec![LABEL; points.len()], PLOT)
    }

    proptest! {
        #[test]
        fn a_few_labels_overlap_nothing_wherever_the_points_are(
            points in prop::collection::vec((20..680, 20..380), 1..8)
        ) {
            let points: Vec<Point> = points.into_iter().map(|(x, y)| Point { x, y }).collect();
            let labels = labels(&points);
            for (i, label) in labels.iter().enumerate() {
                prop_assert_eq!(overlap(*label, PLOT), LABEL.width * LABEL.height);
                prop_assert!(labels[..i].iter().all(|other| overlap(*label, *other) == 0), "{:?}", labels);
                prop_assert!(points.iter().all(|point| overlap(*label, point_area(*point)) == 0), "{:?}", labels);
            }
        }
    }

    #[test]
    fn the_label_of_a_single_point_is_on_its_right() {
        let label = labels(&[Point { x: 100, y: 100 }])[0];
        assert_eq!((label.left, label.top), (109, 92));
    }

    #[test]
    fn the_label_of_a_point_at_the_right_edge_is_on_its_left() {
        let label = labels(&[Point { x: 690, y: 100 }])[0];
        assert_eq!((label.left, label.width), (591, 90));
    }
}
