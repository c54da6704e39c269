//! From measurements to a formula, and from formulas to the `weights.rs` of a pallet.

use super::{measure::Results, proof::Touched, text};
use frame_benchmarking::{Analysis, BenchmarkMetadata, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write},
};

/// A value that grows with the components.
#[derive(Default)]
struct Formula {
    base: u128,
    /// By component: what each more of it adds.
    slopes: BTreeMap<String, u128>,
}

impl Formula {
    fn of(results: &Vec<BenchmarkResult>, selector: BenchmarkSelector) -> sc_cli::Result<Self> {
        let analysis = Analysis::min_squares_iqr(results, selector)
            .map_err(|error| format!("no formula fits the measurements: {error}"))?;
        let slopes = analysis.names.into_iter().zip(analysis.slopes).filter(|(_, slope)| *slope > 0);
        Ok(Self { base: analysis.base, slopes: slopes.collect() })
    }

    fn add(&mut self, other: Self) {
        self.base += other.base;
        for (name, slope) in other.slopes {
            *self.slopes.entry(name).or_default() += slope;
        }
    }

    /// The value where every component is at its most.
    fn most(&self, ranges: &[(String, u32, u32)]) -> u128 {
        let grows = ranges.iter().map(|(name, _, most)| {
            self.slopes.get(name).copied().unwrap_or(0).saturating_mul(u128::from(*most))
        });
        self.base.saturating_add(grows.sum())
    }
}

/// What was found of one benchmark.
pub struct Weights {
    name: String,
    /// Components with their least and their most.
    ranges: Vec<(String, u32, u32)>,
    /// Picoseconds.
    time: Formula,
    least_time: u128,
    reads: Formula,
    writes: Formula,
    proof: Formula,
    comments: Vec<String>,
}

impl Weights {
    /// Fits formulas to measurements.
    pub fn of(
        benchmark: &BenchmarkMetadata,
        results: &Results,
        storage: &[StorageInfo],
    ) -> sc_cli::Result<Self> {
        let Touched { comments, by_item } = Touched::of(&results.accesses, storage);
        let mut proof = Formula::default();
        for results in by_item.values() {
            proof.add(Formula::of(results, BenchmarkSelector::ProofSize)?);
        }
        let least = results.times.iter().map(|result| result.extrinsic_time).min();
        Ok(Self {
            name: text(&benchmark.name),
            ranges: benchmark.components.iter().map(|(n, low, high)| (n.to_string(), *low, *high)).collect(),
            time: Formula::of(&results.times, BenchmarkSelector::ExtrinsicTime)?,
            least_time: least.unwrap_or(0).saturating_mul(1_000),
            reads: Formula::of(&results.accesses, BenchmarkSelector::Reads)?,
            writes: Formula::of(&results.accesses, BenchmarkSelector::Writes)?,
            proof,
            comments,
        })
    }

    fn arguments(&self, underscored: bool) -> String {
        let formulas = [&self.time, &self.reads, &self.writes, &self.proof];
        let named = self.ranges.iter().map(|(name, ..)| {
            let used = formulas.iter().any(|formula| formula.slopes.contains_key(name));
            let mark = if underscored && !used { "_" } else { "" };
            format!("{mark}{name}: u32")
        });
        named.collect::<Vec<_>>().join(", ")
    }

    fn declaration(&self) -> String {
        let ranges: String =
            self.ranges.iter().map(|(name, low, high)| format!(" `{name}` is {low} to {high}.")).collect();
        format!(
            "    /// `{}`.{ranges}\n    fn {}({}) -> Weight;\n",
            self.name,
            self.name,
            self.arguments(false)
        )
    }

    fn definition(&self) -> String {
        let mut out = String::new();
        for comment in &self.comments {
            out += &format!("    // {comment}\n");
        }
        out += &format!("    // At least {} ps.\n", grouped(self.least_time));
        out += &format!("    fn {}({}) -> Weight {{\n", self.name, self.arguments(true));
        out +=
            &format!("        Weight::from_parts({}, {})", grouped(self.time.base), grouped(self.proof.base));
        let mut names: Vec<&String> = self.time.slopes.keys().chain(self.proof.slopes.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let slope = |formula: &Formula| grouped(formula.slopes.get(name).copied().unwrap_or(0));
            let (time, proof) = (slope(&self.time), slope(&self.proof));
            out += &format!(
                "\n            .saturating_add(Weight::from_parts({time}, {proof}).saturating_mul({name}.into()))"
            );
        }
        for (method, formula) in [("reads", &self.reads), ("writes", &self.writes)] {
            if formula.base > 0 {
                out += &format!("\n            .saturating_add(D::get().{method}({}))", formula.base);
            }
            for (name, slope) in &formula.slopes {
                out += &format!(
                    "\n            .saturating_add(D::get().{method}({slope}_u64.saturating_mul({name}.into())))"
                );
            }
        }
        out + "\n    }\n"
    }

