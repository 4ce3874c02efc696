//! Charts as SVG: quality against cost, and the decoding order of strategies. Only this folder knows `plotters`.

mod decoding_order;
mod quality;

mod error;
mod label_placement;

pub use decoding_order::{DecodingOrderPanel, decoding_order_chart};
pub use error::ChartError;
pub use quality::quality_chart;
