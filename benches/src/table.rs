//! The table that is printed.

use crate::phase::Cost;
use crate::rows::{MODEL_BYTES, Row};
use crate::session::Series;

pub fn head(rounds: usize) {
    println!("Medians of {rounds} rounds; a model of {} MB. Ratios are to the first line of a row, pair by pair.\n", {
        MODEL_BYTES / 1_000_000
    });
    println!(
        "| row | subject | CPU s | CPU ratio (least to most) | may be | wall s | wall ratio | MiB above | may be |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
}

pub fn row(row: Row, series: &[Series]) {
    let base = &series[0];
    for (place, Series { subject, costs }) in series.iter().enumerate() {
        let ratios = |cost: fn(&Cost) -> f64| costs.iter().zip(&base.costs).map(|(a, b)| cost(a) / cost(b)).collect();
        let cpu_ratios = sorted(ratios(|cost| cost.cpu));
        let [least, .., most] = cpu_ratios[..] else { panic!("at least two rounds") };
        let (cpu, wall) = (median(costs, |cost| cost.cpu), median(costs, |cost| cost.wall));
        let mib = median(costs, |cost| cost.peak as f64) / f64::from(1 << 20);
        let (target, memory_target) = if place > 0 && subject.held_to_targets {
            (format!("{:.2}", row.target()), format!("{}", row.memory_target() >> 20))
        } else {
            (String::new(), String::new())
        };
        let name = if place == 0 { row.name() } else { String::new() };
        let (cpu_ratio, wall_ratio) = (middle(&cpu_ratios), middle(&sorted(ratios(|cost| cost.wall))));
        println!(
            "| {name} | {} | {cpu:.3} | {cpu_ratio:.2} ({least:.2} to {most:.2}) | {target} | {wall:.3} | {wall_ratio:.2} | {mib:.1} | {memory_target} |",
            subject.name
        );
    }
}

fn median(costs: &[Cost], value: fn(&Cost) -> f64) -> f64 {
    middle(&sorted(costs.iter().map(value).collect()))
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
