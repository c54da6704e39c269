//! Samples and what is said of them.

/// Measured values of one thing.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds a value.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The value below which a share `q` of them lies, between neighbours by their distance; 0 without samples.
    pub fn quantile(&self, q: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
        let place = q.clamp(0.0, 1.0) * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Their mean; 0 without samples.
    pub fn mean(&self) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// Median, middle half, 99th percentile, with so many digits behind the point.
    pub fn cells(&self, digits: usize) -> [String; 3] {
        [
            format!("{:.digits$}", self.median()),
            format!("{:.digits$} to {:.digits$}", self.quantile(0.25), self.quantile(0.75)),
            format!("{:.digits$}", self.quantile(0.99)),
        ]
    }

    /// Median with the middle half in parentheses.
    pub fn short(&self, digits: usize) -> String {
        let [median, half, _] = self.cells(digits);
        format!("{median} ({half})")
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Samples(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_should_lie_between_their_neighbours() {
        let samples: Samples = [4.0, 1.0, 3.0, 2.0].into_iter().collect();
        assert_eq!(samples.median(), 2.5);
        assert_eq!(samples.quantile(0.0), 1.0);
        assert_eq!(samples.quantile(1.0), 4.0);
        assert_eq!(samples.quantile(0.25), 1.75);
        assert_eq!(samples.mean(), 2.5);
        assert_eq!(Samples::default().median(), 0.0);
    }
}
