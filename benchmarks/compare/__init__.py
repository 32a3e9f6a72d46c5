"""The same notebooks through this grader, nbgrader and otter-grader: `python -m benchmarks.compare [--write]`, or `make compare`.

What for: to see side by side which points a notebook gets, what its student is told, and how long one command takes.

    mistakes.py      the notebooks: right work, and one mistake in each of the others; the cells are the same for all three
    tests.py         what a teacher's test cells would check, at tolerances that right work keeps; the same for both peers
    environment.py   a virtual environment of the peers' own (.compare-venv), made once, pinned by constraints.txt beside it
    process.py       one command with a limit of time, whatever the notebook does to it
    ours.py nbgraded.py ottered.py    one notebook through one grader
    table.py         Markdown, and its place in the README

Imports the package `grader` and benchmarks only; nothing of the peers is imported here: they run in their own processes.
"""
