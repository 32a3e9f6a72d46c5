"""Progress bars without a bar: they go through what they are given and take every call."""

import subprocess
import sys

CODE = """
from grader.probe import standins
standins.install()
from tqdm.auto import tqdm, trange
from tqdm.notebook import tqdm as other
import tqdm as package
seen = []
with tqdm(range(4), desc="epochs", leave=False) as bar:
    for k in bar:
        bar.set_postfix(loss=1.0); bar.set_description(f"{k}"); seen.append(k)
seen += list(trange(2, 4)) + list(other([7])) + [len(package.tqdm([1, 2, 3]))]
bar = tqdm(total=10)
bar.update(3); bar.close(); tqdm.write("said")
for i, (a, b) in enumerate(tqdm(zip("ab", "cd"), total=2)):
    seen.append(a + b)
print(seen)
"""


def test_every_way_to_draw_a_bar_only_loops():
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["said", "[0, 1, 2, 3, 2, 3, 7, 3, 'ac', 'bd']"]
