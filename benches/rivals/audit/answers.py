"""Compares reports of the audit with the keys of planted logs: what was planted is found, and nothing is invented. See answers.sh."""

import csv
import json
import pathlib
import subprocess
import sys
import time

audit, out = sys.argv[1], pathlib.Path(sys.argv[2])
LOGS = [
    ("ledger.jsonl", "ledger-jsonl", ["--register", str(out / "register.toml")]),
    ("log.csv", "log-csv", ["--mapping", str(out / "log-csv.mapping.toml")]),
    ("log.xes", "log-xes", ["--mapping", str(out / "log-xes.mapping.toml")]),
]


def compare(log, key, options):
    report = out / "report.json"
    began = time.perf_counter()
    run = subprocess.run([audit, str(out / log), *options, "--json", str(report)], capture_output=True, text=True)
    seconds = time.perf_counter() - began
    assert run.returncode in (0, 2), run.stderr
    report = json.loads(report.read_text())
    assert not report["partial"] and report["unreadable"]["count"] == 0 and not report["unknown_names"] and report["findings_left_out"] == 0
    # A note is no accusation.
    findings = [finding for finding in report["findings"] if finding["severity"] != "note"]
    cases_of = lambda finding: {finding["case"], *finding.get("evidence", [])}
    by_case = {}
    for finding in findings:
        for case in cases_of(finding):
            by_case.setdefault(case, []).append(finding)
    with (out / f"{key}.key.tsv").open(newline="") as lines:
        answers = list(csv.DictReader(lines, delimiter="\t"))
    planted, missed, kinds = {}, [], {}
    for answer in answers:
        cases = set(answer["cases"].split())
        for case in cases:
            planted.setdefault(case, set()).update([answer["rule"], *answer["also"].split()])
        fits = lambda f: f["rule"] == answer["rule"] and cases <= cases_of(f) and (not answer["step"] or f.get("step", {}).get("id") == answer["step"])
        kinds[answer["rule"]] = kinds.get(answer["rule"], 0) + 1
        if not any(fits(finding) for finding in by_case.get(min(cases), [])):
            missed.append(f"  not found: {answer}")
    invented = [f for f in findings if not all(f["rule"] in planted.get(case, ()) for case in cases_of(f))]
    print(f"{log}: {report['cases']} transactions, {report['events']} events, {len(answers)} faults of {len(kinds)} rules planted: "
          f"{len(missed)} not found, {len(invented)} invented; {len(findings)} findings, {seconds:.1f} s")
    print("\n".join(missed[:10] + [f"  invented: {f['case']} {f['rule']} line {f['line']} {f.get('found')}" for f in invented[:10]]), end="")
    print(end="\n" if missed or invented else "")
    return len(missed) + len(invented)


if sum(compare(*log) for log in LOGS):
    sys.exit("✗ the audit and the keys differ")
