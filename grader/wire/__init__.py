"""Bytes from a student's kernel, read once and strictly, as evidence; and what is stored or sent of runs and reports, as bytes.

For: the trust line.  `decode` takes whatever a kernel wrote and returns plain records within caps on size, count and
depth; it never raises for what is in the bytes, never unpickles, and says in `Evidence.dropped` what it would not read.
`pack` and `unpack` keep a run so that it can be judged again; `to_json` and `from_json` are a report's documented record.
May import: the standard library, numpy, `grader.model`.
Side of the trust line: this room is the line.  What it returns is well-formed and still only a claim.
"""

from grader.wire.archive import pack, unpack
from grader.wire.decoding import decode
from grader.wire.record import from_json, to_json

__all__ = ["decode", "from_json", "pack", "to_json", "unpack"]
