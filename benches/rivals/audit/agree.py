"""Token replay by pm4py and the audit, trace by trace. See agree.sh."""

import json
import pathlib
import random
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
import pm4py
import pm4py.util.constants
from pm4py.objects.log.obj import EventLog, Trace
from pm4py.objects.petri_net.utils import check_soundness

pm4py.util.constants.SHOW_PROGRESS_BAR = False
# Our findings that are about the order of performances, and so about what a net of performances can say.
ORDER = {"step-skipped", "step-repeated", "step-out-of-order", "after-the-end"}
# A random log has so many traces.
RANDOM = 2000

audit, edges, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
dice = random.Random(20180305)


def judged_by_us(log, mapping):
    """Every finding of the audit by case."""
    report = out / "report.json"
    run = subprocess.run([audit, log, "--mapping", mapping, "--json", report], capture_output=True, text=True)
    assert run.returncode in (0, 2), run.stderr
    report = json.loads(report.read_text())
    assert not report["partial"] and report["unreadable"]["count"] == 0 and not report["unknown_names"], report["unreadable"]
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["case"], []).append(finding)
    return report, found


def performances(log, is_one):
    """The log with its performances only, and the numbers of these events in the file, from 1."""
    only, numbers, number = EventLog(), set(), 0
    for trace in log:
        kept = Trace(attributes=trace.attributes)
        for event in trace:
            number += 1
            if is_one(event):
                kept.append(event)
                numbers.add(number)
        only.append(kept)
    return only, numbers


def compare(name, log, mapping, net, is_one, fewest):
    net, start, end = pm4py.read_pnml(str(net))
    events = pm4py.read_xes(str(log), return_legacy_log_object=True)
    only, numbers = performances(events, is_one)
    replayed = pm4py.conformance_diagnostics_token_based_replay(only, net, start, end)
    report, found = judged_by_us(log, mapping)
    assert report["cases"] == len(only) == len(replayed)
    both_whole = both_broken = beside = 0
    wrong, others = [], {}
    for trace, replay in zip(only, replayed):
        case = trace.attributes["concept:name"]
        of_order = [f for f in found.get(case, []) if f["rule"] in ORDER]
        # Something after the end that is no performance is no event of the net.
        outside = [f for f in of_order if f["rule"] == "after-the-end" and f["line"] not in numbers]
        ours = len(of_order) == len(outside)
        theirs = replay["trace_is_fit"]
        beside += bool(outside)
        if ours != theirs:
            labels = [event["concept:name"] for event in trace]
            wrong.append(f"  {case}: ours {'whole' if ours else 'broken'}, pm4py {'whole' if theirs else 'broken'}: {labels}")
        elif ours:
            both_whole += 1
            for f in found.get(case, []):
                if f["rule"] not in ORDER:
                    others[f["rule"]] = others.get(f["rule"], 0) + 1
        else:
            both_broken += 1
    print(f"{name}: {len(only)} traces, {sum(map(len, only))} performances: {both_whole} whole and {both_broken} broken by both, "
          f"{len(wrong)} disagreements; {beside} with something else after the end")
    if others:
        print(f"  in traces whose order is whole, the audit found besides: {sum(others.values())} findings of {len(others)} other rules")
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    # A comparison in which one side always says the same proves nothing.
    assert min(both_whole, both_broken) >= fewest, "too few of a kind"
    return len(wrong)


def ways():
    """The table's edges, as the snapshot has them: the way forward first."""
    table = {}
    for line in edges.read_text().splitlines():
        step, rest = line.split(" --", 1)
        table.setdefault(step, []).append(rest.split("--> ", 1)[1])
    return table


def walk(table, finished):
    """A lawful order: through the table, sometimes back; on its way it may stop anywhere."""
    at, order = "AssetCheck", []
    while at != "End":
        if not finished and order and dice.random() < 0.05:
            break
        order.append(at)
        forward, *back = table[at]
        at = dice.choice(back) if back and dice.random() < 0.15 else forward
    return order


def edited(order, steps):
    """One to three edits, of which some leave it lawful."""
    order = list(order)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(order))
        match dice.randrange(6):
            case 0 if len(order) > 1:
                del order[at]
            case 1:
                order.insert(at, order[at])
            case 2:
                order.insert(at, dice.choice(steps))
            case 3:
                other = dice.randrange(len(order))
                order[at], order[other] = order[other], order[at]
            case 4 if len(order) > 4:
                del order[at : at + dice.randint(1, 3)]
            case _:
                order[at] = dice.choice(steps)
        order = order or ["AssetCheck"]
    return order


def random_log(name, finished):
    table = ways()
    steps = list(table)
    with (out / f"{name}.xes").open("w") as log:
        log.write('<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
        for number in range(RANDOM):
            order = walk(table, finished)
            if dice.random() < 0.6:
                order = edited(order, steps)
            log.write(f'<trace><string key="concept:name" value="{name}-{number}"/>')
            for place, step in enumerate(order):
                time = f"20{18 + place // 336:02}-{place // 28 % 12 + 1:02}-{place % 28 + 1:02}T09:00:00+08:00"
                log.write(f'<event><string key="concept:name" value="{step}"/><date key="time:timestamp" value="{time}"/></event>')
            log.write("</trace>\n")
        log.write("</log>\n")
    mapping = out / f"{name}.toml"
    mapping.write_text(
        f'format = "xes"\ncomplete = {str(finished).lower()}\n[columns]\ncase = "case:concept:name"\nstep = "concept:name"\ntime = "time:timestamp"\n'
    )
    return out / f"{name}.xes", mapping


def main():
    for net in ["planted", "closed", "open"]:
        net, start, end = pm4py.read_pnml(str(out / f"{net}.pnml"))
        assert len([t for t in net.transitions if t.label]) == 16, net
        assert check_soundness.check_easy_soundness_net_in_fin_marking(net, start, end), "the end cannot be reached"
        assert pm4py.check_is_workflow_net(net), "not a workflow net"
        assert pm4py.check_soundness(net, start, end)[0], "not sound"
    print("the three nets are sound workflow nets, says pm4py")
    planted = (out / "log.xes", out / "log-xes.mapping.toml", out / "planted.pnml")
    wrong = compare("planted", *planted, lambda event: event["动作"] == "执行", fewest=10)
    for name, finished in [("closed", True), ("open", False)]:
        log, mapping = random_log(name, finished)
        wrong += compare(f"random, {name}", log, mapping, out / f"{name}.pnml", lambda event: True, fewest=RANDOM // 4)
    if wrong:
        sys.exit(f"✗ {wrong} disagreements")


main()
