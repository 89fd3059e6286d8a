//! The lowest point of a smooth bowl: L-BFGS with backtracking. A few hundred parameters, a fixed number of steps.

use std::collections::VecDeque;

/// Pairs of steps and changes of slope that are remembered.
const MEMORY: usize = 8;

/// Walks from `start` downhill; `slope` writes the gradient and returns the height.
pub(crate) fn minimise(
    mut at: Vec<f64>,
    steps_max: usize,
    mut slope: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut gradient = vec![0.0; at.len()];
    let mut height = slope(&at, &mut gradient);
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for _ in 0..steps_max {
        let way = downhill(&gradient, &memory);
        let fall = dot(&way, &gradient);
        if fall > -1e-12 {
            break;
        }
        let mut length = if memory.is_empty() {
            (1.0 / -fall).min(1.0)
        } else {
            1.0
        };
        let mut next_gradient = vec![0.0; at.len()];
        let found = (0..30).find_map(|_| {
            let next: Vec<f64> = at.iter().zip(&way).map(|(at, way)| at + length * way).collect();
            let next_height = slope(&next, &mut next_gradient);
            if next_height <= height + 1e-4 * length * fall {
                return Some((next, next_height));
            }
            length *= 0.5;
            None
        });
        let Some((next, next_height)) = found else { break };
        let step: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let change: Vec<f64> = next_gradient
            .iter()
            .zip(&gradient)
            .map(|(next, old)| next - old)
            .collect();
        let curve = dot(&step, &change);
        if curve > 1e-12 {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((step, change, 1.0 / curve));
        }
        let is_flat = height - next_height <= 1e-10 * (1.0 + height.abs());
        (at, height, gradient) = (next, next_height, next_gradient);
        if is_flat {
            break;
        }
    }
    at
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn downhill(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut way: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (step, change, over) in memory.iter().rev() {
        let share = over * dot(step, &way);
        way.iter_mut()
            .zip(change)
            .for_each(|(way, change)| *way -= share * change);
        shares.push(share);
    }
    if let Some((step, change, _)) = memory.back() {
        let scale = dot(step, change) / dot(change, change);
        way.iter_mut().for_each(|way| *way *= scale);
    }
    for ((step, change, over), share) in memory.iter().zip(shares.iter().rev()) {
        let back = over * dot(change, &way);
        way.iter_mut()
            .zip(step)
            .for_each(|(way, step)| *way += (share - back) * step);
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_valley_is_found() {
        // Rosenbrock's: long, narrow, bent.
        let found = minimise(vec![-1.2, 1.0], 200, |at, slope| {
            let (x, y) = (at[0], at[1]);
            slope[0] = -2.0 * (1.0 - x) - 400.0 * x * (y - x * x);
            slope[1] = 200.0 * (y - x * x);
            (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
        });
        assert!((found[0] - 1.0).abs() < 1e-3 && (found[1] - 1.0).abs() < 1e-3);
    }
}
