//! The Cholesky factorisation of a symmetric, positive definite matrix.

/// The lower triangular matrix `L` of `A = L Lᵀ`.
pub(super) struct Cholesky(Vec<Vec<f64>>);

impl Cholesky {
    /// Factorises a square matrix, of which only the lower triangle is read. The caller guarantees that it is symmetric
    /// and positive definite; of any other matrix, the solutions are not numbers.
    pub(super) fn new(mut matrix: Vec<Vec<f64>>) -> Self {
        for row in 0..matrix.len() {
            for column in 0..=row {
                let known: f64 = (0..column)
                    .map(|k| matrix[row][k] * matrix[column][k])
                    .sum();
                let rest = matrix[row][column] - known;
                matrix[row][column] = if row == column {
                    rest.sqrt()
                } else {
                    rest / matrix[column][column]
                };
            }
        }
        Self(matrix)
    }

    /// The `x` of `A x = target`, by forward and backward substitution.
    pub(super) fn solve(&self, target: &[f64]) -> Vec<f64> {
        let lower = &self.0;
        let mut x = target.to_vec();
        for row in 0..x.len() {
            let known: f64 = (0..row).map(|k| lower[row][k] * x[k]).sum();
            x[row] = (x[row] - known) / lower[row][row];
        }
        for row in (0..x.len()).rev() {
            let known: f64 = (row + 1..x.len()).map(|k| lower[k][row] * x[k]).sum();
            x[row] = (x[row] - known) / lower[row][row];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_satisfies_the_equations() {
        let matrix = vec![
            vec![4.0, 2.0, -1.0],
            vec![2.0, 5.0, 0.5],
            vec![-1.0, 0.5, 3.0],
        ];
        let target = [1.0, -2.0, 0.25];
        let x = Cholesky::new(matrix.clone()).solve(&target);
        for (row, target) in matrix.iter().zip(target) {
            let product: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((product - target).abs() < 1e-12, "{x:?}");
        }
    }
}
