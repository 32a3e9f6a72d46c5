"""What the recorder costs a student's loop: `python -m benchmarks.recorder [--rounds N]`.

An SGD loop over nn.Linear(1, 1) runs bare and recorded by turns in one process, so that a slow minute of the machine meets both.
Each figure is the median over the rounds, of processor time; the ratio is that of the rounds' own ratios.  The goal is at most 1.5.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import torch

from grader.probe.channel import Channel
from grader.probe.hooks import install
from grader.probe.recorder import Recorder

STEPS = 6000
GOAL = 1.5

Batches = list[tuple[torch.Tensor, torch.Tensor]]


def trained(batches: Batches) -> float:
    """Microseconds of processor time a step, of about STEPS steps of SGD over these batches, again and again."""
    torch.manual_seed(0)
    model, criterion = torch.nn.Linear(1, 1), torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    epochs = max(1, STEPS // len(batches))
    begun = time.process_time()
    for _ in range(epochs):
        for x, y in batches:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return (time.process_time() - begun) / (epochs * len(batches)) * 1e6


def recorded(run: Callable[[], float]) -> float:
    """What `run` returns, with a recorder writing to a temporary file."""
    descriptor, path = tempfile.mkstemp()
    try:
        recorder = Recorder(Channel(descriptor))
        recorder.begin_cell(0)
        stop = install(recorder)
        try:
            result = run()
        finally:
            stop()
        recorder.end_cell()
        recorder.close()
    finally:
        os.unlink(path)  # noqa: PTH108 - mkstemp's own kind of path
    return result


def measured(batches: Batches, rounds: int) -> tuple[float, float, float]:
    """Microseconds a step bare and recorded, and their ratio: medians over the rounds."""
    bare, heard = [], []
    trained(batches[:1])
    for _ in range(rounds):
        bare.append(trained(batches))
        heard.append(recorded(lambda: trained(batches)))
    ratio = statistics.median(b / a for a, b in zip(bare, heard, strict=True))
    return statistics.median(bare), statistics.median(heard), ratio


def main() -> int:
    """Print a line for each size of batch; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description="What the recorder costs a student's loop.")
    parser.add_argument("--rounds", type=int, default=9, help="how often each loop runs, bare and recorded")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    x = torch.arange(-3, 3, 0.1).view(-1, 1)
    y = x - 1 + 0.1 * torch.randn(x.shape)
    missed = False
    for name, batches in (("full batch of 60", [(x, y)]), ("batches of 1", list(zip(x.split(1), y.split(1), strict=True)))):
        bare, heard, ratio = measured(batches, rounds)
        missed |= ratio > GOAL
        print(f"{name:17} {bare:6.1f} us a step bare, {heard:6.1f} recorded, ratio {ratio:.2f} (goal at most {GOAL})")  # noqa: T201
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
