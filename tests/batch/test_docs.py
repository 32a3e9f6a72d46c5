"""What the page on clusters says is so."""

import re
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_manifest_is_one():
    import yaml

    (manifest,) = [text for kind, text in BLOCKS if kind == "yaml"]
    kinds = [(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(manifest)]
    assert kinds == [("Deployment", "grader-scheduler"), ("Service", "grader-scheduler"), ("Deployment", "grader-worker")]


def test_the_job_is_a_script():
    (script,) = [text for _, text in BLOCKS if text.startswith("#!/bin/bash")]
    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=True).stderr == ""


def test_the_numbers_are_the_programs():
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'torch-grader[cluster]'")
    import dask

    from grader.batch.cluster import kernels, scheduled

    assert (scheduled.PATIENCE, kernels.IDLE_SECONDS, scheduled._AHEAD) == (300.0, 300.0, 2)
    assert f"(`distributed.scheduler.allowed-failures`, {dask.config.get('distributed.scheduler.allowed-failures')})" in PAGE
