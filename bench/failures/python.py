"""Asks one of Python's pools for one case: python.py python-pool|python-executor CASE [--program]

It prints the same line of JSON as one.ts.
"""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as LateFuture
from multiprocessing import Pool, TimeoutError as LateResult

PATIENCE = 5


def increment(n):
    return n + 1


def pid(_):
    return os.getpid()


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def die(_):
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)


def unpicklable(_):
    return lambda: None


def spin(_):
    while True:
        pass


class PoolPeer:
    def __init__(self, workers):
        self.pool = Pool(workers)

    def start(self, task, value):
        return self.pool.apply_async(task, (value,))

    def close(self):
        self.pool.close()
        self.pool.join()


class ExecutorPeer:
    def __init__(self, workers):
        self.pool = ProcessPoolExecutor(workers)

    def start(self, task, value):
        try:
            return self.pool.submit(task, value)
        except Exception as error:  # A broken pool says so at once.
            return error

    def close(self):
        self.pool.shutdown(wait=True)


broken = []
notes = []


def expect(is_so, otherwise):
    if not is_so:
        broken.append(otherwise)


def end_of(pending):
    """("fulfilled", value), ("rejected", error) or ("pending", None)."""
    if isinstance(pending, Exception):
        return "rejected", pending
    try:
        wait = pending.result if hasattr(pending, "result") else pending.get
        return "fulfilled", wait(timeout=PATIENCE)
    except (LateFuture, LateResult):
        return "pending", None
    except Exception as error:
        return "rejected", error


def told(end):
    if end[0] == "pending":
        return f"still pending after {PATIENCE} s"
    return f"{end[0]} with “{str(end[1]).splitlines()[0]}”"


def tell_lost(ends, values, which):
    lost = [end for end, value in zip(ends, values) if end != ("fulfilled", value)]
    if lost:
        broken.append(f"{len(lost)} of {len(ends)} {which} tasks lost: {told(lost[0])}")


def killed(peer):
    end = end_of(peer.start(die, None))
    expect(end[0] == "rejected", f"task {told(end)}")
    if end[0] == "rejected":
        says = "SIGKILL" in str(end[1]) or "signal 9" in str(end[1])
        expect(says, f"how it died is not said: {told(end)}")
    following = end_of(peer.start(increment, 1))
    expect(following == ("fulfilled", 2), f"pool does not go on: next task {told(following)}")


def killed_queue(peer):
    killing = peer.start(die, None)
    queued = [peer.start(increment, n) for n in range(5)]
    ends = [end_of(one) for one in queued]
    end = end_of(killing)
    expect(end[0] != "pending", f"killing task {told(end)}")
    tell_lost(ends, range(1, 6), "queued")


def killed_company(peer):
    killing = peer.start(die, None)
    held = [peer.start(sleep, 1) for _ in range(7)]
    end = end_of(killing)
    tell_lost([end_of(one) for one in held], [1] * 7, "innocent")
    expect(end[0] == "rejected", f"killing task {told(end)}")
    notes.append("two workers, a task each")


def result(peer):
    end = end_of(peer.start(unpicklable, None))
    expect(end[0] == "rejected", f"its task {told(end)}")
    following = end_of(peer.start(increment, 1))
    expect(following == ("fulfilled", 2), f"slot lost: next task {told(following)}")


def close(peer):
    tasks = [peer.start(sleep, 0.1) for _ in range(5)]
    time.sleep(0.05)
    peer.close()
    tell_lost([end_of(task) for task in tasks], [0.1] * 5, "accepted")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False


def parent_killed(_peer):
    program = subprocess.Popen([sys.executable, *sys.argv, "--program"], stdout=subprocess.PIPE, text=True)
    worker = int(program.stdout.readline())
    expect(is_running(worker), "not what was meant: the worker is gone before its parent")
    program.kill()
    time.sleep(1)
    expect(not is_running(worker), "child process left behind")


def parent_killed_program(peer):
    worker = end_of(peer.start(pid, None))[1]
    peer.start(spin, None)
    time.sleep(0.3)
    print(worker, flush=True)
    time.sleep(60)


cases = {
    "killed": killed,
    "killed-queue": killed_queue,
    "killed-company": killed_company,
    "result": result,
    "close": close,
    "parent-killed": parent_killed,
}

if __name__ == "__main__":
    kind = {"python-pool": PoolPeer, "python-executor": ExecutorPeer}[sys.argv[1]]
    name = sys.argv[2]
    peer = kind(2 if name == "killed-company" else 1)
    # Up before the case begins.
    end_of(peer.start(increment, 1))
    if "--program" in sys.argv:
        parent_killed_program(peer)
    else:
        cases[name](peer)
        print(json.dumps({"is": "asked", "broken": broken, "notes": notes}), flush=True)
    # What hangs must not be waited for.
    os._exit(0)
