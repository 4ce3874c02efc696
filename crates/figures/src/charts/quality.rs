//! The chart of quality against work: what each pass through the model buys.

use std::cmp::Ordering;
use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::combinators::WithKeyPoints;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::label::{self, Frame, Spot};
use crate::measures::{EvaluationError, Report};

const SIZE: (u32, u32) = (880, 560);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const GREY: RGBColor = RGBColor(120, 126, 138);
/// A point and its label share a colour, so that both are found where points are close.
const COLOURS: [RGBColor; 8] = [
    RGBColor(31, 111, 180),
    RGBColor(204, 44, 44),
    RGBColor(38, 132, 38),
    RGBColor(132, 84, 178),
    RGBColor(196, 98, 0),
    RGBColor(0, 130, 142),
    RGBColor(190, 52, 140),
    RGBColor(128, 78, 66),
];
/// The height of labels; plotters makes letters smaller by a quarter.
const LABEL: i32 = 17;
/// Half the width of a point.
const POINT: i32 = 5;
/// Axes get this factor of air beyond the outermost points. Squared it is more than any step between ticks, so that even
/// a single point has a tick beside it.
const AIR: f64 = 1.8;

/// A report's place in the chart.
struct Point<'a> {
    name: &'a str,
    passes: f64,
    perplexity: f64,
}

/// An SVG with a labelled point for each report: passes per token across, pseudo-perplexity up, both in logarithms.
/// Reports in which either figure is missing or not above zero are left out.
///
/// # Errors
/// When that leaves no report.
pub fn quality_against_passes(reports: &[Report]) -> Result<String, EvaluationError> {
    let drawable = |value: &f64| value.is_finite() && *value > 0.0;
    let points: Vec<Point<'_>> = reports
        .iter()
        .filter_map(|report| {
            Some(Point {
                name: &report.name,
                passes: report.passes_per_token.filter(drawable)?,
                perplexity: report.pppl.filter(drawable)?,
            })
        })
        .collect();
    if points.is_empty() {
        return Err(EvaluationError::NothingToDraw);
    }
    let mut svg = String::new();
    draw(&points, &mut svg).map_err(|cause| EvaluationError::Drawing(cause.to_string()))?;
    Ok(svg)
}

