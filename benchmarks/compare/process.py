"""One command with a limit of time, whatever the notebook in it does: loop, die, or leave children behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.execution.forked.usage import descendants

__all__ = ["Ran", "Verdict", "last_error", "run", "say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one grader made of one notebook.

    points: None where it gave no result.  told: what its student reads first.  named: the id of a cause, where the grader has such.
    seconds: wall time of the command, from its start to its end.
    """

    points: float | None
    of: float
    told: str
    named: str = ""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended.  code: None where it was stopped at its limit.  said: the end of its output."""

    code: int | None
    seconds: float
    said: str


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], limit: float) -> Ran:
    """Run it, its output going to `<cwd>/said`; at the limit it and all that it started are killed."""
    began = time.monotonic()
    with (cwd / "said").open("w+b") as said:
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            code: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
            for pid in (*descendants(process.pid), process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        seconds = time.monotonic() - began
        said.seek(0)
        return Ran(code=code, seconds=seconds, said=said.read().decode(errors="replace")[-4000:])


def last_error(said: str) -> str:
    """The last line that names an exception, as a traceback ends with it, without its module; else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    found = next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception): ", line)), lines[-1] if lines else "")
    return re.sub(r"^(?:\w+\.)+(?=\w+: )", "", found)


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
