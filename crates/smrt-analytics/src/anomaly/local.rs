//! How far each value lies from the middle of those around it.
//!
//! Residuals come in, running medians go out. What single values do against their neighbours does not depend on how
//! well a model follows a slow course.

/// Values of a window: six to both sides, so that a group of five wild ones is still outvoted.
pub(crate) const WINDOW: usize = 13;

/// The running median; at both ends the window is moved inwards.
pub(crate) fn running_median(values: &[f64]) -> Vec<f64> {
    let width = WINDOW.min(values.len());
    if width == 0 {
        return Vec::new();
    }
    let mut window = values[..width].to_vec();
    window.sort_unstable_by(f64::total_cmp);
    let mut medians = Vec::with_capacity(values.len());
    let mut start = 0;
    for at in 0..values.len() {
        let wanted = at.saturating_sub(width / 2).min(values.len() - width);
        while start < wanted {
            replace(&mut window, values[start], values[start + width]);
            start += 1;
        }
        medians.push(window[width / 2]);
    }
    medians
}

/// Takes one value out of a sorted window and puts another in.
fn replace(window: &mut [f64], old: f64, new: f64) {
    let mut at = window.partition_point(|value| value.total_cmp(&old).is_lt()).min(window.len() - 1);
    while at + 1 < window.len() && window[at + 1].total_cmp(&new).is_lt() {
        window[at] = window[at + 1];
        at += 1;
    }
    while at > 0 && window[at - 1].total_cmp(&new).is_gt() {
        window[at] = window[at - 1];
        at -= 1;
    }
    window[at] = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_running_median_is_that_of_each_window(values in prop::collection::vec(-50_i32..50, 1..80)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let width = WINDOW.min(values.len());
            for (at, median) in running_median(&values).into_iter().enumerate() {
                let start = at.saturating_sub(width / 2).min(values.len() - width);
                let mut window = values[start..start + width].to_vec();
                window.sort_unstable_by(f64::total_cmp);
                prop_assert_eq!(median, window[width / 2]);
            }
        }
    }
}
