//! A plot as SVG: a few lines over a grid.

use std::fmt::Write;

/// One curve.
pub struct Curve<'a> {
    /// What it shows.
    pub label: &'a str,
    /// Its colour.
    pub colour: &'a str,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// An axis.
pub struct Axis<'a> {
    /// What it counts.
    pub label: &'a str,
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// From one line of the grid to the next.
    pub step: f64,
}

impl Axis<'_> {
    fn lines(&self) -> impl Iterator<Item = f64> + '_ {
        let count = ((self.high - self.low) / self.step) as usize;
        (0..=count).map(|i| self.low + self.step * i as f64)
    }

    /// Where a value lies, as a part of the axis.
    fn place(&self, value: f64) -> f64 {
        (value.clamp(self.low, self.high) - self.low) / (self.high - self.low)
    }
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 44.0;
const RIGHT: f64 = 700.0;
const BOTTOM: f64 = 330.0;

/// Draws it. The same numbers give the same bytes.
pub fn draw(title: &str, x: &Axis<'_>, y: &Axis<'_>, curves: &[Curve<'_>]) -> String {
    let at_x = |value: f64| LEFT + x.place(value) * (RIGHT - LEFT);
    let at_y = |value: f64| BOTTOM - y.place(value) * (BOTTOM - TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\" fill=\"#222222\">{title}</text>\n"
    );
    for value in y.lines() {
        let at = at_y(value);
        let colour = if value == 0.0 { "#888888" } else { "#e2e2e2" };
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{RIGHT}\" stroke=\"{colour}\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444444\">{value:.0}</text>",
            LEFT - 8.0,
            at + 4.0
        );
    }
    for value in x.lines() {
        let at = at_x(value);
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444444\">{value:.0}</text>",
            BOTTOM + 18.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444444\">{}</text>\n\
         <text x=\"{LEFT}\" y=\"38\" fill=\"#444444\">{}</text>",
        (LEFT + RIGHT) / 2.0,
        BOTTOM + 38.0,
        x.label,
        y.label
    );
    for (i, curve) in curves.iter().enumerate() {
        let points: Vec<String> =
            curve.points.iter().map(|(a, b)| format!("{:.1},{:.1}", at_x(*a), at_y(*b))).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>",
            curve.colour,
            points.join(" ")
        );
        let (row, column) = (i / 2, i % 2);
        let (left, low) = (LEFT + 320.0 * column as f64, BOTTOM + 60.0 + 18.0 * row as f64);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {:.1}h22\" stroke=\"{}\" stroke-width=\"2\"/>\n\
             <text x=\"{:.1}\" y=\"{low:.1}\" fill=\"#222222\">{}</text>",
            low - 4.0,
            curve.colour,
            left + 28.0,
            curve.label
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_the_axes_should_be_corners_of_the_grid() {
        let axis = |label| Axis { label, low: 0.0, high: 10.0, step: 5.0 };
        let curve =
            Curve { label: "all", colour: "#123456", points: vec![(0.0, 0.0), (10.0, 10.0), (99.0, 5.0)] };
        let svg = draw("Title", &axis("right"), &axis("up"), &[curve]);
        // What lies outside is drawn at the edge.
        assert!(svg.contains("points=\"60.0,330.0 700.0,44.0 700.0,187.0\""), "{svg}");
        for text in [">Title<", ">right<", ">up<", ">all<", ">5<", ">10<"] {
            assert!(svg.contains(text), "{text} is missing");
        }
    }
}
