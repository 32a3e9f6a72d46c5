"""Notebooks as bytes: reading them, aligning them with an exercise, rewriting cells, writing stubs.

For: `read` (bytes of a submission -> `Notebook`), `scaffold` (bytes of a reference -> the cells that an exercise gives or
asks for), `align` (which cell of a submission is which), `replace_source` (a variant's data cell), `stub_source` (the text
of a reference's cell as students receive it), `to_ipynb` (cells -> bytes, the same bytes each time), and `LOAD`, `CHECK` and
`is_check` (the cells of the student's own check, which are nobody's work).
May import: `model` and the standard library; jupytext and PyYAML inside the functions that read percent scripts.
Side of the trust line: trusted, over untrusted bytes.  A submission's bytes are capped, parsed as data and never
executed; whatever is wrong with them is one `NotebookError`.  Stored outputs are dropped while parsing, and believed never.
"""

from grader.notebooks.aligning import align
from grader.notebooks.checking import CHECK, LOAD, is_check
from grader.notebooks.document import Document, RawCell, parse
from grader.notebooks.reading import read
from grader.notebooks.rewriting import replace_source
from grader.notebooks.scaffolds import Scaffold, ScaffoldCell, scaffold
from grader.notebooks.stubs import solution_lines, stub_source
from grader.notebooks.writing import WrittenCell, checksum, to_ipynb

__all__ = [
    "CHECK", "Document", "LOAD", "RawCell", "Scaffold", "ScaffoldCell", "WrittenCell", "align", "checksum", "is_check", "parse", "read",
    "replace_source", "scaffold", "solution_lines", "stub_source", "to_ipynb",
]
