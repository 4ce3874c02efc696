//! The angles by which queries and keys are rotated (Su et al. 2021, arXiv:2104.09864).

/// Cosines and sines of all positions `[longest, head]`.
pub(super) struct Angles {
    pub(super) cosines: Vec<f32>,
    /// Negative in the first half of a head, so that a rotation is x · cosines + swapped halves of x · sines.
    pub(super) sines: Vec<f32>,
}

/// The tables of a base, in float32 as `PyTorch` computes them. Coordinate i of either half of a head turns by
/// place · base^(-2i / head).
pub(super) fn tables(base: f32, longest: usize, head: usize) -> Angles {
    #[expect(
        clippy::cast_precision_loss,
        reason = "positions and columns are far below 2^24"
    )]
    let float = |n: usize| n as f32;
    let half = head / 2;
    let turns: Vec<f32> = (0..half)
        .map(|i| 1.0 / base.powf(float(2 * i) / float(head)))
        .collect();
    let (mut cosines, mut sines) = (Vec::new(), Vec::new());
    for place in 0..longest {
        for column in 0..head {
            let angle = float(place) * turns[column % half];
            cosines.push(angle.cos());
            let sine = angle.sin();
            sines.push(if column < half { -sine } else { sine });
        }
    }
    Angles { cosines, sines }
}
