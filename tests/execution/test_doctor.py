import platform
import subprocess
import sys

from grader.execution.doctor import versions


def test_versions_name_what_a_run_depends_on():
    found = versions()
    assert set(found) == {"grader", "python", "torch", "numpy", "scikit-learn", "platform"}
    assert found["python"] == platform.python_version()
    assert all(found.values())


def test_versions_import_none_of_it():
    code = "import sys; from grader.execution.doctor import versions; versions(); print({'torch', 'sklearn', 'zmq'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
