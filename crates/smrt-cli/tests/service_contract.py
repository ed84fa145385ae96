"""The service against its own OpenAPI document: schemathesis asks what the document allows and what it does not, and no answer
may be another one than it says. Once open, once with a token, with three seeds.

    python3 service_contract.py SMRT SCHEMATHESIS [EXAMPLES]
"""
import json, os, pathlib, re, signal, subprocess, sys, tempfile, threading

SMRT, SCHEMATHESIS = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
EXAMPLES = sys.argv[3] if len(sys.argv) > 3 else "30"
DATA = pathlib.Path(__file__).resolve().parents[3] / "examples"


# A file that is refused for what is in it was a valid request all the same.
CONFIG = """
[[operations]]
include-name = "POST /api/v1/files"

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "409", "422"]
"""

# What no schema can say: a range ends behind its beginning, a profile is of one channel, and a name has at most 255 bytes.
HOOKS = """
import datetime
import schemathesis

SEVERAL = "4100000001"

def is_range(path, begin, end):
    try:
        days = (datetime.date.fromisoformat(end[:10]) - datetime.date.fromisoformat(begin[:10])).days
    except ValueError:
        # What is no time must be refused, whatever the other one is; the year 0, which Python does not know, is one.
        return "0000" not in (begin[:4], end[:4])
    # Time zones are up to a day apart on either side.
    return 3 <= days and ("coverage" not in path or days <= 366)


@schemathesis.hook
def filter_case(context, case):
    query, path = case.query or {}, case.path_parameters or {}
    if "from" in query and "to" in query and not is_range(case.path, str(query["from"]), str(query["to"])):
        return False
    if path.get("code") == SEVERAL and ("profile" in case.path or "trace" in case.path):
        return False
    return len(str(query.get("name", "")).encode("utf-8", "surrogatepass")) <= 255
"""


def serve(folder, *more):
    process = subprocess.Popen([SMRT, *more, "serve", "--listen", "127.0.0.1:0", "--log", "json"], cwd=folder, stderr=subprocess.PIPE, text=True)
    base = re.search(r"http://[\d.:]+", process.stderr.readline())[0]
    lines = []
    threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True).start()
    return process, base, lines


def attack(base, seed, *more):
    command = [SCHEMATHESIS, "--config-file", "schemathesis.toml", "run", f"{base}/openapi.json", "--url", base, "--checks", "all", "--max-examples", EXAMPLES, "--seed", str(seed),
               "--phases", "examples,coverage,fuzzing,stateful", "--max-response-time", "5", "--no-color", *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=WORK, env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": WORK})
    print(f"seed {seed}: {'nothing found' if done.returncode == 0 else 'FOUND'}", flush=True)
    if done.returncode:
        print(done.stdout[-12000:], done.stderr[-2000:])
    return done.returncode


with tempfile.TemporaryDirectory() as folder:
    WORK = folder
    pathlib.Path(folder, "schemathesis.toml").write_text(CONFIG)
    pathlib.Path(folder, "hooks.py").write_text(HOOKS)
    for path in ("data", "electricity", "sensors", "broken"):
        subprocess.run([SMRT, "-q", "ingest", DATA / path], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    token = json.loads(subprocess.run([SMRT, "-o", "json", "token", "tester", "--scope", "admin"], capture_output=True, text=True, check=True).stdout)
    pathlib.Path(folder, "smrt.toml").write_text(f'[serve.token.tester]\nsha256 = "{token["sha256"]}"\nscopes = ["admin"]\n')
    pathlib.Path(folder, "open.toml").write_text("")
    wrong = 0
    for config, seeds, more in (("open.toml", (1, 2), []), ("smrt.toml", (3,), ["--header", f"Authorization: Bearer {token['token']}"])):
        process, base, lines = serve(folder, "--config", config)
        try:
            wrong += sum(attack(base, seed, *more) != 0 for seed in seeds)
        finally:
            process.send_signal(signal.SIGTERM)
            wrong += process.wait(60) != 0
        failures = [line for line in lines if '"ERROR"' in line or "panicked" in line]
        if failures:
            print("the log tells of failures:", *failures[:10], sep="\n")
            wrong += 1
sys.exit(wrong > 0)
