//! The decoding-order chart: which token is written in which pass. Time runs down, the text from left to right.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::error::ChartError;

/// The number of panels in a row.
const COLUMNS: usize = 4;
/// The width and height of a panel in pixels.
const PANEL: (usize, usize) = (230, 190);
const MARGIN: usize = 16;
const TITLE: usize = 26;
/// The maximum number of rows of a panel. Of more steps, a row shows the last of several.
const MAX_ROWS: usize = 60;
const INK: RGBColor = RGBColor(40, 44, 52);
const OPEN: RGBColor = RGBColor(236, 238, 242);
/// A position that was written once, twice, three times, and more often.
const WRITTEN: [RGBColor; 4] = [
    RGBColor(158, 196, 232),
    RGBColor(84, 146, 206),
    RGBColor(34, 96, 164),
    RGBColor(12, 46, 96),
];

/// The decoding of one text.
#[derive(Debug, Clone)]
pub struct DecodingOrderPanel {
    /// The title of the panel.
    pub name: String,
    /// The token at every position after each step; `None` where the position is masked.
    pub steps: Vec<Vec<Option<u32>>>,
}

/// An SVG with one panel for each text. A cell darkens when its token is written, and again when it is replaced.
///
/// ```
/// use figures::charts::{DecodingOrderPanel, decoding_order_chart};
///
/// let left_to_right = DecodingOrderPanel {
///     name: "left to right".to_owned(),
///     steps: vec![vec![None, None], vec![Some(17), None], vec![Some(17), Some(4)]],
/// };
/// assert!(decoding_order_chart(&[left_to_right])?.starts_with("<svg"));
/// # Ok::<(), figures::charts::ChartError>(())
/// ```
///
/// # Errors
/// When the drawing library fails.
pub fn decoding_order_chart(panels: &[DecodingOrderPanel]) -> Result<String, ChartError> {
    let mut svg = String::new();
    draw(panels, &mut svg).map_err(|cause| ChartError::Drawing(cause.to_string()))?;
    Ok(svg)
}

fn draw(panels: &[DecodingOrderPanel], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let lines = panels.len().div_ceil(COLUMNS);
    let size = (
        pixels(COLUMNS * (PANEL.0 + MARGIN) + MARGIN).unsigned_abs(),
        pixels(lines * (PANEL.1 + TITLE + MARGIN) + MARGIN).unsigned_abs(),
    );
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    root.fill(&WHITE)?;
    for (index, panel) in panels.iter().enumerate() {
        let left = MARGIN + index % COLUMNS * (PANEL.0 + MARGIN);
        let top = MARGIN + TITLE + index / COLUMNS * (PANEL.1 + TITLE + MARGIN);
        draw_panel(&root, panel, (left, top))?;
    }
    root.present()?;
    Ok(())
}

/// Draws the title and the cells of a panel. Equal cells below each other are one rectangle, which keeps the file
/// small.
fn draw_panel(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    panel: &DecodingOrderPanel,
    (left, top): (usize, usize),
) -> Result<(), Box<dyn Error>> {
    let title = ("sans-serif", 20).into_font().color(&INK);
    let title = title.pos(Pos::new(HPos::Left, VPos::Bottom));
    let origin = (pixels(left), pixels(top - 6));
    root.draw(&Text::new(panel.name.clone(), origin, &title))?;
    let rows = row_colours(&panel.steps);
    let width = rows.first().map_or(0, Vec::len);
    let corner = |x: usize, y: usize| {
        (
            pixels(left + x * PANEL.0 / width),
            pixels(top + y * PANEL.1 / rows.len()),
        )
    };
    for x in 0..width {
        let mut y = 0;
        for run in rows.chunk_by(|above, below| above[x] == below[x]) {
            let cell = [corner(x, y), corner(x + 1, y + run.len())];
            root.draw(&Rectangle::new(cell, run[0][x].filled()))?;
            y += run.len();
        }
    }
    Ok(())
}

/// The colour of every position in each row: how often the position was written until then.
fn row_colours(steps: &[Vec<Option<u32>>]) -> Vec<Vec<RGBColor>> {
    let positions = steps.iter().map(Vec::len).max().unwrap_or(0);
    let mut written = vec![0usize; positions];
    let mut last = vec![None; positions];
    let mut rows = Vec::new();
    let stride = steps.len().div_ceil(MAX_ROWS).max(1);
    for (index, step) in steps.iter().enumerate() {
        for position in 0..positions {
            let token = step.get(position).copied().flatten();
            written[position] += usize::from(token.is_some() && token != last[position]);
            last[position] = token;
        }
        if index % stride == 0 || index + 1 == steps.len() {
            let shade = |(token, written): (&Option<u32>, &usize)| match token {
                Some(_) => WRITTEN[(written - 1).min(WRITTEN.len() - 1)],
                None => OPEN,
            };
            rows.push(last.iter().zip(&written).map(shade).collect());
        }
    }
    rows
}

fn pixels(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_darkens_whenever_its_token_changes() {
        let steps = [
            vec![None, None],
            vec![Some(7), None],
            vec![Some(7), Some(8)],
            vec![Some(9), Some(8)],
        ];
        let rows = row_colours(&steps);
        assert_eq!(rows[0], [OPEN, OPEN]);
        assert_eq!(rows[2], [WRITTEN[0], WRITTEN[0]]);
        assert_eq!(rows[3], [WRITTEN[1], WRITTEN[0]]);
    }

    #[test]
    fn of_many_steps_the_last_one_is_shown() {
        let steps: Vec<_> = (0..500).map(|n| vec![Some(n)]).collect();
        let rows = row_colours(&steps);
        assert!(rows.len() <= MAX_ROWS + 1);
        assert_eq!(rows.last().unwrap()[0], WRITTEN[3]);
    }

    #[test]
    fn every_panel_has_a_title() {
        let panel = DecodingOrderPanel {
            name: "gibbs".into(),
            steps: vec![vec![None], vec![Some(1)]],
        };
        assert!(decoding_order_chart(&[panel]).unwrap().contains("gibbs"));
    }
}
