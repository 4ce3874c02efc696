//! The picture of how texts are uncovered: time runs down, the text from left to right.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::measures::EvaluationError;

const COLUMNS: usize = 4;
const PANEL: (usize, usize) = (230, 190);
const MARGIN: usize = 16;
const TITLE: usize = 26;
/// More moments than this are not shown one by one.
const MOST_ROWS: usize = 60;
const INK: RGBColor = RGBColor(40, 44, 52);
const OPEN: RGBColor = RGBColor(236, 238, 242);
/// A token that was written once, twice, three times or more.
const WRITTEN: [RGBColor; 4] = [
    RGBColor(158, 196, 232),
    RGBColor(84, 146, 206),
    RGBColor(34, 96, 164),
    RGBColor(12, 46, 96),
];

/// How one text came about.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What is written above it.
    pub name: String,
    /// After each turn, the token at every position; `None` where it is a mask.
    pub frames: Vec<Vec<Option<u32>>>,
}

/// An SVG with one panel for each text.
///
/// # Errors
/// When it cannot be drawn.
pub fn draw(panels: &[Panel]) -> Result<String, EvaluationError> {
    let mut svg = String::new();
    paint(panels, &mut svg).map_err(|cause| EvaluationError::Drawing(cause.to_string()))?;
    Ok(svg)
}

fn paint(panels: &[Panel], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let lines = panels.len().div_ceil(COLUMNS);
    let size = (
        pixels(COLUMNS * (PANEL.0 + MARGIN) + MARGIN).unsigned_abs(),
        pixels(lines * (PANEL.1 + TITLE + MARGIN) + MARGIN).unsigned_abs(),
    );
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    root.fill(&WHITE)?;
    let title = ("sans-serif", 20).into_font().color(&INK);
    let title = title.pos(Pos::new(HPos::Left, VPos::Bottom));
    for (number, panel) in panels.iter().enumerate() {
        let left = MARGIN + number % COLUMNS * (PANEL.0 + MARGIN);
        let top = MARGIN + TITLE + number / COLUMNS * (PANEL.1 + TITLE + MARGIN);
        let place = (pixels(left), pixels(top - 6));
        root.draw(&Text::new(panel.name.clone(), place, &title))?;
        let rows = shades(&panel.frames);
        let width = rows.first().map_or(0, Vec::len);
        for x in 0..width {
            let corner = |x: usize, y: usize| {
                (
                    pixels(left + x * PANEL.0 / width),
                    pixels(top + y * PANEL.1 / rows.len()),
                )
            };
            let mut y = 0;
            for run in rows.chunk_by(|above, below| above[x] == below[x]) {
                let cell = [corner(x, y), corner(x + 1, y + run.len())];
                root.draw(&Rectangle::new(cell, run[0][x].filled()))?;
                y += run.len();
            }
        }
    }
    root.present()?;
    Ok(())
}

/// The colour of every position after each shown turn: how often it was written until then.
fn shades(frames: &[Vec<Option<u32>>]) -> Vec<Vec<RGBColor>> {
    let positions = frames.iter().map(Vec::len).max().unwrap_or(0);
    let mut written = vec![0usize; positions];
    let mut last = vec![None; positions];
    let mut rows = Vec::new();
    let step = frames.len().div_ceil(MOST_ROWS).max(1);
    for (turn, frame) in frames.iter().enumerate() {
        for position in 0..positions {
            let token = frame.get(position).copied().flatten();
            written[position] += usize::from(token.is_some() && token != last[position]);
            last[position] = token;
        }
        if turn % step == 0 || turn + 1 == frames.len() {
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
    fn a_cell_darkens_each_time_its_token_changes() {
        let frames = [
            vec![None, None],
            vec![Some(7), None],
            vec![Some(7), Some(8)],
            vec![Some(9), Some(8)],
        ];
        let rows = shades(&frames);
        assert_eq!(rows[0], [OPEN, OPEN]);
        assert_eq!(rows[2], [WRITTEN[0], WRITTEN[0]]);
        assert_eq!(rows[3], [WRITTEN[1], WRITTEN[0]]);
    }

    #[test]
    fn long_chains_are_thinned_out_and_keep_their_end() {
        let frames: Vec<_> = (0..500).map(|n| vec![Some(n)]).collect();
        let rows = shades(&frames);
        assert!(rows.len() <= MOST_ROWS + 1);
        assert_eq!(rows.last().unwrap()[0], WRITTEN[3]);
    }

    #[test]
    fn every_panel_has_its_name() {
        let panel = Panel {
            name: "gibbs".into(),
            frames: vec![vec![None], vec![Some(1)]],
        };
        assert!(draw(&[panel]).unwrap().contains("gibbs"));
    }
}
