//! The cases as time: `cargo bench --package micro-benchmarks`, or with a part of a name behind `--`.

#![expect(clippy::expect_used, reason = "work that fails is not measured")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use micro_benchmarks::CASES;

fn all(criterion: &mut Criterion) {
    for case in CASES {
        let mut group = criterion.benchmark_group("micro");
        if let Some(bytes) = case.bytes {
            group.throughput(Throughput::Bytes(bytes));
        }
        group.bench_function(case.name, |bencher| {
            let mut work = (case.prepare)().expect(case.name);
            bencher.iter(|| work().expect(case.name));
        });
        group.finish();
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
