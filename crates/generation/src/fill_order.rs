//! The order in which the open positions of a text are filled.

use crate::option::option_choices;

option_choices! {
    /// The order in which the open positions of a text are filled.
    pub enum FillOrder {
        /// The position of the highest confidence first ("easy-first").
        Confident = "confident",
        /// From left to right.
        LeftToRight = "l2r",
        /// All positions from one pass, as if they were independent.
        Joint = "joint",
    }
}
