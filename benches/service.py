"""What the service bears, each figure beside its bound: requests for a meter's year, /healthz beside a load, memory.

    cargo build --release -p smrt-cli && python3 benches/service.py target/release/smrt

Needs wrk (Debian's package). Loads 100 meters of a year of hours (876,000 readings) into SQLite, then asks for years with
wrk on the same machine: one year again and again, as pages and programs do that look at the same, and all years in
turn, packed and plain; and each year once after every commit, so that nothing can be kept.
"""
import json, pathlib, re, signal, subprocess, sys, tempfile, threading, time, urllib.request

SMRT = str(pathlib.Path(sys.argv[1]).resolve())
SECONDS = 8
rows = []


def note(what, found, bound, good):
    rows.append((what, found, bound, good))
    print(f"{'ok  ' if good else 'MISS'} {what}: {found} (bound: {bound})", flush=True)


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read()


def wrk(url, *more, script=None, connections=16):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *more]
    text = subprocess.run(command + (["-s", script] if script else []) + [url], capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"answers other than 200:\n{text}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], re.search(r"Transfer/sec:\s+(\S+)", text)[1]


def resident(pid, what="VmRSS"):
    return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    year, large = folder / "PN000001.SMRT", folder / "PN000002.SMRT"
    for out, more in ((year, ["--meters", "100", "--days", "365"]), (large, ["--size", "100MB", "--seed", "2", "--generation", "PN000002"])):
        subprocess.run([SMRT, "-q", "generate", "smrt", *more, "--out", out], check=True)
    database = f"sqlite://{folder}/smrt.db"
    subprocess.run([SMRT, "-q", "--database", database, "ingest", year], check=True, stdout=subprocess.DEVNULL)
    serve = subprocess.Popen([SMRT, "--database", database, "serve", "--listen", "127.0.0.1:0", "--log", "json"], stderr=subprocess.PIPE, text=True)
    try:
        base = re.search(r"http://[\d.:]+", serve.stderr.readline())[0]
        threading.Thread(target=serve.stderr.read, daemon=True).start()
        meters = [m["code"] for m in json.loads(get(f"{base}/api/v1/meters?limit=100"))["items"]]
        one = f"{base}/api/v1/meters/{meters[0]}/readings"
        size, packed = len(get(one)), len(get(one, **{"Accept-Encoding": "gzip"}))
        assert len(json.loads(get(one))["items"]) == 8760
        print(f"a year: 8,760 readings, {size:,} bytes of JSON, {packed:,} packed", flush=True)

        every = folder / "every.lua"
        paths = ",".join(f'"/api/v1/meters/{m}/readings?%s"' for m in meters)
        every.write_text(f"local p={{{paths}}}\nlocal i=0\nrequest=function() i=i+1 return wrk.format('GET', string.format(p[i%#p+1], FORM)) end\n")
        gzip = ["-H", "Accept-Encoding: gzip"]
        for what, url, more, script, bound in (
            ("one year again and again, packed", one, gzip, None, 1500),
            ("one year again and again, plain", one, [], None, 1500),
            ("one year as CSV, packed", one + "?format=csv", gzip, None, 1500),
        ):
            rate, p99, bytes_ = wrk(url, *more, script=script)
            note(what, f"{rate:,.0f} requests/s, p99 {p99:.1f} ms, {bytes_}/s", f">= {bound} requests/s, p99 <= 50 ms", rate >= bound and p99 <= 50)
        every.write_text(every.read_text().replace("FORM", "''"))
        rate, p99, bytes_ = wrk(base, *gzip, script=str(every))
        note("100 years in turn, packed", f"{rate:,.0f} requests/s, p99 {p99:.1f} ms, {bytes_}/s", "no bound", True)
        print(f"memory: {resident(serve.pid):.0f} MiB now, {resident(serve.pid, 'VmHWM'):.0f} MiB at most", flush=True)
        note("memory under that load", f"{resident(serve.pid, 'VmHWM'):.0f} MiB", "<= 128 MiB plus 16 MiB for each of 4 connections", resident(serve.pid, "VmHWM") <= 192)

        # Nothing can be kept: each question is another one.
        begun, count = time.monotonic(), 0
        while time.monotonic() - begun < SECONDS / 2:
            get(f"{one}?from=2015-01-01&to=2017-01-01T00:00:{count % 60:02d}&limit={20000 + count}")
            count += 1
        print(f"asked anew each time, one client: {count / (time.monotonic() - begun):,.0f} requests/s", flush=True)

        def upload():
            request = urllib.request.Request(f"{base}/api/v1/files?name={large.name}", data=large.read_bytes(), method="POST", headers={"Content-Type": "application/octet-stream"})
            with urllib.request.urlopen(request, timeout=300) as answer:
                report.append((answer.status, json.load(answer), time.monotonic()))

        report, times, begun = [], [], time.monotonic()
        loader = threading.Thread(target=upload)
        loader.start()
        while loader.is_alive():
            at = time.monotonic()
            get(f"{base}/healthz")
            times.append((time.monotonic() - at) * 1000)
            time.sleep(0.005)
        times.sort()
        p99 = times[len(times) * 99 // 100]
        took = report[0][2] - begun
        note(f"/healthz while 100 MB are uploaded and loaded ({took:.1f} s, {len(times)} asked)", f"p99 {p99:.1f} ms, at most {times[-1]:.1f} ms", "p99 <= 50 ms", p99 <= 50 and report[0][0] == 201)
        print(f"memory: {resident(serve.pid):.0f} MiB now, {resident(serve.pid, 'VmHWM'):.0f} MiB at most")
    finally:
        serve.send_signal(signal.SIGTERM)
        code = serve.wait(60)
    note("ends by SIGTERM", f"exit code {code}", "0", code == 0)
sys.exit(any(not good for *_, good in rows))
