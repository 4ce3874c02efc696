//! Reports as a table: one row per measure, one column per report.

use std::collections::BTreeSet;

use super::report::TextReport;

/// The cell of a measure that a report does not have.
const MISSING: &str = "–";

/// A table for terminals: labels left-aligned, numbers right-aligned.
pub fn plain_table(reports: &[TextReport]) -> String {
    let lines = rows(reports);
    let columns = reports.len() + 1;
    let widths: Vec<usize> = (0..columns)
        .map(|column| lines.iter().map(|line| width(&line[column])).max())
        .map(Option::unwrap_or_default)
        .collect();
    lines
        .iter()
        .map(|line| {
            let cells = line.iter().zip(&widths).enumerate();
            let aligned = cells.map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            });
            aligned.collect::<String>().trim_end().to_owned() + "\n"
        })
        .collect()
}

/// A Markdown table.
pub fn markdown_table(reports: &[TextReport]) -> String {
    let mut rows = rows(reports).into_iter().map(|line| {
        let cells = line.into_iter().map(|cell| cell.replace('|', "\\|"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    });
    let head = rows.next().unwrap_or_default();
    let rule = format!("|---|{}\n", "---:|".repeat(reports.len()));
    head + &rule + &rows.collect::<String>()
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

/// The cells of the table, row by row, with the header.
fn rows(reports: &[TextReport]) -> Vec<Vec<String>> {
    let mut lines = vec![
        line("", reports, |report| Some(report.name.clone())),
        line("texts", reports, |report| Some(report.texts.to_string())),
        line("tokens", reports, |report| Some(report.tokens.to_string())),
    ];
    let mut add = |label: &str, value: &dyn Fn(&TextReport) -> Option<f64>| {
        lines.push(line(label, reports, |report| value(report).map(decimal)));
    };
    let bleu_names: BTreeSet<_> = reports.iter().flat_map(|r| r.corpus_bleu.keys()).collect();
    let unique_names: BTreeSet<_> = reports
        .iter()
        .flat_map(|r| r.unique_reference.keys())
        .collect();
    for name in bleu_names {
        add(&format!("BLEU, {name} (%)"), &|r| {
            r.corpus_bleu.get(name).copied()
        });
    }
    add("self-BLEU (%)", &|r| r.self_bleu);
    for n in 2..=4 {
        add(&format!("unique {n}-grams (%)"), &|r| {
            r.unique_self.get(&n).copied()
        });
    }
    for name in unique_names {
        for n in 2..=4 {
            add(&format!("unique {n}-grams, {name} (%)"), &|r| {
                r.unique_reference.get(name)?.get(&n).copied()
            });
        }
    }
    for n in 1..=3 {
        add(&format!("distinct-{n} (%)"), &|r| {
            r.distinct.get(&n).copied()
        });
    }
    add("rep-4 (%)", &|r| r.rep4);
    add("pseudo-perplexity", &|r| r.pppl);
    add("passes per token", &|r| r.passes_per_token);
    add("tokens per second", &|r| r.tokens_per_second);
    add("passes per second", &|r| r.passes_per_second);
    lines
}

fn line(
    label: &str,
    reports: &[TextReport],
    cell: impl Fn(&TextReport) -> Option<String>,
) -> Vec<String> {
    let cells = reports
        .iter()
        .map(|report| cell(report).unwrap_or_else(|| MISSING.to_owned()));
    std::iter::once(label.to_owned()).chain(cells).collect()
}

fn decimal(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::super::ReferenceCorpora;
    use super::*;

    fn reports() -> [TextReport; 2] {
        let mut alone = ReferenceCorpora::default();
        let short = alone.measure("one|word", "a").unwrap();
        let mut corpora = ReferenceCorpora::default();
        corpora.add_reference("tbc", "A b c d e").unwrap();
        let mut long = corpora.measure("long", "a b c d e\na b c d f").unwrap();
        long.pppl = Some(12.346);
        [long, short]
    }

    #[test]
    fn columns_are_aligned_and_a_missing_measure_is_a_dash() {
        let table = plain_table(&reports());
        let wanted = [
            "                          long  one|word",
            "texts                        2         1",
            "BLEU, tbc (%)            83.76         –",
            "unique 4-grams, tbc (%)  25.00         –",
            "pseudo-perplexity        12.35         –",
            "passes per token             –         –",
        ];
        for line in wanted {
            assert!(table.lines().any(|found| found == line), "{line}\n{table}");
        }
    }

    #[test]
    fn markdown_has_a_header_rule_and_escapes_bars_in_names() {
        let table = markdown_table(&reports());
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "|  | long | one\\|word |");
        assert_eq!(lines[1], "|---|---:|---:|");
        assert!(
            lines.contains(&"| pseudo-perplexity | 12.35 | – |"),
            "{table}"
        );
    }

    #[test]
    fn without_reports_the_table_has_only_labels() {
        assert!(plain_table(&[]).contains("self-BLEU (%)\n"));
        assert!(markdown_table(&[]).starts_with("|  |\n|---|\n"));
    }

    #[test]
    fn json_has_string_keys_for_n_and_null_for_a_missing_measure() {
        let [long, _] = reports();
        let json = serde_json::to_value(&long).unwrap();
        assert_eq!(json["unique_reference"]["tbc"]["4"], 25.0);
        assert!(json["passes_per_token"].is_null());
    }
}
