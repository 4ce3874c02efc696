//! A PNG of ratings: a dot for each name, and a line for the interval that holds the true one with 95 % probability.

use super::canvas::Area;
use super::face::{Face, Weight};
use super::palette::{Palette, Ramp, rounded};
use super::theme::{ACCENT, GROUND, INK, LINE, MARGIN, QUIET};
use super::{Canvas, PictureError, at_most, still};

const WIDTH: i32 = 800;
const HEADER: i32 = 92;
const FOOTER: i32 = 58;
const ROW: i32 = 44;
/// How many names a chart has at most.
const MOST_ROWS: usize = 40;
/// The widest that the names and the votes get.
const NAMES: i32 = 260;
const VOTES: i32 = 110;
const DOT: i32 = 7;
/// About how many ticks the axis has.
const TICKS: f64 = 6.0;

/// Ratings with intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingsChart {
    /// What stands above it.
    pub title: String,
    /// What stands below the title, such as how many votes there were.
    pub subtitle: String,
    /// The names, in the order of the rows.
    pub rows: Vec<RatedName>,
}

/// A name and its rating.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedName {
    /// The name.
    pub name: String,
    /// The rating.
    pub rating: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// How many votes it rests on.
    pub votes: u64,
}

impl RatingsChart {
    /// The chart as a PNG.
    ///
    /// # Errors
    /// When there are no ratings, a figure is not a number, or there are more rows than a picture can show.
    pub fn draw(&self) -> Result<Vec<u8>, PictureError> {
        at_most("rows", self.rows.len(), MOST_ROWS)?;
        if self.rows.is_empty() {
            return Err(PictureError::Nothing("there are no ratings yet"));
        }
        for row in &self.rows {
            if !(row.rating.is_finite() && row.low.is_finite() && row.high.is_finite()) {
                let what = format!("the rating of “{}” or its interval", row.name);
                return Err(PictureError::NotANumber(what));
            }
        }
        let mut drawing = Drawing::new(self);
        drawing.header(self);
        drawing.grid();
        for (place, row) in self.rows.iter().enumerate() {
            drawing.row(place, row);
        }
        still::png(&drawing.canvas, &drawing.palette)
    }
}

/// The figures along the axis.
struct Axis {
    least: f64,
    greatest: f64,
    tick: f64,
    left: i32,
    width: i32,
}

impl Axis {
    /// An axis from one round number to another, with all intervals between.
    fn new(rows: &[RatedName], left: i32, width: i32) -> Self {
        let ends = |row: &RatedName| [row.low, row.rating, row.high];
        let least = rows.iter().flat_map(ends).fold(f64::INFINITY, f64::min);
        let greatest = rows.iter().flat_map(ends).fold(f64::NEG_INFINITY, f64::max);
        let tick = round_step((greatest - least).max(1.0) / TICKS);
        Self {
            least: ((least / tick).floor()) * tick,
            greatest: ((greatest / tick).ceil()).max((least / tick).floor() + 1.0) * tick,
            tick,
            left,
            width,
        }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.greatest - self.least) / self.tick).round();
        (0..=20u8)
            .map(f64::from)
            .take_while(move |tick| *tick <= count)
            .map(|tick| self.least + tick * self.tick)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a pixel needs no more digits"
    )]
    fn x(&self, value: f64) -> i32 {
        let fraction = (value - self.least) / (self.greatest - self.least);
        self.left + rounded(self.width as f32 * fraction as f32)
    }
}

/// The least of 1, 2, 5, 10, 20 and so on that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    round
        .into_iter()
        .find(|round| *round >= step)
        .unwrap_or(step)
}

/// The chart in the making.
struct Drawing {
    canvas: Canvas,
    palette: Palette,
    axis: Axis,
    names: i32,
    face: Face,
    small: Face,
    ink: Ramp,
    quiet: Ramp,
    line: Ramp,
    accent: Ramp,
}

impl Drawing {
    fn new(chart: &RatingsChart) -> Self {
        let face = Face::new(Weight::Regular, 24);
        let widest = chart.rows.iter().map(|row| face.width(&row.name)).max();
        let names = widest.unwrap_or(0).min(NAMES);
        let left = MARGIN + names + 28;
        let rows = i32::try_from(chart.rows.len()).unwrap_or(0);
        let mut palette = Palette::default();
        let ground = palette.colour(GROUND);
        Self {
            canvas: Canvas::new(WIDTH, HEADER + rows * ROW + FOOTER, ground),
            ink: palette.ramp(GROUND, INK),
            quiet: palette.ramp(GROUND, QUIET),
            line: palette.ramp(GROUND, LINE),
            accent: palette.ramp(GROUND, ACCENT),
            palette,
            axis: Axis::new(&chart.rows, left, WIDTH - MARGIN - VOTES - left),
            names,
            face,
            small: Face::new(Weight::Regular, 18),
        }
    }

