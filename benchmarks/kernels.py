"""What a forked kernel costs, against a plain one and against the cells alone: `python -m benchmarks.kernels [--quick]`.

Every figure comes from this one run.  Wall times are medians; CPU times are means over all processes that took part: the
kernel and its children, its supervisor, the parent that forked it, and this process.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.execution.confinement.policy import Allowance
from grader.execution.confinement.probing import probe_level
from grader.execution.forked.executor import ForkedExecutor
from grader.execution.forked.messages import Ended
from grader.execution.forked.usage import descendants
from grader.model.exercise import Limits
from grader.model.notebook import Cell, Notebook
from grader.model.run import Job

CELLS = (
    "import numpy as np\nimport torch\nimport matplotlib.pyplot as plt\nfrom sklearn.linear_model import LinearRegression",
    "torch.manual_seed(1)\nX = torch.arange(-3, 3, 0.1).view(-1, 1)\ny = X - 1 + 0.1 * torch.randn(X.shape)",
    "model = torch.nn.Linear(1, 1)\ncriterion = torch.nn.MSELoss()\noptimizer = torch.optim.SGD(model.parameters(), lr=0.05)",
    """LOSS = []
for _ in range(600):
    loss = criterion(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    LOSS.append(loss.item())""",
    "plt.plot(LOSS, label='loss')\nplt.legend()\nplt.show()",
    "plt.figure()\nplt.plot(X.numpy(), y.numpy(), 'r.')\nplt.plot(X.numpy(), model(X).detach().numpy())\nplt.show()",
    "fit = LinearRegression().fit(X.numpy(), y.numpy())\nprint(fit.coef_, fit.intercept_)",
)
"""The benchmark notebook: 600 steps of SGD, two figures, a scikit-learn fit."""

WAITING = "import time\ntime.sleep(1.5)"


def notebook(*sources: str) -> Notebook:
    """A notebook of these code cells."""
    return Notebook(name="benchmark", cells=tuple(Cell(index=i, kind="code", source=s) for i, s in enumerate(sources)))


def milliseconds(seconds: float) -> str:
    """0.0123 -> '12 ms'."""
    return f"{seconds * 1e3:.0f} ms"


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def row(name: str, value: str, goal: str = "") -> None:
    """One line of the table, and how far it is from its goal."""
    say(f"{name:<62} {value:>24}   {goal}")


def own_cpu() -> float:
    """CPU seconds of this process and of the children that it waited for."""
    spent = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(s.ru_utime + s.ru_stime for s in spent)


def parents_cpu(executor: ForkedExecutor) -> float:
    """CPU seconds of the warm parent itself, which forks."""
    return int(Path(f"/proc/{executor.parent.pid}/schedstat").read_text().split()[0]) / 1e9


@contextmanager
def forked(ready: int) -> Iterator[ForkedExecutor]:
    """An executor that is warm."""
    with ForkedExecutor(ready=ready) as executor:
        executor.warm()
        yield executor


def on_demand(executor: ForkedExecutor, runs: int) -> list[float]:
    """Seconds from the request to bound sockets."""
    found = []
    for _ in range(runs):
        began = time.monotonic()
        handle = executor.parent.fork(executor.confinement, Allowance())
        handle.wait_ready()
        found.append(time.monotonic() - began)
        handle.discard()
    return found


def from_pool(executor: ForkedExecutor, runs: int) -> list[float]:
    """Seconds from the request to the answer of a kernel that was waiting: an empty notebook, but for its end."""
    from grader.execution.forked.kernel import ForkedKernel
    from grader.execution.link import Link

    found = []
    for _ in range(runs):
        handle = executor.parent.fork(executor.confinement, Allowance())
        handle.wait_ready()
        time.sleep(0.05)
        began = time.monotonic()
        link = Link(ForkedKernel(handle, "").connection, largest_message=2**20)
        link.request("1", silent=True)
        while not link.wait(5.0).replies:
            pass
        found.append(time.monotonic() - began)
        link.close()
        handle.discard()
    return found


class Measured:
    """Wall and CPU seconds of single runs of the benchmark notebook."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __str__(self) -> str:
        return f"{milliseconds(statistics.median(self.wall))} / {milliseconds(statistics.mean(self.cpu))} CPU"


def through_forks(executor: ForkedExecutor, runs: int) -> Measured:
    """The notebook on forked kernels, each asked for when it is needed."""
    found, job = Measured(), Job(notebook=notebook(*CELLS))
    for _ in range(runs):
        ends: list[Ended] = []
        before, began = time.process_time() + parents_cpu(executor), time.monotonic()
        with executor.watch_end(ends.append):
            outcome = executor.run(job)
        found.wall.append(time.monotonic() - began)
        found.cpu.append(time.process_time() + parents_cpu(executor) - before + sum(e.cpu_seconds + e.own_cpu_seconds for e in ends))
        if outcome.status != "completed" or any(cell.status != "ok" for cell in outcome.evidence.cells):
            raise SystemExit(f"the benchmark notebook failed: {outcome.status} {outcome.evidence.cells}")
    return found


def through_nbclient(runs: int) -> Measured:
    """The notebook through nbclient and an ordinary ipykernel."""
    import nbclient
    import nbformat

    found = Measured()
    for _ in range(runs):
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
        before, began = own_cpu(), time.monotonic()
        # Its warning about TCP would stand between the lines of the table.
        nbclient.NotebookClient(made, kernel_name="python3", timeout=120).execute(stderr=subprocess.DEVNULL)
        found.wall.append(time.monotonic() - began)
        found.cpu.append(own_cpu() - before)
    return found


def cells_alone(runs: int) -> Measured:
    """The cells in a process that has imported everything and has run them before."""
    import matplotlib as mpl

    mpl.use("agg")
    found, programs = Measured(), [compile(source, "<cell>", "exec") for source in CELLS]
    for number in range(runs + 2):
        names: dict[str, object] = {"print": lambda *_: None}
        before, began = time.process_time(), time.monotonic()
        for program in programs:
            exec(program, names)  # noqa: S102 (our own constants)
        if number >= 2:
            found.wall.append(time.monotonic() - began)
            found.cpu.append(time.process_time() - before)
        names["plt"].close("all")  # type: ignore[attr-defined]
    return found


def shares(executor: ForkedExecutor, runs: int) -> str:
    """Where the CPU time of an empty notebook on a kernel of its own goes, in words: what each kernel costs before any work."""
    found = dict.fromkeys(("kernel", "supervisor", "grader", "parent"), 0.0)
    for _ in range(runs):
        ends: list[Ended] = []
        grader, parent = time.process_time(), parents_cpu(executor)
        with executor.watch_end(ends.append):
            executor.run(Job(notebook=notebook("1")))
        found["grader"] += time.process_time() - grader
        found["parent"] += parents_cpu(executor) - parent
        found["kernel"] += sum(end.cpu_seconds for end in ends)
        found["supervisor"] += sum(end.own_cpu_seconds for end in ends)
    return ", ".join(f"{name} {milliseconds(seconds / runs)}" for name, seconds in found.items())


def memory(executor: ForkedExecutor) -> dict[str, float]:
    """MiB of a kernel's processes together, after training: USS and PSS."""
    thread = threading.Thread(target=executor.run, args=(Job(notebook=notebook(*CELLS, WAITING)),))
    thread.start()
    time.sleep(1.2)
    parent = executor.parent.pid
    totals = {"uss": 0.0, "pss": 0.0}
    for pid in descendants(parent) if parent else ():
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        kib = {name: int(rest.split()[0]) for name, rest in fields.items()}
        totals["uss"] += (kib["Private_Clean"] + kib["Private_Dirty"]) / 1024
        totals["pss"] += kib["Pss"] / 1024
    thread.join()
    return totals


def at_once(executor: ForkedExecutor, count: int) -> float:
    """Seconds for so many notebooks started together."""
    job = Job(notebook=notebook(*CELLS), limits=Limits(cell_seconds=120.0))
    threads = [threading.Thread(target=executor.run, args=(job,)) for _ in range(count)]

    def together() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return _took(together)


def in_a_row(executor: ForkedExecutor, count: int) -> float:
    """Seconds for so many notebooks one after the other."""
    job = Job(notebook=notebook(*CELLS))
    return _took(lambda: [executor.run(job) for _ in range(count)])


def _took(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def describe() -> None:
    """The machine, the versions, the level."""
    import torch

    here = probe_level()
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    say(f"{platform.platform()}, {os.cpu_count()} CPUs, {memory_gib:.0f} GiB")
    say(f"Python {platform.python_version()}, torch {torch.__version__}, confinement {here.level}, load {os.getloadavg()[0]:.1f}")
    for reason in here.reasons():
        say(f"  not higher: {reason}")
    say("")


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the runs")
    runs = 4 if parser.parse_args().quick else 20
    describe()
    row("figure", "here", "goal")
    with forked(0) as executor:
        row("warm parent", f"{executor.parent.seconds['start']:.1f} s, once a batch")
        row("a kernel on demand, request to ready, median", milliseconds(statistics.median(on_demand(executor, runs))), "110 ms")
        row("a kernel from the pool, request to first answer, median", milliseconds(statistics.median(from_pool(executor, runs))), "20 ms")
        one = through_forks(executor, runs)
        row("benchmark notebook, forked on demand, wall / CPU", str(one), "250 ms / 200 ms CPU")
        row("an empty notebook, CPU", shares(executor, runs))
        held = memory(executor)
        row("memory of a kernel after training, USS", f"{held['uss']:.0f} MiB (PSS {held['pss']:.0f})", "64 MiB")
    with forked(1) as executor:
        pooled = through_forks(executor, runs)
        row("benchmark notebook, from the pool, wall / CPU", str(pooled))
        row(f"{runs * 5} notebooks in a row", f"{in_a_row(executor, runs * 5):.1f} s")
        row("8 notebooks at once", f"{at_once(executor, 8):.2f} s")
    alone = cells_alone(runs)
    row("the cells alone in a warm process, wall / CPU", str(alone))
    plain = through_nbclient(max(2, runs // 4))
    row("benchmark notebook, plain nbclient kernel, wall / CPU", str(plain))
    row("CPU, plain kernel to forked", f"{statistics.mean(plain.cpu) / statistics.mean(one.cpu):.1f} times", "25 times")
    row("CPU, forked to the cells alone", f"{statistics.mean(one.cpu) / statistics.mean(alone.cpu):.1f} times", "2.5 times")


if __name__ == "__main__":
    main()
