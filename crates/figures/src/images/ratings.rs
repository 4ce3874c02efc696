//! A PNG of ratings: one row per name, with a dot for the rating and a bar for its 95 % interval.

use super::canvas::Canvas;
use super::error::{ImageError, check_maximum};
use super::font::{Font, FontWeight};
use super::palette::{ColourRamp, Palette, rounded};
use super::png::encode_png;
use super::theme::{ACCENT, BACKGROUND, LINE, MARGIN, SECONDARY_TEXT, TEXT};
use crate::geometry::Rect;

const WIDTH: i32 = 800;
const HEADER: i32 = 92;
const FOOTER: i32 = 58;
const ROW_HEIGHT: i32 = 44;
/// The maximum number of rows.
const MAX_ROWS: usize = 40;
/// The maximum width of the names.
const MAX_NAME_WIDTH: i32 = 260;
/// The width of the rating and the number of votes, to the right of the plot.
const VOTES_WIDTH: i32 = 110;
/// The radius of a dot.
const DOT: i32 = 7;
/// The approximate number of ticks.
const TICKS: f64 = 6.0;

/// Ratings with intervals.
///
/// ```
/// use figures::images::{RatingsChart, RatingsRow};
///
/// let chart = RatingsChart {
///     title: "Ratings".to_owned(),
///     subtitle: "12 votes".to_owned(),
///     rows: vec![RatingsRow { name: "gibbs".to_owned(), rating: 1034.0, low: 990.0, high: 1078.0, votes: 12 }],
/// };
/// let png = chart.to_png()?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), figures::images::ImageError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RatingsChart {
    /// The title.
    pub title: String,
    /// The line below the title, e.g. the number of votes.
    pub subtitle: String,
    /// The rows from top to bottom.
    pub rows: Vec<RatingsRow>,
}

/// A name and its rating.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingsRow {
    /// The name.
    pub name: String,
    /// The rating.
    pub rating: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The number of votes that the rating is estimated from.
    pub votes: u64,
}

impl RatingsChart {
    /// The chart as a PNG.
    ///
    /// # Errors
    /// When there are no rows or more than 40, or a number is not finite.
    pub fn to_png(&self) -> Result<Vec<u8>, ImageError> {
        check_maximum("rows", self.rows.len(), MAX_ROWS)?;
        if self.rows.is_empty() {
            return Err(ImageError::Empty("there are no ratings yet"));
        }
        for row in &self.rows {
            if !(row.rating.is_finite() && row.low.is_finite() && row.high.is_finite()) {
                let what = format!("the rating of “{}” or its interval", row.name);
                return Err(ImageError::NotFinite(what));
            }
        }
        let mut renderer = RatingsRenderer::new(self);
        renderer.draw_header(self);
        renderer.draw_grid();
        for (index, row) in self.rows.iter().enumerate() {
            renderer.draw_row(index, row);
        }
        encode_png(&renderer.canvas, &renderer.palette)
    }
}

/// The horizontal axis.
struct Axis {
    minimum: f64,
    maximum: f64,
    /// The distance between two ticks.
    step: f64,
    left: i32,
    width: i32,
}

impl Axis {
    /// An axis between two round numbers that contains all intervals.
    fn new(rows: &[RatingsRow], left: i32, width: i32) -> Self {
        let values = |row: &RatingsRow| [row.low, row.rating, row.high];
        let least = rows.iter().flat_map(values).fold(f64::INFINITY, f64::min);
        let greatest = rows
            .iter()
            .flat_map(values)
            .fold(f64::NEG_INFINITY, f64::max);
        let step = round_step((greatest - least).max(1.0) / TICKS);
        let first = (least / step).floor();
        Self {
            minimum: first * step,
            maximum: (greatest / step).ceil().max(first + 1.0) * step,
            step,
            left,
            width,
        }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.maximum - self.minimum) / self.step).round();
        (0..=20u8)
            .map(f64::from)
            .take_while(move |tick| *tick <= count)
            .map(|tick| self.minimum + tick * self.step)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a pixel needs no more precision than f32"
    )]
    fn x(&self, value: f64) -> i32 {
        let fraction = (value - self.minimum) / (self.maximum - self.minimum);
        self.left + rounded(self.width as f32 * fraction as f32)
    }
}

