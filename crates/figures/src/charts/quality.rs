//! The chart of quality against cost: pseudo-perplexity against passes per token.

use std::cmp::Ordering;
use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::combinators::WithKeyPoints;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::error::ChartError;
use super::label_placement::{LabelSize, place_labels};
use crate::geometry::{Point, Rect};
use crate::measures::TextReport;

const SIZE: (u32, u32) = (880, 560);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const GREY: RGBColor = RGBColor(120, 126, 138);
/// The colours of the points in order. A label has the colour of its point, so that both are found where points are
/// close.
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
/// The height of labels in pixels. Plotters draws the letters a quarter smaller.
const LABEL_HEIGHT: i32 = 17;
/// The radius of a point in pixels.
const POINT_RADIUS: i32 = 5;
/// The factor between the outermost points and the ends of an axis. Its square exceeds the largest ratio of two ticks
/// (2.5), so the axis of a single point has a tick, too.
const AXIS_MARGIN: f64 = 1.8;

/// A report that has both figures.
struct PlottedReport<'a> {
    name: &'a str,
    passes: f64,
    perplexity: f64,
}

/// An SVG with a labelled point for each report: passes per token on the x axis, pseudo-perplexity on the y axis, both
/// logarithmic. Reports in which either figure is missing, infinite or not above zero are left out.
///
/// ```
/// use figures::charts::quality_chart;
/// use figures::measures::ReferenceCorpora;
///
/// let mut report = ReferenceCorpora::default().measure("gibbs", "a text of five words")?;
/// report.passes_per_token = Some(12.5);
/// report.pppl = Some(31.0);
/// let svg = quality_chart(&[report])?;
/// assert!(svg.contains("gibbs"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When no report has both figures.
pub fn quality_chart(reports: &[TextReport]) -> Result<String, ChartError> {
    let drawable = |value: &f64| value.is_finite() && *value > 0.0;
    let reports: Vec<PlottedReport<'_>> = reports
        .iter()
        .filter_map(|report| {
            Some(PlottedReport {
                name: &report.name,
                passes: report.passes_per_token.filter(drawable)?,
                perplexity: report.pppl.filter(drawable)?,
            })
        })
        .collect();
    if reports.is_empty() {
        return Err(ChartError::NoPoints);
    }
    let mut svg = String::new();
    draw(&reports, &mut svg).map_err(|cause| ChartError::Drawing(cause.to_string()))?;
    Ok(svg)
}

