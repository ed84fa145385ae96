//! Polynomials of degree 0 to 2 that a minority of wild values does not move: Tukey's biweight, by iteratively
//! reweighted least squares.
//!
//! Positions, values and which of them count come in; a polynomial goes out. Does not choose the degree.

use crate::number::{real, spread};

/// Where the biweight stops listening, in standard deviations: 95 % efficient under normal noise.
const REACH: f64 = 4.685;
/// Rounds of reweighting; the weights settle after three or four.
const ROUNDS: usize = 5;
/// As many values tell a spread to one per cent.
const ENOUGH: usize = 8192;

/// What one residual of `z` standard deviations costs: nearly its square where small, never above a third of the
/// squared reach.
pub(crate) fn loss(z: f64) -> f64 {
    let t = (1.0 - z * z / (REACH * REACH)).max(0.0);
    REACH * REACH / 3.0 * (1.0 - t * t * t)
}

/// How much one residual of `z` standard deviations counts.
pub(crate) fn weight(z: f64) -> f64 {
    let t = (1.0 - z * z / (REACH * REACH)).max(0.0);
    t * t
}

/// A polynomial in `(x - centre) / half`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Poly {
    pub centre: f64,
    pub half: f64,
    pub coefficients: [f64; 3],
}

impl Poly {
    pub(crate) fn constant(value: f64) -> Self {
        Self { centre: 0.0, half: 1.0, coefficients: [value, 0.0, 0.0] }
    }

    pub(crate) fn value(&self, x: f64) -> f64 {
        let t = (x - self.centre) / self.half;
        let [a, b, c] = self.coefficients;
        a + t * (b + t * c)
    }

    pub(crate) fn slope(&self, x: f64) -> f64 {
        let t = (x - self.centre) / self.half;
        (self.coefficients[1] + 2.0 * t * self.coefficients[2]) / self.half
    }

    /// The second derivative.
    pub(crate) fn curvature(&self) -> f64 {
        2.0 * self.coefficients[2] / (self.half * self.half)
    }
}

/// Values to fit: those at positions where `used` says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Points<'a> {
    pub x: &'a [f64],
    pub y: &'a [f64],
    pub used: &'a [bool],
}

impl Points<'_> {
    fn iter(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.x.iter().zip(self.y).zip(self.used).filter(|&(_, &used)| used).map(|((&x, &y), _)| (x, y))
    }

    /// The spread of the values around a polynomial; of very many, every so manieth tells as much.
    pub(crate) fn spread_around(&self, poly: &Poly) -> f64 {
        let stride = self.x.len() / ENOUGH + 1;
        spread(self.iter().step_by(stride).map(|(x, y)| y - poly.value(x)))
    }

    /// The spread of the values around fitted ones.
    pub(crate) fn spread_from(&self, fitted: &[f64]) -> f64 {
        let used = self.y.iter().zip(fitted).zip(self.used).filter(|&(_, &used)| used);
        spread(used.map(|((y, fit), _)| y - fit))
    }

    /// The robust polynomial of a degree (0 to 2), beginning at one that is roughly right, or else at that of least
    /// squares. Nothing where fewer values are used than it has coefficients.
    pub(crate) fn fit(&self, degree: usize, start: Option<Poly>) -> Option<Poly> {
        let mut poly = match start {
            Some(poly) => poly,
            None => self.start(degree)?,
        };
        for _ in 0..ROUNDS {
            let scale = self.spread_around(&poly);
            if scale <= 0.0 {
                break;
            }
            match self.weighted(degree, |x, y| weight((y - poly.value(x)) / scale)) {
                Some(next) => poly = next,
                None => break,
            }
        }
        Some(poly)
    }

    /// Least squares, then three rounds of Huber's weights, which find the right neighbourhood from far away.
    fn start(&self, degree: usize) -> Option<Poly> {
        let mut poly = self.weighted(degree, |_, _| 1.0)?;
        for _ in 0..3 {
            let scale = self.spread_around(&poly);
            if scale <= 0.0 {
                break;
            }
            let huber = |x: f64, y: f64| (1.345 * scale / (y - poly.value(x)).abs()).min(1.0);
            poly = self.weighted(degree, huber).unwrap_or(poly);
        }
        Some(poly)
    }

    /// Weighted least squares by the normal equations; positions are scaled to -1..1, which keeps them well set.
    fn weighted(&self, degree: usize, weight: impl Fn(f64, f64) -> f64) -> Option<Poly> {
        let (low, high) = self.iter().fold((f64::MAX, f64::MIN), |(low, high), (x, _)| (low.min(x), high.max(x)));
        if low > high {
            return None;
        }
        let (centre, half) = (low + (high - low) / 2.0, ((high - low) / 2.0).max(0.5));
        let mut moments = [0.0; 5];
        let mut products = [0.0; 3];
        let mut count = 0;
        for (x, y) in self.iter() {
            let w = weight(x, y);
            let t = (x - centre) / half;
            let mut power = w;
            for (k, moment) in moments.iter_mut().enumerate() {
                *moment += power;
                if let Some(product) = products.get_mut(k) {
                    *product += power * y;
                }
                power *= t;
            }
            count += usize::from(w > 0.0);
        }
        if count <= degree {
            return None;
        }
        solve(degree, &moments, &products).map(|coefficients| Poly { centre, half, coefficients })
    }
}