    fn header(&mut self, chart: &RatingsChart) {
        let bold = Face::new(Weight::Bold, 26);
        let width = WIDTH - 2 * MARGIN;
        let title = bold.fitting(&chart.title, width);
        bold.draw(&mut self.canvas, (MARGIN, 42), &title, self.ink);
        let subtitle = self.small.fitting(&chart.subtitle, width);
        self.small
            .draw(&mut self.canvas, (MARGIN, 68), &subtitle, self.quiet);
    }

    fn grid(&mut self) {
        let area = self.canvas.area();
        let bottom = area.bottom() - FOOTER;
        let ticks: Vec<f64> = self.axis.ticks().collect();
        for tick in ticks {
            let x = self.axis.x(tick);
            let line = Area {
                left: x,
                top: HEADER,
                width: 1,
                height: bottom - HEADER + 6,
            };
            self.canvas.fill(line, self.line.ink());
            let text = format!("{tick}");
            let at = (x - self.small.width(&text) / 2, bottom + 26);
            self.small.draw(&mut self.canvas, at, &text, self.quiet);
        }
    }

    fn row(&mut self, place: usize, row: &RatedName) {
        let top = HEADER + i32::try_from(place).unwrap_or(0) * ROW;
        let middle = top + ROW / 2;
        let baseline = self.face.baseline(top, ROW);
        let name = self.face.fitting(&row.name, self.names);
        self.face
            .draw(&mut self.canvas, (MARGIN, baseline), &name, self.ink);
        let (low, high) = (self.axis.x(row.low), self.axis.x(row.high));
        let bar = |left, width, height| Area {
            left,
            top: middle - height / 2,
            width,
            height,
        };
        self.canvas
            .fill(bar(low, (high - low).max(1), 3), self.accent.ink());
        for end in [low, high] {
            self.canvas.fill(bar(end - 1, 3, 13), self.accent.ink());
        }
        let x = self.axis.x(row.rating);
        let dot = Area {
            left: x - DOT,
            top: middle - DOT,
            width: 2 * DOT + 1,
            height: 2 * DOT + 1,
        };
        self.canvas.round(dot, DOT, self.ink);
        let rating = format!("{:.0}", row.rating);
        let votes = match row.votes {
            1 => "1 vote".to_owned(),
            votes => format!("{votes} votes"),
        };
        let right = WIDTH - MARGIN;
        let at = |face: &Face, text: &str, line| (right - face.width(text), line);
        let bold = Face::new(Weight::Bold, 20);
        let place = at(&bold, &rating, middle - 1);
        bold.draw(&mut self.canvas, place, &rating, self.ink);
        let place = at(&self.small, &votes, middle + 16);
        self.small.draw(&mut self.canvas, place, &votes, self.quiet);
    }
}

#[cfg(test)]
mod tests {
    use super::still::tests::size;
    use super::*;

    fn row(name: &str, rating: f64, half: f64) -> RatedName {
        RatedName {
            name: name.to_owned(),
            rating,
            low: rating - half,
            high: rating + half,
            votes: 12,
        }
    }

    fn chart(rows: Vec<RatedName>) -> RatingsChart {
        RatingsChart {
            title: "Ratings".to_owned(),
            subtitle: "of 12 votes".to_owned(),
            rows,
        }
    }

    #[test]
    fn every_name_has_a_row() {
        let one = chart(vec![row("gibbs", 1000.0, 50.0)]).draw().unwrap();
        let three = chart(vec![row("gibbs", 1000.0, 50.0); 3]).draw().unwrap();
        assert_eq!(size(&one), (800, 194));
        assert_eq!(size(&three), (800, 194 + 88));
        assert_eq!(one, chart(vec![row("gibbs", 1000.0, 50.0)]).draw().unwrap());
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
        assert_eq!(size(&chart(rows).draw().unwrap()), (800, 194));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_in_words() {
        let said = |rows| chart(rows).draw().unwrap_err().to_string();
        assert!(said(Vec::new()).contains("there are no ratings yet"));
        assert!(said(vec![row("a", f64::NAN, 1.0)]).contains("the rating of “a”"));
        assert!(said(vec![row("a", 0.0, f64::INFINITY)]).contains("interval"));
        let many = said(vec![row("a", 0.0, 1.0); MOST_ROWS + 1]);
        assert!(many.contains("41 rows, and at most 40"), "{many}");
    }
}