fn draw(reports: &[PlottedReport<'_>], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let title = (FONT, 26).into_font().style(FontStyle::Bold).color(&INK);
    let mut chart = ChartBuilder::on(&root)
        .caption("Quality against passes", title)
        .margin(20)
        .x_label_area_size(56)
        .y_label_area_size(72)
        .build_cartesian_2d(
            axis(reports.iter().map(|report| report.passes)),
            axis(reports.iter().map(|report| report.perplexity)),
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
    let points: Vec<Point> = reports
        .iter()
        .map(|report| chart.backend_coord(&(report.passes, report.perplexity)))
        .map(|(x, y)| Point { x, y })
        .collect();
    let (across, down) = chart.plotting_area().get_pixel_range();
    draw_points(&root, reports, &points, pixel_rect(&across, &down))?;
    root.present()?;
    Ok(())
}

fn pixel_rect(across: &Range<i32>, down: &Range<i32>) -> Rect {
    Rect {
        left: across.start,
        top: down.start,
        width: across.end - across.start,
        height: down.end - down.start,
    }
}

/// Draws the points with their labels, and a line to each label that is not next to its point.
fn draw_points(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    reports: &[PlottedReport<'_>],
    points: &[Point],
    plot: Rect,
) -> Result<(), Box<dyn Error>> {
    let sizes: Vec<LabelSize> = reports
        .iter()
        .map(|report| label_size(report.name))
        .collect();
    let labels = place_labels(points, &sizes, plot);
    for (point, label) in points.iter().zip(&labels) {
        let end = label.nearest_to(*point);
        if (end.x - point.x).abs().max((end.y - point.y).abs()) > 2 * POINT_RADIUS {
            let line = vec![(point.x, point.y), (end.x, end.y)];
            root.draw(&PathElement::new(line, GREY.mix(0.7)))?;
        }
    }
    let labelled = reports.iter().zip(points).zip(&labels);
    for (((report, point), label), colour) in labelled.zip(COLOURS.iter().cycle()) {
        let centre = (point.x, point.y);
        root.draw(&Circle::new(centre, POINT_RADIUS + 1, WHITE.filled()))?;
        root.draw(&Circle::new(centre, POINT_RADIUS, colour.filled()))?;
        // Align the text towards the point: the font of the viewer may be narrower than the estimate.
        let end = label.nearest_to(*point);
        let side = match end.x.cmp(&point.x) {
            Ordering::Greater => HPos::Left,
            Ordering::Less => HPos::Right,
            Ordering::Equal => HPos::Center,
        };
        let style = (FONT, LABEL_HEIGHT).into_font().color(colour);
        let style = style.pos(Pos::new(side, VPos::Center));
        let middle = (end.x, label.top + label.height / 2);
        root.draw(&Text::new(report.name, middle, style))?;
    }
    Ok(())
}

/// The estimated size of a label: the viewer of an SVG chooses the font.
fn label_size(text: &str) -> LabelSize {
    let letters = text.chars().take(200).map(|_| 1).sum::<i32>();
    LabelSize {
        width: letters * LABEL_HEIGHT * 9 / 20,
        height: LABEL_HEIGHT,
    }
}

/// A logarithmic axis that contains `values`, with ticks at 1, 2, 5, 10 and so on, or at powers of ten if those are too
/// many.
fn axis(values: impl Iterator<Item = f64> + Clone) -> WithKeyPoints<LogCoord<f64>> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let greatest = values.fold(0.0, f64::max);
    let range = least / AXIS_MARGIN..greatest * AXIS_MARGIN;
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

/// The numbers of `range` that are one of `digits` times a power of ten, in ascending order.
fn round_numbers(range: &Range<f64>, digits: &[u8]) -> Vec<f64> {
    (-9..=9)
        .flat_map(|power| digits.iter().map(move |digit| format!("{digit}e{power}")))
        .map(|number| {
            number
                .parse()
                .expect("a digit with an exponent is a number")
        })
        .filter(|number| range.contains(number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::ReferenceCorpora;

    fn report(name: &str, passes_per_token: f64, pppl: f64) -> TextReport {
        let mut report = ReferenceCorpora::default()
            .measure(name, "a b c d")
            .unwrap();
        report.passes_per_token = Some(passes_per_token);
        report.pppl = Some(pppl);
        report
    }

    #[test]
    fn every_report_with_both_figures_is_a_labelled_point() {
        let mut without = report("without", 1.0, 2.0);
        without.pppl = None;
        let reports = [
            report("gibbs", 12.5, 331.0),
            report("<a & b>", 1.0, 54.2),
            without,
            report("zero", 0.0, 5.0),
        ];
        let svg = quality_chart(&reports).unwrap();
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("gibbs") && svg.contains("&lt;a &amp; b&gt;"));
        assert!(!svg.contains("without") && !svg.contains("zero"));
        for words in ["Quality against passes", "pseudo-perplexity", "per token"] {
            assert!(svg.contains(words), "{words}");
        }
    }

    #[test]
    fn reports_without_both_figures_are_refused() {
        let refusal = quality_chart(&[report("nan", f64::NAN, 3.0)]).unwrap_err();
        assert!(matches!(refusal, ChartError::NoPoints));
    }

    #[test]
    fn an_axis_of_any_width_has_a_few_ticks() {
        for (least, greatest) in [(3.2, 3.2), (1.0, 9.0), (0.02, 700.0), (1e-6, 1e6)] {
            let range = least / AXIS_MARGIN..greatest * AXIS_MARGIN;
            let ticks = axis([least, greatest].into_iter()).bold_points().to_vec();
            assert!((1..=13).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks.iter().all(|tick| range.contains(tick)), "{ticks:?}");
        }
    }

    #[test]
    fn ticks_are_formatted_without_exponents() {
        let ticks = round_numbers(&(0.004..30.0), &[1, 5]);
        let written: Vec<String> = ticks.iter().map(f64::to_string).collect();
        assert_eq!(
            written,
            ["0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "10"]
        );
    }
}