fn draw(points: &[Point<'_>], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let title = (FONT, 26).into_font().style(FontStyle::Bold).color(&INK);
    let mut chart = ChartBuilder::on(&root)
        .caption("Quality against passes", title)
        .margin(20)
        .x_label_area_size(56)
        .y_label_area_size(72)
        .build_cartesian_2d(
            axis(points.iter().map(|point| point.passes)),
            axis(points.iter().map(|point| point.perplexity)),
        )?;
    chart
        .configure_mesh()
        .bold_line_style(GREY.mix(0.35))
        .light_line_style(GREY.mix(0.12))
        .axis_style(GREY)
        .label_style((FONT, 15).into_font().color(&INK))
        .axis_desc_style((FONT, 17).into_font().color(&INK))
        .x_desc("passes through the model per token (fewer is cheaper)")
        .y_desc("pseudo-perplexity (lower is better)")
        .x_label_formatter(&f64::to_string)
        .y_label_formatter(&f64::to_string)
        .draw()?;
    let spots: Vec<Spot> = points
        .iter()
        .map(|point| chart.backend_coord(&(point.passes, point.perplexity)))
        .map(|(x, y)| Spot { x, y })
        .collect();
    let (across, down) = chart.plotting_area().get_pixel_range();
    draw_points(&root, points, &spots, &frame(&across, &down))?;
    root.present()?;
    Ok(())
}

fn frame(across: &Range<i32>, down: &Range<i32>) -> Frame {
    Frame {
        left: across.start,
        top: down.start,
        width: across.end - across.start,
        height: down.end - down.start,
    }
}

/// Draws the points, with labels and lines to those labels that had to go further away.
fn draw_points(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    points: &[Point<'_>],
    spots: &[Spot],
    inside: &Frame,
) -> Result<(), Box<dyn Error>> {
    let sizes: Vec<Frame> = points.iter().map(|point| size(point.name)).collect();
    let frames = label::place(spots, &sizes, *inside);
    for (spot, frame) in spots.iter().zip(&frames) {
        let end = frame.nearest_to(*spot);
        if (end.x - spot.x).abs().max((end.y - spot.y).abs()) > 2 * POINT {
            let line = vec![(spot.x, spot.y), (end.x, end.y)];
            root.draw(&PathElement::new(line, GREY.mix(0.7)))?;
        }
    }
    let marked = points.iter().zip(spots).zip(&frames);
    for (((point, spot), frame), colour) in marked.zip(COLOURS.iter().cycle()) {
        let centre = (spot.x, spot.y);
        root.draw(&Circle::new(centre, POINT + 1, WHITE.filled()))?;
        root.draw(&Circle::new(centre, POINT, colour.filled()))?;
        // The text begins or ends at the point, as it may be shorter than its frame.
        let end = frame.nearest_to(*spot);
        let side = match end.x.cmp(&spot.x) {
            Ordering::Greater => HPos::Left,
            Ordering::Less => HPos::Right,
            Ordering::Equal => HPos::Center,
        };
        let style = (FONT, LABEL).into_font().color(colour);
        let style = style.pos(Pos::new(side, VPos::Center));
        let middle = (end.x, frame.top + frame.height / 2);
        root.draw(&Text::new(point.name, middle, style))?;
    }
    Ok(())
}

/// How large the label `text` will be, about: an SVG does not say which font it will be shown in.
fn size(text: &str) -> Frame {
    let letters = text.chars().take(200).map(|_| 1).sum::<i32>();
    Frame {
        left: 0,
        top: 0,
        width: letters * LABEL * 9 / 20,
        height: LABEL,
    }
}

/// A logarithmic axis with room for `values`, and ticks at 1, 2, 5, 10 and so on.
fn axis(values: impl Iterator<Item = f64> + Clone) -> WithKeyPoints<LogCoord<f64>> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let greatest = values.fold(0.0, f64::max);
    let range = least / AIR..greatest * AIR;
    let ticks = match round_numbers(&range, &[1, 2, 5]) {
        ticks if ticks.len() <= 9 => ticks,
        _ => round_numbers(&range, &[1]),
    };
    let between = round_numbers(&range, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    range
        .log_scale()
        .with_key_points(ticks)
        .with_light_points(between)
}

/// The numbers of `range` that have one of `digits` and else only zeros.
fn round_numbers(range: &Range<f64>, digits: &[u8]) -> Vec<f64> {
    (-9..=9)
        .flat_map(|power| digits.iter().map(move |digit| format!("{digit}e{power}")))
        .map(|number| {
            number
                .parse()
                .expect("digits with an exponent are a number")
        })
        .filter(|number| range.contains(number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::Yardstick;

    fn report(name: &str, passes_per_token: f64, pppl: f64) -> Report {
        let mut report = Yardstick::default().measure(name, "a b c d").unwrap();
        report.passes_per_token = Some(passes_per_token);
        report.pppl = Some(pppl);
        report
    }

    #[test]
    fn every_report_with_both_figures_has_a_labelled_point() {
        let mut without = report("without", 1.0, 2.0);
        without.pppl = None;
        let reports = [
            report("gibbs", 12.5, 331.0),
            report("<a & b>", 1.0, 54.2),
            without,
            report("zero", 0.0, 5.0),
        ];
        let svg = quality_against_passes(&reports).unwrap();
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("gibbs") && svg.contains("&lt;a &amp; b&gt;"));
        assert!(!svg.contains("without") && !svg.contains("zero"));
        for words in ["Quality against passes", "pseudo-perplexity", "per token"] {
            assert!(svg.contains(words), "{words}");
        }
    }

    #[test]
    fn without_a_point_there_is_no_chart() {
        let refusal = quality_against_passes(&[report("nan", f64::NAN, 3.0)]).unwrap_err();
        assert!(matches!(refusal, EvaluationError::NothingToDraw));
    }

    #[test]
    fn an_axis_of_any_width_has_a_few_ticks() {
        for (least, greatest) in [(3.2, 3.2), (1.0, 9.0), (0.02, 700.0), (1e-6, 1e6)] {
            let range = least / AIR..greatest * AIR;
            let ticks = axis([least, greatest].into_iter()).bold_points().to_vec();
            assert!((1..=13).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks.iter().all(|tick| range.contains(tick)), "{ticks:?}");
        }
    }

    #[test]
    fn ticks_are_written_as_people_write_them() {
        let ticks = round_numbers(&(0.004..30.0), &[1, 5]);
        let written: Vec<String> = ticks.iter().map(f64::to_string).collect();
        assert_eq!(
            written,
            ["0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "10"]
        );
    }
}
