"""One notebook through `grader grade`: the report, the judge's second run included."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.compare.process import Verdict, run

__all__ = ["graded"]


def graded(course: Path, slug: str, notebook: Mapping[str, Any], folder: Path, limit: float) -> Verdict:
    """A command of its own for this notebook, with a warm parent of its own."""
    (folder / f"{slug}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "grader.cli", "grade", f"{slug}.ipynb", "--course", str(course), "--exercise", slug]
    ran = run([*command, "--json", "report.json"], cwd=folder, env=os.environ, limit=limit)
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except OSError:
        return Verdict(points=None, of=0.0, told=ran.said.strip().splitlines()[-1] if ran.said else "", seconds=ran.seconds)
    causes = [one for one in report["findings"] if not one.get("remark")]
    told, named = (causes[0]["message"], causes[0]["rule"]) if causes else ("", "")
    return Verdict(points=report["score"], of=report["max_score"], told=told, named=named, seconds=ran.seconds)
