#!/usr/bin/env python3
"""Whole processes beside each other: `smrt convert` of NEM12 to daily CSV, and what people use for it today.

    cargo build --release -p smrt-cli
    python3 -m venv yardsticks && yardsticks/bin/pip install nemreader==0.9.2 duckdb polars
    yardsticks/bin/python benches/convert.py

Prints the median of each command's wall time over the same file, the ratio to smrt on all cores, and what one core
needs. Every command must find the same sum. nemreader needs some 45 bytes of memory for each byte of the file; with
--nemreader-megabytes it reads a shorter file of the same kind, and its time is scaled to the longer one.
"""

import argparse, csv, os, pathlib, statistics, subprocess, sys, tempfile, time

CODE = {
    "nemreader": """
import sys
from nemreader import read_nem_file
file = read_nem_file(sys.argv[1])
print(sum(r.read_value for nmi in file.readings.values() for channel in nmi.values() for r in channel))
""",
    "duckdb": """
import sys, duckdb
path, count = sys.argv[1], int(sys.argv[2])
columns = ",".join(f"'c{i}':'VARCHAR'" for i in range(count + 7))
total = "+".join(f"c{i}::DECIMAL(15,4)" for i in range(2, count + 2))
print(duckdb.sql(f"SELECT sum(day) FROM (SELECT c1, {total} AS day FROM read_csv('{path}', header=false, auto_detect=false, delim=',', "
                 f"null_padding=true, strict_mode=false, ignore_errors=true, columns={{{columns}}}) WHERE c0 = '300')").fetchall()[0][0])
""",
    "polars": """
import sys, polars as pl
path, count = sys.argv[1], int(sys.argv[2])
names = [f"c{i}" for i in range(count + 7)]
rows = pl.read_csv(path, has_header=False, schema={name: pl.String for name in names}, missing_columns="insert",
                   truncate_ragged_lines=True).filter(pl.col("c0") == "300")
print(rows.select("c1", pl.sum_horizontal([pl.col(name).cast(pl.Float64) for name in names[2:count + 2]]).alias("day"))["day"].sum())
""",
}


def timed(command, cores=None):
    """Seconds that a command takes on some cores, and what it prints."""
    limit = None if cores is None else lambda: os.sched_setaffinity(0, cores)
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    took = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr[-500:]}")
    return took, done.stdout


def smrt(program, path, out, cores=None):
    """Seconds of `smrt convert` on some cores, and the sum of what it wrote."""
    took, _ = timed([program, "--no-progress", "-q", "convert", str(path), "--to", "csv", "--shape", "daily",
                     "--out", str(out)], cores)
    with open(out, newline="") as file:
        return took, sum(float(row["sum"]) for row in csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smrt", default="target/release/smrt")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--nemreader-megabytes", type=int, default=10)
    parser.add_argument("--minutes", type=int, default=30, choices=(5, 15, 30))
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--without", action="append", default=[], choices=sorted(CODE))
    args = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        sizes = {"long": args.megabytes, "short": args.nemreader_megabytes}
        for name, megabytes in sizes.items():
            timed([args.smrt, "generate", "nem12", "--minutes", str(args.minutes), "--size", f"{megabytes}MB",
                   "--out", str(folder / f"{name}.csv")])
        long, short, out = folder / "long.csv", folder / "short.csv", folder / "daily.csv"
        all_cores, one_core, others, sums = [], [], {name: [] for name in CODE if name not in args.without}, {}
        for run in range(args.runs):
            took, sums["smrt"] = smrt(args.smrt, long, out)
            all_cores.append(took)
            one_core.append(smrt(args.smrt, long, out, {cores[0]})[0])
            for name, times in others.items():
                if name == "nemreader" and run > 0:
                    continue
                path = short if name == "nemreader" else long
                took, printed = timed([sys.executable, "-c", CODE[name], str(path), str(1440 // args.minutes)])
                scale = long.stat().st_size / path.stat().st_size
                times.append(took * scale)
                sums[name] = float(printed)
        sums["smrt, short file"] = smrt(args.smrt, short, out)[1]
    ours = statistics.median(all_cores)
    print(f"smrt, {len(cores)} cores      {ours:8.3f} s")
    print(f"smrt, one core     {statistics.median(one_core):8.3f} s   {statistics.median(one_core) / ours:6.2f} x")
    for name, times in others.items():
        print(f"{name:<18} {statistics.median(times):8.3f} s   {statistics.median(times) / ours:6.1f} x")
        expected = sums["smrt, short file" if name == "nemreader" else "smrt"]
        if abs(sums[name] - expected) > 1e-6 * abs(expected):
            sys.exit(f"{name} found the sum {sums[name]}, smrt {expected}")


if __name__ == "__main__":
    main()
