//! The table that is printed.

use crate::model;
use crate::phase::{Cost, mib};
use crate::rows::Row;
use crate::session::Series;

/// A table whose lines are printed as they come.
pub struct Table {
    missed: Vec<String>,
}

impl Table {
    /// Prints the head.
    pub fn new(rounds: usize) -> Self {
        println!(
            "Medians of {rounds} rounds; a model of {} MB. Ratios are to the first line of a row, pair by pair.\n",
            model::BYTES / 1_000_000
        );
        println!(
            "| row | subject | CPU ms | CPU ratio (least to most) | may be | wall ms | may be | wall ratio | MiB above | may be | MiB cached | missed |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
        Self { missed: Vec::new() }
    }

    /// Prints a row: a line for each subject.
    pub fn row(&mut self, row: Row, series: &[Series]) {
        let base = &series[0];
        for (place, Series { subject, costs }) in series.iter().enumerate() {
            let ratios = |cost: fn(&Cost) -> f64| {
                sorted(costs.iter().zip(&base.costs).map(|(a, b)| cost(a) / cost(b)).collect())
            };
            let (cpu_ratios, wall_ratios) = (ratios(|cost| cost.cpu), ratios(|cost| cost.wall));
            let cost = medians(costs);
            let cpu_ratio = middle(&cpu_ratios);
            let (mut cpu_may, mut wall_may, mut memory_may) = (String::new(), String::new(), String::new());
            let mut missed = String::new();
            if place > 0 && subject.held_to_targets {
                let target = row.target();
                (cpu_may, wall_may) = (shown(target.cpu), shown(target.wall));
                memory_may = target.memory.map_or_else(String::new, |bytes| (bytes >> 20).to_string());
                missed = target.missed(cpu_ratio, cost);
            }
            let name = if place == 0 { row.name() } else { String::new() };
            println!(
                "| {name} | {} | {:.1} | {cpu_ratio:.2} ({:.2} to {:.2}) | {cpu_may} | {:.1} | {wall_may} | {:.2} | {:.1} | {memory_may} | {:.1} | {missed} |",
                subject.name,
                cost.cpu * 1e3,
                cpu_ratios[0],
                cpu_ratios[cpu_ratios.len() - 1],
                cost.wall * 1e3,
                middle(&wall_ratios),
                mib(cost.peak),
                mib(cost.cached),
            );
            if !missed.is_empty() {
                self.missed.push(format!("{}, {}: {missed}", row.name(), subject.name));
            }
        }
    }

    /// Prints what was missed.
    pub fn end(self) {
        if self.missed.is_empty() {
            println!("\nNo target is missed.");
        } else {
            println!("\nMissed:\n- {}", self.missed.join("\n- "));
        }
    }
}

fn shown(target: Option<f64>) -> String {
    target.map_or_else(String::new, |target| format!("{target:.2}"))
}

fn medians(costs: &[Cost]) -> Cost {
    let median = |value: fn(&Cost) -> f64| middle(&sorted(costs.iter().map(value).collect()));
    Cost {
        cpu: median(|cost| cost.cpu),
        wall: median(|cost| cost.wall),
        peak: median(|cost| cost.peak as f64) as u64,
        cached: median(|cost| cost.cached as f64) as u64,
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
