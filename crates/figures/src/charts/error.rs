//! Why a chart cannot be drawn.

/// Why a chart cannot be drawn. Displays as one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// No report has both figures that a point needs.
    #[error(
        "there is nothing to draw: no report has both a pseudo-perplexity and the passes per token, above zero"
    )]
    NoPoints,
    /// The drawing library failed.
    #[error("the chart could not be drawn: {0}")]
    Drawing(String),
}