/// The smallest of 1, 2, 5, 10, 20 and so on that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    round
        .into_iter()
        .find(|round| *round >= step)
        .unwrap_or(step)
}

/// Draws a chart.
struct RatingsRenderer {
    canvas: Canvas,
    palette: Palette,
    axis: Axis,
    name_width: i32,
    font: Font,
    small_font: Font,
    text: ColourRamp,
    secondary: ColourRamp,
    line: ColourRamp,
    accent: ColourRamp,
}

impl RatingsRenderer {
    fn new(chart: &RatingsChart) -> Self {
        let font = Font::new(FontWeight::Regular, 24);
        let widest = chart.rows.iter().map(|row| font.width(&row.name)).max();
        let name_width = widest.unwrap_or(0).min(MAX_NAME_WIDTH);
        let left = MARGIN + name_width + 28;
        let rows = i32::try_from(chart.rows.len()).unwrap_or(0);
        let mut palette = Palette::default();
        let background = palette.index(BACKGROUND);
        Self {
            canvas: Canvas::new(WIDTH, HEADER + rows * ROW_HEIGHT + FOOTER, background),
            text: palette.ramp(BACKGROUND, TEXT),
            secondary: palette.ramp(BACKGROUND, SECONDARY_TEXT),
            line: palette.ramp(BACKGROUND, LINE),
            accent: palette.ramp(BACKGROUND, ACCENT),
            palette,
            axis: Axis::new(&chart.rows, left, WIDTH - MARGIN - VOTES_WIDTH - left),
            name_width,
            font,
            small_font: Font::new(FontWeight::Regular, 18),
        }
    }

    fn draw_header(&mut self, chart: &RatingsChart) {
        let bold = Font::new(FontWeight::Bold, 26);
        let width = WIDTH - 2 * MARGIN;
        let title = bold.truncated(&chart.title, width);
        bold.draw(&mut self.canvas, (MARGIN, 42), &title, self.text);
        let small = &self.small_font;
        let subtitle = small.truncated(&chart.subtitle, width);
        small.draw(&mut self.canvas, (MARGIN, 68), &subtitle, self.secondary);
    }

    fn draw_grid(&mut self) {
        let bottom = self.canvas.area().bottom() - FOOTER;
        let ticks: Vec<f64> = self.axis.ticks().collect();
        for tick in ticks {
            let x = self.axis.x(tick);
            let line = Rect {
                left: x,
                top: HEADER,
                width: 1,
                height: bottom - HEADER + 6,
            };
            self.canvas.fill(line, self.line.full());
            let label = format!("{tick}");
            let font = &self.small_font;
            let origin = (x - font.width(&label) / 2, bottom + 26);
            font.draw(&mut self.canvas, origin, &label, self.secondary);
        }
    }

    fn draw_row(&mut self, index: usize, row: &RatingsRow) {
        let top = HEADER + i32::try_from(index).unwrap_or(0) * ROW_HEIGHT;
        let origin = (MARGIN, self.font.baseline(top, ROW_HEIGHT));
        let name = self.font.truncated(&row.name, self.name_width);
        self.font.draw(&mut self.canvas, origin, &name, self.text);
        let middle = top + ROW_HEIGHT / 2;
        self.draw_interval(row, middle);
        self.draw_numbers(row, middle);
    }

