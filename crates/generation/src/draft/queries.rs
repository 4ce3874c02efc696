//! The queries that a draft asks.

use super::Draft;
use crate::{Attention, Query, TokenId, Want};

impl Draft {
    /// The query for the `asked` positions, with the whole draft visible.
    pub fn query(&self, asked: &[usize], want: Want) -> Query {
        let visible: Vec<usize> = (0..self.len()).collect();
        self.query_visible(&visible, asked, &[], want)
    }

    /// The query for the `asked` positions, with the `masked` positions as masks.
    pub fn query_masking(&self, masked: &[usize], asked: &[usize], want: Want) -> Query {
        let mut query = self.query(asked, want);
        for position in masked {
            query.tokens[position + 1] = self.token_table.special().mask;
        }
        query
    }

    /// The query for the `asked` positions, with only the `visible` positions, in ascending order, followed by
    /// `behind`.
    ///
    /// # Panics
    /// If an asked position is not visible.
    pub fn query_visible(
        &self,
        visible: &[usize],
        asked: &[usize],
        behind: &[TokenId],
        want: Want,
    ) -> Query {
        let special = self.token_table.special();
        let mut tokens = Vec::with_capacity(visible.len() + behind.len() + self.suffix.len() + 2);
        tokens.push(special.start);
        tokens.extend(
            visible
                .iter()
                .map(|&position| self.positions[position].token),
        );
        tokens.extend_from_slice(behind);
        tokens.extend_from_slice(&self.suffix);
        tokens.push(special.end);
        let index = |position: &usize| {
            1 + visible
                .binary_search(position)
                .expect("an asked position is visible")
        };
        Query {
            attention: Attention::Bidirectional,
            tokens,
            asked: asked.iter().map(index).collect(),
            want,
        }
    }

    /// The causal query for `position`: only the text to the left of `position` is visible. The steering suffix comes
    /// first, or the model would not see it.
    pub fn causal_query(&self, position: usize, want: Want) -> Query {
        let mut tokens = vec![self.token_table.special().start];
        tokens.extend_from_slice(&self.suffix);
        tokens.extend(self.positions[..position].iter().map(|slot| slot.token));
        Query {
            attention: Attention::Causal,
            asked: vec![tokens.len() - 1],
            tokens,
            want,
        }
    }
}
