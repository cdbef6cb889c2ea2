"""Measures one of Python's pools: python.py python-pool|python-executor submit|map|latency TASKS"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool
from time import perf_counter

WORKERS = 2
WARM = 1_000


def increment(n):
    return n + 1


def check(results, tasks):
    if results != list(range(1, tasks + 1)):
        raise AssertionError("a wrong result")


def with_pool(measure, tasks):
    with Pool(WORKERS) as pool:
        if measure == "submit":

            def go(tasks):
                pending = [pool.apply_async(increment, (n,)) for n in range(tasks)]
                return [one.get() for one in pending]

            return rate(go, tasks)
        if measure == "map":
            return rate(lambda tasks: pool.map(increment, range(tasks)), tasks)
        return latency(lambda n: pool.apply(increment, (n,)), tasks)


def with_executor(measure, tasks):
    with ProcessPoolExecutor(WORKERS) as executor:
        if measure == "submit":

            def go(tasks):
                pending = [executor.submit(increment, n) for n in range(tasks)]
                return [one.result() for one in pending]

            return rate(go, tasks)
        if measure == "map":
            return rate(lambda tasks: list(executor.map(increment, range(tasks))), tasks)
        return latency(lambda n: executor.submit(increment, n).result(), tasks)


def rate(go, tasks):
    go(WARM)
    started = perf_counter()
    results = go(tasks)
    took = perf_counter() - started
    check(results, tasks)
    return {"rate": tasks / took}


def latency(call, tasks):
    for n in range(WARM):
        call(n)
    took = []
    for n in range(tasks):
        started = perf_counter()
        call(n)
        took.append((perf_counter() - started) * 1e6)
    took.sort()
    return {"p50": took[tasks // 2], "p99": took[tasks * 99 // 100]}


if __name__ == "__main__":
    peer, measure, tasks = sys.argv[1:]
    measured = (with_pool if peer == "python-pool" else with_executor)(measure, int(tasks))
    print(json.dumps(measured))