    /// Draws the bar of the interval with its ends, and the dot of the rating.
    fn draw_interval(&mut self, row: &RatingsRow, middle: i32) {
        let (low, high) = (self.axis.x(row.low), self.axis.x(row.high));
        let bar = |left, width, height| Rect {
            left,
            top: middle - height / 2,
            width,
            height,
        };
        let accent = self.accent.full();
        self.canvas.fill(bar(low, (high - low).max(1), 3), accent);
        for end in [low, high] {
            self.canvas.fill(bar(end - 1, 3, 13), accent);
        }
        let dot = Rect {
            left: self.axis.x(row.rating) - DOT,
            top: middle - DOT,
            width: 2 * DOT + 1,
            height: 2 * DOT + 1,
        };
        self.canvas.round_rect(dot, DOT, self.text);
    }

    /// Draws the rating and the number of votes, right-aligned.
    fn draw_numbers(&mut self, row: &RatingsRow, middle: i32) {
        let rating = format!("{:.0}", row.rating);
        let votes = match row.votes {
            1 => "1 vote".to_owned(),
            votes => format!("{votes} votes"),
        };
        let left = |font: &Font, text: &str| WIDTH - MARGIN - font.width(text);
        let bold = Font::new(FontWeight::Bold, 20);
        let origin = (left(&bold, &rating), middle - 1);
        bold.draw(&mut self.canvas, origin, &rating, self.text);
        let small = &self.small_font;
        let origin = (left(small, &votes), middle + 16);
        small.draw(&mut self.canvas, origin, &votes, self.secondary);
    }
}

#[cfg(test)]
mod tests {
    use super::super::png::tests::decoded_size;
    use super::*;

    fn row(name: &str, rating: f64, half: f64) -> RatingsRow {
        RatingsRow {
            name: name.to_owned(),
            rating,
            low: rating - half,
            high: rating + half,
            votes: 12,
        }
    }

    fn chart(rows: Vec<RatingsRow>) -> RatingsChart {
        RatingsChart {
            title: "Ratings".to_owned(),
            subtitle: "of 12 votes".to_owned(),
            rows,
        }
    }

    #[test]
    fn every_name_has_a_row() {
        let one = chart(vec![row("gibbs", 1000.0, 50.0)]).to_png().unwrap();
        let three = chart(vec![row("gibbs", 1000.0, 50.0); 3]).to_png().unwrap();
        assert_eq!(decoded_size(&one), (800, 194));
        assert_eq!(decoded_size(&three), (800, 194 + 88));
        assert_eq!(
            one,
            chart(vec![row("gibbs", 1000.0, 50.0)]).to_png().unwrap()
        );
    }

    #[test]
    fn the_axis_holds_all_intervals_between_a_few_round_numbers() {
        let charts = [
            vec![row("a", 1000.0, 0.0)],
            vec![row("a", 1234.5, 3.2), row("b", 1231.0, 0.4)],
            vec![row("a", -2000.0, 900.0), row("b", 3000.0, 1.0)],
            vec![row("a", 1e9, 1e8)],
        ];
        for rows in charts {
            let axis = Axis::new(&rows, 100, 500);
            let ticks: Vec<f64> = axis.ticks().collect();
            assert!((2..=9).contains(&ticks.len()), "{ticks:?}");
            for row in &rows {
                for value in [row.low, row.rating, row.high] {
                    assert!((100..=600).contains(&axis.x(value)), "{value}");
                }
            }
        }
    }

    #[test]
    fn long_names_leave_room_for_the_chart() {
        let rows = vec![row(&"metropolis–hastings ".repeat(40), 900.0, 20.0)];
        assert_eq!(decoded_size(&chart(rows).to_png().unwrap()), (800, 194));
    }

    #[test]
    fn input_that_cannot_be_drawn_is_refused_with_the_reason() {
        let refusal = |rows| chart(rows).to_png().unwrap_err().to_string();
        assert!(refusal(Vec::new()).contains("there are no ratings yet"));
        assert!(refusal(vec![row("a", f64::NAN, 1.0)]).contains("the rating of “a”"));
        assert!(refusal(vec![row("a", 0.0, f64::INFINITY)]).contains("interval"));
        let many = refusal(vec![row("a", 0.0, 1.0); MAX_ROWS + 1]);
        assert!(many.contains("41 rows, and the maximum is 40"), "{many}");
    }
}
