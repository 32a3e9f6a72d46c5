"""What the kernel's shims and served files do, in a fresh interpreter each time: they change the interpreter they are in."""

import subprocess
import sys

import pytest

from grader.probe.serving import find

RAW = "https://gist.githubusercontent.com/noamross/e5d3/raw/b999/cars.csv"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (RAW, "A"),
        (RAW.replace("https", "http") + "?raw=1#top", "A"),
        (RAW.replace("b999", "c111"), "A"),
        (RAW.replace("gist", "GIST").replace("b999/", ""), "A"),
        (RAW.replace("gist.", "other."), None),
        (RAW.replace("cars", "trucks"), None),
        ("https://x.org/a/t.csv", "B"),
        ("https://x.org/z/t.csv", None),  # two files of that name: neither is guessed
        ("https://x.org", None),
        ("https://x.org/", None),
    ],
)
def test_urls_are_matched_liberally_but_never_by_guess(url, file):
    served = {RAW: "A", "https://x.org/a/t.csv": "B", "http://www.x.org/b/t.csv": "C"}
    assert find(url, served) == file


def run(code, tmp_path):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split()


def test_requests_is_patched_when_it_comes_and_not_before(tmp_path):
    package = tmp_path / "requests"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from . import exceptions, models, sessions\nget = lambda u: sessions.Session().request('GET', u)\n"
    )
    (package / "exceptions.py").write_text("class ConnectionError(OSError): pass\n")
    (package / "models.py").write_text(
        "class Response:\n    def __init__(self): self.headers = {}\n    text = property(lambda s: s.raw.read().decode())\n"
    )
    (package / "sessions.py").write_text("class Session:\n    def request(self, method, url): return 1 / 0\n")
    (tmp_path / "f").write_text("hello")
    code = """
import sys
from grader.probe import serving
serving.install({"https://x.org/f": "f"})
print("requests" in sys.modules)
import requests
response = requests.get("http://x.org/f?a=1")
print(response.text, response.status_code)
try:
    requests.get("http://y.org/f")
except requests.exceptions.ConnectionError as error:
    print(str(error).replace(" ", "-"))
"""
    assert run(code, tmp_path) == ["False", "hello", "200", "no-network-in-the-grader"]


def test_the_last_mapping_holds_and_files_are_still_opened(tmp_path):
    (tmp_path / "f").write_text("hello")
    code = """
import pathlib, urllib.request, urllib.error
from grader.probe import serving
serving.install({})
serving.install({"https://x.org/f": "f"})
print(urllib.request.urlopen(urllib.request.Request("https://x.org/f")).read().decode())
print(urllib.request.build_opener().open("https://x.org/f").headers["Content-Length"])
print(urllib.request.urlopen(pathlib.Path("f").resolve().as_uri()).read().decode())
serving.install({})
try:
    urllib.request.urlopen("https://x.org/f")
except urllib.error.URLError as error:
    print(str(error.reason).replace(" ", "-"))
"""
    assert run(code, tmp_path) == ["hello", "5", "hello", "no-network-in-the-grader"]


def test_a_helper_module_that_is_really_there_wins(tmp_path):
    (tmp_path / "nbdev").mkdir()
    (tmp_path / "nbdev" / "__init__.py").write_text("real = 'real'\n")
    code = """
from grader.probe import shims
shims.install(); shims.install()
import nbdev, copy
from dataidea_science import plots
from dataidea_science.anything.below import name
print(nbdev.real, plots.plot_error_surfaces.__name__, len(list(name)))
copy.deepcopy(plots.get_surface); repr(plots.get_surface)
def f(): return 3
print(name(f)())
try:
    from torch_of_old import x
except ImportError:
    print("missing")
"""
    assert run(code, tmp_path) == ["real", "PlotErrorSurfaces", "0", "3", "missing"]
