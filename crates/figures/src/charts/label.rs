//! Where labels go beside the points of a chart, so that they can be read.

/// A place in a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// A rectangle in a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// How far around a point labels keep away from it.
const CLEARANCE: i32 = 7;
/// Distances between a point and its label, the nearest first.
const DISTANCES: [i32; 6] = [9, 20, 32, 44, 60, 80];
/// Directions from a point to its label, the preferred first, in tenths of the distance.
const DIRECTIONS: [Spot; 8] = [
    Spot { x: 10, y: 0 },
    Spot { x: -10, y: 0 },
    Spot { x: 0, y: -10 },
    Spot { x: 0, y: 10 },
    Spot { x: 7, y: -7 },
    Spot { x: 7, y: 7 },
    Spot { x: -7, y: -7 },
    Spot { x: -7, y: 7 },
];

impl Frame {
    /// Labels are centred above and below a point, and stand with their near edge towards it elsewhere.
    fn beside(spot: Spot, direction: Spot, distance: i32, size: Self) -> Self {
        let near = Spot {
            x: spot.x + direction.x * distance / 10,
            y: spot.y + direction.y * distance / 10,
        };
        Self {
            left: near.x - size.width * (1 - direction.x.signum()) / 2,
            top: near.y - size.height * (1 - direction.y.signum()) / 2,
            ..size
        }
    }

    fn around(spot: Spot) -> Self {
        Self {
            left: spot.x - CLEARANCE,
            top: spot.y - CLEARANCE,
            width: 2 * CLEARANCE,
            height: 2 * CLEARANCE,
        }
    }

    /// How many pixels both have.
    fn shared(self, other: Self) -> i32 {
        let overlap = |a: i32, a_size: i32, b: i32, b_size: i32| {
            ((a + a_size).min(b + b_size) - a.max(b)).max(0)
        };
        overlap(self.left, self.width, other.left, other.width)
            * overlap(self.top, self.height, other.top, other.height)
    }

    /// Where a line from `spot` reaches the frame.
    pub(super) fn nearest_to(self, spot: Spot) -> Spot {
        Spot {
            x: spot.x.clamp(self.left, self.left + self.width),
            y: spot.y.clamp(self.top, self.top + self.height),
        }
    }
}

/// A frame for the label of each of `spots`, as large as `sizes` says: the nearest place where it hides neither points
/// nor labels and stays `inside`; if there is none, the place where it hides least.
pub(super) fn place(spots: &[Spot], sizes: &[Frame], inside: Frame) -> Vec<Frame> {
    let mut taken: Vec<Frame> = spots.iter().copied().map(Frame::around).collect();
    for (spot, size) in spots.iter().zip(sizes) {
        let hidden = |frame: &Frame| {
            let outside = frame.width * frame.height - frame.shared(inside);
            outside + taken.iter().map(|other| frame.shared(*other)).sum::<i32>()
        };
        let best = DISTANCES
            .iter()
            .flat_map(|distance| DIRECTIONS.map(|towards| (towards, *distance)))
            .map(|(towards, distance)| Frame::beside(*spot, towards, distance, *size))
            .min_by_key(hidden);
        taken.extend(best);
    }
    taken.split_off(spots.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLOT: Frame = Frame {
        left: 0,
        top: 0,
        width: 700,
        height: 400,
    };
    const LABEL: Frame = Frame {
        left: 0,
        top: 0,
        width: 90,
        height: 16,
    };

    fn frames(spots: &[Spot]) -> Vec<Frame> {
        place(spots, &vec![LABEL; spots.len()], PLOT)
    }

    proptest! {
        #[test]
        fn a_few_labels_hide_nothing_wherever_the_points_are(
            places in prop::collection::vec((20..680, 20..380), 1..8)
        ) {
            let spots: Vec<Spot> = places.into_iter().map(|(x, y)| Spot { x, y }).collect();
            let frames = frames(&spots);
            for (i, frame) in frames.iter().enumerate() {
                prop_assert_eq!(frame.shared(PLOT), LABEL.width * LABEL.height);
                prop_assert!(frames[..i].iter().all(|other| frame.shared(*other) == 0), "{:?}", frames);
                prop_assert!(spots.iter().all(|spot| frame.shared(Frame::around(*spot)) == 0), "{:?}", frames);
            }
        }
    }

    #[test]
    fn a_label_stands_on_the_right_of_a_lonely_point() {
        let frame = frames(&[Spot { x: 100, y: 100 }])[0];
        assert_eq!((frame.left, frame.top), (109, 92));
    }

    #[test]
    fn a_label_stands_on_the_left_of_a_point_at_the_right_edge() {
        let frame = frames(&[Spot { x: 690, y: 100 }])[0];
        assert_eq!((frame.left, frame.width), (591, 90));
    }
}
