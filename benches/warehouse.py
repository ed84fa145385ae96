#!/usr/bin/env python3
"""Following a table of a year, beside what psql takes to carry its rows and Postgres to look at them.

    cargo build --release -p smrt-cli
    python3 benches/warehouse.py target/release/smrt

Needs the programs of Postgres. Every figure is the best of several whole processes; both sides of a ratio are measured
in turns. The server is a fresh one with its usual settings, durable, on a socket.
"""

import glob, os, random, shutil, subprocess, sys, tempfile, time
from datetime import datetime, timedelta
from pathlib import Path

ROUNDS = 5
FINGERPRINT = """SELECT (month::date - DATE '1970-01-01')::bigint, count(*), sum(value)::text, min(value)::text,
 max(value)::text, sum(hash)::text FROM (SELECT CASE WHEN "created_at" IS NOT NULL AND isfinite("created_at")
 AND "value" IS NOT NULL AND "value" NOT IN ('NaN', 'Infinity', '-Infinity') THEN date_trunc('month', "created_at") END
 AS month, "value" AS value, hashfloat8extended("value", timestamp_hash_extended("created_at", 0)) AS hash
 FROM "entity") AS said GROUP BY month ORDER BY month"""


def programs():
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True) + os.environ["PATH"].split(":"):
        if all(Path(folder, name).is_file() for name in ("initdb", "pg_ctl", "psql")):
            return Path(folder)
    sys.exit("the programs of Postgres were not found")


class Server:
    """A throw-away Postgres."""

    def __init__(self, folder):
        self.bin, self.folder = programs(), folder
        self.owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.owner:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.run("pg_ctl", "start", "-w", "-s", "-D", folder / "data", "-l", folder / "log", "-o",
                 f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_wal_size=4GB")

    def run(self, program, *arguments):
        command = [*self.owner, self.bin / program, *arguments]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def url(self, name):
        return f"postgres://postgres@{str(self.folder).replace('/', '%2F')}/{name}"

    def psql(self, name, *commands):
        words = [str(self.bin / "psql"), "-qX", self.url(name)]
        for command in commands:
            words += ["-c", command]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        self.run("pg_ctl", "stop", "-s", "-m", "immediate", "-D", self.folder / "data")


def year(path):
    """About 740,000 rows of 2022, denser from month to month, whole numbers as doubles."""
    draw, rows = random.Random(2022), 0
    with open(path, "w") as out:
        for month in range(1, 13):
            peak = min(13 - month, month)
            at, end = datetime(2022, month, 1), datetime(2022 + month // 12, month % 12 + 1, 1)
            while at < end:
                busy = 2 if at.weekday() >= 5 else 1
                out.write(f"{at}\t{draw.randint(100 * peak, 200 * peak) * busy}\n")
                at += timedelta(seconds=draw.randint(10000 // (peak * 100), 20000 // (peak * 100)))
                rows += 1
    return rows


def timed(run):
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def main():
    smrt = str(Path(sys.argv[1]).resolve())
    folder = Path(tempfile.mkdtemp(prefix="smrt-bench-"))
    folder.chmod(0o755)
    (folder / "pg").mkdir()
    server = Server(folder / "pg")
    try:
        measure(smrt, server, folder)
    finally:
        server.stop()
        shutil.rmtree(folder)


def measure(smrt, server, folder):
    for name in ("source", "copied", "followed"):
        server.psql("postgres", f"CREATE DATABASE {name}")
    table = "(entity_id bigserial PRIMARY KEY, created_at timestamp NOT NULL, value double precision NOT NULL)"
    server.psql("source", f"CREATE TABLE entity {table}")
    rows = year(folder / "rows")
    server.psql("source", f"\\copy entity (created_at, value) from '{folder}/rows'", "VACUUM ANALYZE entity")
    print(f"{rows:,} rows")

    def pipe():
        server.psql("copied", "DROP TABLE IF EXISTS entity", "CREATE TABLE entity (created_at timestamp, value float8)")
        return timed(lambda: subprocess.run(
            f"{server.bin}/psql -qX {server.url('source')} -c '\\copy entity (created_at, value) to stdout' | "
            f"{server.bin}/psql -qX {server.url('copied')} -c '\\copy entity (created_at, value) from stdin'",
            shell=True, check=True))

    def follow(database, *more):
        words = [smrt, "-q", "--database", database, "warehouse", *more]
        return timed(lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL))

    def first(kind):
        if kind == "sqlite":
            for path in glob.glob(f"{folder}/w.db*"):
                os.remove(path)
            database = f"sqlite://{folder}/w.db"
        else:
            server.psql("postgres", "DROP DATABASE followed", "CREATE DATABASE followed")
            database = server.url("followed")
        # Making the tables is once in a lifetime, and not what is measured.
        subprocess.run([smrt, "-q", "--database", database, "stats"], check=True, stdout=subprocess.DEVNULL)
        return follow(database, "sync", "--source", server.url("source"), "--table", "entity")

    best = {}
    for _ in range(ROUNDS):
        for name, run in [("psql pipe", pipe), ("first sync, sqlite", lambda: first("sqlite")),
                          ("first sync, postgres", lambda: first("postgres"))]:
            best[name] = min(best.get(name, 1e9), run())
    for kind, database in [("sqlite", f"sqlite://{folder}/w.db"), ("postgres", server.url("followed"))]:
        for _ in range(ROUNDS):
            for name, run in [
                ("fingerprint query", lambda: timed(lambda: server.psql("source", FINGERPRINT))),
                (f"nothing changed, {kind}", lambda: follow(database, "sync", "--source", server.url("source"), "--table", "entity")),
            ]:
                best[name] = min(best.get(name, 1e9), run())
            shutil.rmtree(folder / "exports", ignore_errors=True)
            name = f"export of the year, {kind}"
            best[name] = min(best.get(name, 1e9), follow(database, "export", "--year", "2022", "--dest", str(folder / "exports")))
    for name, seconds in best.items():
        print(f"{name:32} {seconds * 1000:8.0f} ms")
    for kind in ("sqlite", "postgres"):
        print(f"first sync, {kind}: {best['psql pipe'] / best[f'first sync, {kind}']:.2f} x the speed of psql (floor 0.5)")
        print(f"nothing changed, {kind}: {best[f'nothing changed, {kind}'] / best['fingerprint query']:.2f} x the query (limit 1.3)")


main()