    fn forward(&self) -> String {
        let names: Vec<&str> = self.ranges.iter().map(|(name, ..)| name.as_str()).collect();
        format!(
            "    fn {name}({}) -> Weight {{\n        Measured::<RocksDbWeight>::{name}({})\n    }}\n",
            self.arguments(false),
            names.join(", "),
            name = self.name,
        )
    }
}

impl Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = |formula: &Formula| formula.most(&self.ranges);
        let micros = most(&self.time) / 1_000_000;
        write!(f, "{}: {micros} µs, {} reads, {} writes", self.name, most(&self.reads), most(&self.writes))?;
        for (name, _, high) in &self.ranges {
            write!(f, ", {name} = {high}")?;
        }
        Ok(())
    }
}

/// A number as Rust writes long ones.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// The processor's name, as the kernel tells it.
fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    name.map_or_else(|| "an unknown processor".into(), |name| name.trim().to_string())
}

/// The whole `weights.rs` of a pallet.
pub fn file(pallet: &str, weights: &[Weights], steps: u32, repeat: u32) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "//! Weights of `{pallet}`, measured on: {}. {steps} steps, {repeat} repetitions.
//!
//! Written by `scripts/weights.sh`: measure again instead of changing it, see `docs/weights.md`.

#![cfg_attr(rustfmt, rustfmt_skip)]

use core::marker::PhantomData;
use frame_support::{{
    traits::Get,
    weights::{{constants::RocksDbWeight, RuntimeDbWeight, Weight}},
}};

/// What the pallet's calls and its work in each block weigh.
pub trait WeightInfo {{
",
        processor()
    );
    out.extend(weights.iter().map(Weights::declaration));
    out += "}

/// With the database weights of the runtime.
pub type SubstrateWeight<T> = Measured<<T as frame_system::Config>::DbWeight>;

/// What was measured, with the database weights `D`.
pub struct Measured<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> WeightInfo for Measured<D> {
";
    out.extend(weights.iter().map(Weights::definition));
    out += "}

/// For mocks.
impl WeightInfo for () {
";
    out.extend(weights.iter().map(Weights::forward));
    out + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> Weights {
        Weights {
            name: "settle_many".into(),
            ranges: vec![("n".into(), 1, 64)],
            time: Formula { base: 12_345_678, slopes: [("n".into(), 1_000)].into() },
            least_time: 99,
            reads: Formula { base: 2, slopes: [("n".into(), 3)].into() },
            writes: Formula::default(),
            proof: Formula { base: 7, slopes: Default::default() },
            comments: vec!["`A::B` (r:1 w:0), unbounded".into()],
        }
    }

    #[test]
    fn a_formula_becomes_code() {
        let code = weights().definition();
        assert!(
            code.contains("fn settle_many(n: u32) -> Weight {\n        Weight::from_parts(12_345_678, 7)")
        );
        assert!(code.contains(".saturating_add(Weight::from_parts(1_000, 0).saturating_mul(n.into()))"));
        assert!(code.contains(".saturating_add(D::get().reads(2))"));
        assert!(code.contains(".saturating_add(D::get().reads(3_u64.saturating_mul(n.into())))"));
        assert!(!code.contains("writes("));
    }

    #[test]
    fn the_summary_states_the_most() {
        assert_eq!(weights().to_string(), "settle_many: 12 µs, 194 reads, 0 writes, n = 64");
    }

    #[test]
    fn a_component_that_costs_nothing_is_underscored_where_it_is_not_used() {
        let mut idle = weights();
        idle.time.slopes.clear();
        idle.reads.slopes.clear();
        assert!(idle.definition().contains("fn settle_many(_n: u32)"));
        assert!(idle.declaration().contains("fn settle_many(n: u32)"));
        assert!(idle.forward().contains("Measured::<RocksDbWeight>::settle_many(n)"));
    }

    #[test]
    fn numbers_are_grouped_from_the_right() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0".to_string(), "999".into(), "1_000".into(), "1_234_567".into()]
        );
    }
}
