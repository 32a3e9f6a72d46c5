"""What judging costs beyond a submission's runs: `python -m benchmarks.judging [SLUG ...]`.

Every reference, stub and specimen of the course, and every reference with LONGER times its epochs, is run once and then judged three
times from its runs, the judge's own among them; what counts is the quickest, in processor time: reading the notebook, aligning it,
both runs' evidence, the report.  The goal is at most 100 ms.  Leaves with 1 where it is missed.
"""

from __future__ import annotations

import argparse
import re
import secrets
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from grader.batch import Trial, trials_of
from grader.catalog import Entry, find_course
from grader.cli import running
from grader.cli.progress import Progress
from grader.grading import Edition, Grader, judge_again

GOAL = 0.1
TIMES = 3
LONGER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of processor time of one judging; the steps of training in all the submission's runs."""

    exercise: str
    name: str
    seconds: float
    steps: int


def cost(grader: Grader, trial: Trial) -> Cost:
    """What judging costs once the submission has been run."""
    edition = Edition.of(trial.entry)
    runs = grader.examine(trial.data, trial.name, edition).runs
    taken = []
    for _ in range(TIMES if runs else 0):
        begun = time.process_time()
        judge_again(trial.data, trial.name, edition, runs)
        taken.append(time.process_time() - begun)
    steps = sum(len(steps) for ran in runs for steps in ran.outcome.evidence.steps)
    return Cost(exercise=trial.entry.slug, name=trial.name, seconds=min(taken, default=0.0), steps=steps)


def longer(entry: Entry) -> tuple[Trial, ...]:
    """The reference with LONGER times as many epochs wherever its trainings have them; none where it trains nothing."""
    trainings = [task.training for task in entry.exercise.tasks if task.training is not None]
    if all(training.epochs is None for training in trainings):
        return ()
    reference, *_ = trials_of(entry)
    notebook = nbformat.reads(reference.data.decode("utf-8"), 4)
    epochs = "|".join(str(training.epochs) for training in trainings if training.epochs is not None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(rf"(range\(|EPOCHS = )({epochs})\b", lambda at: f"{at[1]}{LONGER * int(at[2])}", cell.source)
    data = nbformat.writes(notebook).encode("utf-8")
    assert data != reference.data, entry.slug
    return (replace(reference, name=f"{LONGER} times the epochs", data=data),)


def main() -> int:
    """Print a line for each exercise, and each submission above the goal."""
    parser = argparse.ArgumentParser(description="What judging costs beyond a submission's runs.")
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="exercises (all where none is named)")
    course = find_course(Path.cwd())
    slugs = parser.parse_args().slugs or course.exercises()
    entries = [course.load(slug) for slug in slugs]
    trials = [trial for entry in entries for trial in (*trials_of(entry), *longer(entry))]
    executor = running.executor(trusted=True, ready=1)  # the course's own work
    found: list[Cost] = []
    try:
        grader = Grader(executor, secret=secrets.token_bytes(32))
        with Progress(f"Judging {len(trials)} notebooks") as progress:
            for number, trial in enumerate(trials, 1):
                found.append(cost(grader, trial))
                progress.moved(number, len(trials))
    finally:
        executor.close()
    for slug in slugs:
        own = [one for one in found if one.exercise == slug]
        longest = max(own, key=lambda one: one.seconds)
        middle = statistics.median(one.seconds for one in own)
        print(f"{slug:26} median {middle * 1e3:5.1f} ms, longest {longest.seconds * 1e3:5.1f} ms ({longest.name})")  # noqa: T201
    over = [one for one in found if one.seconds > GOAL]
    print(f"{len(found) - len(over)} of {len(found)} within {GOAL * 1e3:.0f} ms of processor time")  # noqa: T201
    for one in sorted(over, key=lambda one: -one.seconds):
        print(f"  {one.exercise}/{one.name}: {one.seconds * 1e3:.0f} ms for {one.steps} steps")  # noqa: T201
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
