#!/usr/bin/env python3
"""Whole processes beside each other: `smrt ingest` of sensor CSV into a lake and DuckDB's COPY into Parquet; then what a
question costs.

    cargo build --release -p smrt-cli
    python3 -m venv yardsticks && yardsticks/bin/pip install duckdb
    yardsticks/bin/python benches/lake.py

Prints medians of paired runs: the load, the sizes of what is written, the peak memory for one file and for very many,
and one sensor's day out of ten times as many rows, with the files and bytes that were read. DuckDB sorts and compresses
alike, keeps three columns where smrt keeps five, converts no time zone and makes nothing durable; just the time of its
statement counts.
"""

import argparse, os, pathlib, re, shutil, statistics, subprocess, sys, tempfile, time

DUCKDB = """
import sys, time, duckdb
source, out = sys.argv[1:]
duckdb.sql("SET threads = 2; SET enable_progress_bar = false")
begun = time.perf_counter()
duckdb.sql(f'''COPY (SELECT timestamp, sensor_uuid, sensor_value, timestamp::DATE AS date FROM read_csv('{source}', delim=';',
    header=true, columns={{'timestamp': 'TIMESTAMP', 'sensor_uuid': 'VARCHAR', 'sensor_value': 'DOUBLE'}})
    ORDER BY sensor_uuid, timestamp) TO '{out}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (date))''')
print(time.perf_counter() - begun)
"""


# Runs a command from a process that is small itself, whose memory would count as the command's otherwise.
LAUNCH = """
import os, sys, time
begun = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - begun, usage.ru_maxrss / 1024, file=open(3, "w"))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command, folder):
    """What a command prints on stdout and stderr, its seconds, and its peak memory in MiB."""
    read, write = os.pipe()
    launch = [sys.executable, "-c", f"import os; os.dup2({write}, 3)\n" + LAUNCH, *map(str, command)]
    done = subprocess.run(launch, cwd=folder, capture_output=True, text=True, pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as told:
        took, memory = map(float, told.read().split() or (0, 0))
    if done.returncode != 0:
        sys.exit(f"{command} failed: {done.stderr[-800:]}")
    return done.stdout, done.stderr, took, memory


def size_of(folder):
    """Bytes of the Parquet files below a folder."""
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*.parquet"))


def split(source, folder, files):
    """The lines of a file dealt out to many files in folders."""
    lines = source.read_text().splitlines(keepends=True)
    head, rows = lines[0], lines[1:]
    for number in range(files):
        part = folder / f"Timeseries/{number % 97}" / f"data_{number}.csv"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(head + "".join(rows[number * len(rows) // files:(number + 1) * len(rows) // files]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smrt", default="target/release/smrt")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=3000, help="files of the many small ones")
    options = parser.parse_args()
    program = pathlib.Path(options.smrt).resolve()
    with tempfile.TemporaryDirectory(prefix="smrt-lake-") as name:
        folder = pathlib.Path(name)
        source = folder / "data.csv"
        run([program, "generate", "sensor", "--sensors", "26", "--size", f"{options.megabytes}MB", "--out", source], folder)
        run([program, "generate", "sensor-mapping", "--sensors", "26", "--out", folder / "mapping.csv"], folder)
        rows = sum(1 for _ in open(source)) - 1
        print(f"{source.stat().st_size / 1e6:.0f} MB, {rows:,} rows")

        loads, copies, memory = [], [], []
        for _ in range(options.rounds):
            work = folder / "work"
            work.mkdir()
            _, _, took, peak = run([program, "-q", "ingest", source], work)
            loads.append(took)
            memory.append(peak)
            ours = size_of(work / "smrt-lake")
            out, *_ = run([sys.executable, "-c", DUCKDB, source, work / "duck"], work)
            copies.append(float(out))
            theirs = size_of(work / "duck")
            shutil.rmtree(work)
        load, copy = statistics.median(loads), statistics.median(copies)
        print(f"load: smrt {load:.2f} s whole process, DuckDB {copy:.2f} s statement: {copy / load:.2f} x")
        print(f"size: smrt {ours:,} bytes, DuckDB {theirs:,} bytes: {ours / theirs:.3f}")
        print(f"peak memory of the load: {max(memory):.0f} MiB")

        many = folder / "many"
        split(source, many, options.files)
        _, _, took, peak = run([program, "-q", "ingest", many], folder)
        shutil.rmtree(many)
        print(f"{options.files} files of the same rows: {took:.2f} s, {peak:.0f} MiB")

        for factor in (1, 10):
            work = folder / f"times{factor}"
            work.mkdir()
            run([program, "generate", "sensor", "--sensors", "26", "--size", f"{factor * options.megabytes}MB", "--out", "data.csv"], work)
            run([program, "-q", "ingest", folder / "mapping.csv"], work)
            _, _, took, peak = run([program, "-q", "ingest", "data.csv"], work)
            (work / "data.csv").unlink()
            lake = size_of(work / "smrt-lake")
            question = [program, "-v", "readings", "sensor_00003", "--from", "2016-02-01", "--to", "2016-02-02"]
            asked = [run(question, work) for _ in range(3 * options.rounds)]
            answer = statistics.median(took for _, _, took, _ in asked)
            taken = re.search(r"read (\d+) bytes in (\d+) files", asked[0][1])
            read, files = int(taken[1]), int(taken[2])
            found = len(asked[0][0].splitlines()) - 2
            print(f"x {factor}: {factor * rows:,} rows, loaded in {took:.1f} s with {peak:.0f} MiB, lake {lake:,} bytes; one "
                  f"sensor's day: {answer * 1000:.1f} ms whole process, {found} rows, {files} files, {read:,} bytes "
                  f"({100 * read / lake:.2f} % of the lake)")


if __name__ == "__main__":
    main()
