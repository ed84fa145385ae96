#!/usr/bin/env python3
"""Other programs read the lake and find what smrt says: the Delta table through `deltalake` with pandas and Polars, the
Parquet files of its snapshot through DuckDB. Before compaction and after it.

    python3 crates/smrt-cli/tests/lake_readers.py PROGRAM

Needs deltalake, pandas, polars and duckdb from PyPI. Sums are compared exactly, as sums of fractions.
"""

import fractions, json, pathlib, subprocess, sys, tempfile

import deltalake, duckdb, polars

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
LATEST = "SELECT sensor, arg_max(value, (file, line)) AS value FROM {} GROUP BY sensor, time"


def smrt(folder, *arguments):
    """What the program prints; it must succeed."""
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def exact(values):
    """Count and exact sum of floating-point numbers."""
    values = list(values)
    return len(values), sum(map(fractions.Fraction, values))


def by_sensor(rows):
    """Count and exact sum of each sensor's values."""
    values = {}
    for sensor, value in rows:
        values.setdefault(sensor, []).append(value)
    return {sensor: exact(of) for sensor, of in values.items()}


def told(folder):
    """What smrt says of each sensor."""
    sensors = json.loads(smrt(folder, "-o", "json", "meters"))
    rows = {row["code"]: json.loads(smrt(folder, "-o", "json", "readings", row["code"])) for row in sensors}
    return {sensor: exact(float(row["value"]) for row in of) for sensor, of in rows.items()}


def found(folder):
    """What others find of each sensor, by how they read."""
    table = deltalake.DeltaTable(str(folder / "smrt-lake/measurements"))
    pandas = table.to_pandas().sort_values(["file", "line"]).groupby(["sensor", "time"], observed=True).last()
    frame = polars.scan_delta(str(folder / "smrt-lake/measurements")).sort("file", "line")
    frame = frame.group_by("sensor", "time").last().collect()
    files = ", ".join(f"'{path}'" for path in sorted(table.file_uris()))
    duck = duckdb.sql(LATEST.format(f"read_parquet([{files}], hive_partitioning = true)")).fetchall()
    return {
        "deltalake with pandas": by_sensor(zip(pandas.index.get_level_values("sensor"), pandas["value"])),
        "Polars": by_sensor(frame.select("sensor", "value").iter_rows()),
        "DuckDB": by_sensor(duck),
    }


def compare(folder, when):
    expected = told(folder)
    for reader, values in found(folder).items():
        assert values == expected, f"{reader} finds something else {when}"
        print(f"ok    {reader} {when}: {sum(count for count, _ in values.values())} values of {len(values)} sensors")


def main():
    with tempfile.TemporaryDirectory(prefix="smrt-readers-") as name:
        folder = pathlib.Path(name)
        smrt(folder, "generate", "sensor", "--sensors", "5", "--days", "6", "--out", "a.csv")
        lines = (folder / "a.csv").read_text().splitlines(keepends=True)
        # A correction of every seventh value, and a part that is sent again.
        changed = [line.rsplit(";", 1)[0] + f";{number / 7!r}\n" for number, line in enumerate(lines[1::7])]
        (folder / "b.csv").write_text(lines[0] + "".join(changed))
        (folder / "c.csv").write_text(lines[0] + "".join(lines[500:900]))
        for file in ("a.csv", "b.csv", "c.csv"):
            smrt(folder, "ingest", file)
        compare(folder, "before compaction")
        smrt(folder, "lake", "compact")
        compare(folder, "after compaction")
        plain = deltalake.DeltaTable(str(folder / "smrt-lake/measurements")).to_pandas()
        assert by_sensor(zip(plain["sensor"], plain["value"])) == told(folder), "after compaction nothing stands twice"
        print("7 passed, 0 failed")


if __name__ == "__main__":
    main()
