//! What a program takes over time: memory, open files, and how long people wait for its first word. Drawn as a picture.

use std::path::Path;
use std::time::{Duration, Instant};

use plotters::prelude::*;

use crate::process::Program;

/// One look at the program.
struct Look {
    seconds: f64,
    mebibytes: f64,
    files: f64,
    /// The longest wait of those that ended since the last look, in milliseconds.
    wait: f64,
}

/// One figure of each look.
type Curve = fn(&Look) -> f64;

/// All looks since the beginning.
pub(crate) struct Vitals {
    began: Instant,
    looks: Vec<Look>,
}

impl Vitals {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            looks: Vec::new(),
        }
    }

    /// Looks at `program`; `wait` is the longest since the last look.
    pub(crate) fn look(&mut self, program: &Program, wait: Duration) {
        self.looks.push(Look {
            seconds: self.began.elapsed().as_secs_f64(),
            mebibytes: program.memory_kib() as f64 / 1024.0,
            files: program.files() as f64,
            wait: wait.as_secs_f64() * 1000.0,
        });
    }

    /// The most memory in MiB and the most open files.
    pub(crate) fn most(&self) -> (f64, f64) {
        let most = |of: Curve| self.looks.iter().map(of).fold(0.0, f64::max);
        (most(|look| look.mebibytes), most(|look| look.files))
    }

    /// Three curves under one another, as an SVG file.
    pub(crate) fn draw(&self, path: &Path) {
        let curves: [(&str, Curve); 3] = [
            ("memory in MiB", |look| look.mebibytes),
            ("open files", |look| look.files),
            ("longest wait for the first word in ms", |look| look.wait),
        ];
        let root = SVGBackend::new(path, (880, 720)).into_drawing_area();
        root.fill(&WHITE).unwrap();
        let end = self.looks.last().map_or(1.0, |look| look.seconds);
        for (area, (title, of)) in root.split_evenly((3, 1)).iter().zip(curves) {
            let points = self.looks.iter().map(|look| (look.seconds, of(look)));
            let most = points.clone().map(|(_, y)| y).fold(1.0, f64::max);
            let mut chart = ChartBuilder::on(area)
                .caption(title, ("sans-serif", 18))
                .margin(12)
                .x_label_area_size(28)
                .y_label_area_size(56)
                .build_cartesian_2d(0.0..end, 0.0..most * 1.1)
                .unwrap();
            chart
                .configure_mesh()
                .x_desc("seconds")
                .light_line_style(TRANSPARENT)
                .draw()
                .unwrap();
            chart
                .draw_series(LineSeries::new(points, RGBColor(31, 111, 180)))
                .unwrap();
        }
        root.present().unwrap();
    }
}