/// Solves the normal equations of a degree by Cholesky's decomposition; `None` where positions do not suffice.
fn solve(degree: usize, moments: &[f64; 5], products: &[f64; 3]) -> Option<[f64; 3]> {
    let size = degree + 1;
    let mut l = [[0.0; 3]; 3];
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| l[row][k] * l[column][k]).sum();
            let rest: f64 = moments[row + column] - known;
            if row == column {
                if rest <= 1e-12 * moments[0] {
                    return None;
                }
                l[row][row] = rest.sqrt();
            } else {
                l[row][column] = rest / l[column][column];
            }
        }
    }
    let mut half = [0.0; 3];
    for row in 0..size {
        let known: f64 = (0..row).map(|k| l[row][k] * half[k]).sum();
        half[row] = (products[row] - known) / l[row][row];
    }
    let mut solution = [0.0; 3];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|k| l[k][row] * solution[k]).sum();
        solution[row] = (half[row] - known) / l[row][row];
    }
    Some(solution)
}

/// Degrees of freedom of a number of pieces of a degree: their coefficients and the places where they meet.
pub(crate) fn parameters(degree: usize, pieces: usize) -> f64 {
    real((degree + 1) * pieces + pieces.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(count: usize) -> Vec<f64> {
        (0..count).map(real).collect()
    }

    #[test]
    fn a_polynomial_is_found_in_itself_however_far_it_reaches() {
        let x: Vec<f64> = positions(100).iter().map(|x| x * 1e4).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 - 2e-3 * x + 5e-9 * x * x).collect();
        let poly = Points { x: &x, y: &y, used: &[true; 100] }.fit(2, None).unwrap();
        assert!((poly.value(5e5) - (3.0 - 1e3 + 5e-9 * 25e10)).abs() < 1e-6);
        assert!((poly.slope(0.0) + 2e-3).abs() < 1e-9);
        assert!((poly.curvature() - 1e-8).abs() < 1e-14);
    }

    #[test]
    fn an_eighth_of_wild_values_does_not_move_a_line() {
        let x = positions(80);
        let mut y: Vec<f64> = x.iter().map(|x| 10.0 + 0.5 * x + (x * 7.3).sin()).collect();
        for value in &mut y[20..30] {
            *value += 200.0;
        }
        let poly = Points { x: &x, y: &y, used: &[true; 80] }.fit(1, None).unwrap();
        assert!((poly.slope(0.0) - 0.5).abs() < 0.02, "{poly:?}");
        assert!((poly.value(40.0) - 30.0).abs() < 0.5, "{poly:?}");
    }

    #[test]
    fn too_few_values_have_no_line() {
        assert_eq!(Points { x: &[1.0], y: &[2.0], used: &[true] }.fit(1, None), None);
        assert_eq!(Points { x: &[1.0, 2.0], y: &[2.0, 4.0], used: &[true, false] }.fit(1, None), None);
        assert_eq!(Points { x: &[], y: &[], used: &[] }.fit(0, None), None);
    }

    #[test]
    fn a_loss_is_bounded_and_begins_as_a_square() {
        assert!((loss(0.1) - 0.01).abs() < 1e-4);
        assert_eq!(loss(50.0), loss(5.0));
    }
}
