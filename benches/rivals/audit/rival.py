"""One rival written in Python or C++, once: prints events, seconds, processor seconds, peak memory in KiB, and what it found.

rival.py pm4py LOG.xes NET.pnml | duckdb-gaps LOG.csv THREADS | duckdb-count LOG.csv THREADS
rival.py duckdb-gaps-table LOG.csv THREADS | duckdb-count-table LOG.csv THREADS: of a table that is loaded, the median of five
"""

import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")

what, log, more = sys.argv[1:4]


def peak():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def now():
    return time.perf_counter(), time.process_time()


def since(began):
    return [after - before for before, after in zip(began, now())]


def pm4py_replay():
    import pm4py
    import pm4py.util.constants
    from pm4py.objects.log.obj import EventLog, Trace

    pm4py.util.constants.SHOW_PROGRESS_BAR = False
    net, start, end = pm4py.read_pnml(more)
    began = now()
    events = pm4py.read_xes(log, return_legacy_log_object=True)
    only = EventLog()
    for trace in events:
        only.append(Trace([event for event in trace if event["动作"] == "执行"], attributes=trace.attributes))
    replayed = pm4py.conformance_diagnostics_token_based_replay(only, net, start, end)
    seconds = since(began)
    return sum(map(len, events)), seconds, sum(not trace["trace_is_fit"] for trace in replayed)


# Which step is how many, for the window; names as the log has them.
STEPS = """资产核查与交易动议 党组织前置研究 交易意向公开与意见征询 评估询价 拟订交易方案与合同文本 监督与法律审查 会议通知与民主表决
表决结果与方案公示 平台立项申报 街道审核 发布交易公告 报名、资格审查、保证金 组织竞投、确认成交 成交结果公示 签订合同 备案、公开与归档""".split()


def duckdb_query():
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads = {int(more)}")
    names = ", ".join(f"('{name}', {number})" for number, name in enumerate(STEPS, 1))
    db.execute(f"CREATE TABLE steps AS SELECT * FROM (VALUES {names}) AS s(name, number)")
    source = f"read_csv('{log}', header = true, all_varchar = true)"
    if what.endswith("-table"):
        db.execute(f"CREATE TABLE log AS SELECT 项目编号, 环节, 动作 FROM {source}")
        source = "log"
    gaps = f"""
        WITH placed AS (SELECT 项目编号 AS id, number, row_number() OVER () AS place FROM {source} JOIN steps ON 环节 = name WHERE 动作 = '执行'),
             stepped AS (SELECT number, lag(number, 1, 0) OVER (PARTITION BY id ORDER BY place) AS before FROM placed)
        SELECT count(*) FROM stepped WHERE number <> before + 1"""
    count = f"SELECT count(*) FROM (SELECT 环节, count(*) FROM {source} GROUP BY 环节)"
    runs = []
    for _ in range(5 if what.endswith("-table") else 1):
        began = now()
        found = db.execute(gaps if what.startswith("duckdb-gaps") else count).fetchone()[0]
        runs.append(since(began))
    seconds = sorted(runs)[len(runs) // 2]
    kib = peak()
    events = db.execute(f"SELECT count(*) FROM {source}").fetchone()[0]
    return events, seconds, found, kib


if what == "pm4py":
    events, seconds, found = pm4py_replay()
    kib = peak()
else:
    events, seconds, found, kib = duckdb_query()
print(events, f"{seconds[0]:.4f} {seconds[1]:.2f}", kib, found)
