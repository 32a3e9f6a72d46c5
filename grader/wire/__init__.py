"""Bytes from a student's kernel, read once and strictly, as evidence.

For: the trust line.  `decode` takes whatever a kernel wrote and returns plain records within caps on size, count and
depth; it never raises for what is in the bytes, never unpickles, and says in `Evidence.dropped` what it would not read.
May import: the standard library, numpy, `grader.model`.
Side of the trust line: this room is the line.  What it returns is well-formed and still only a claim.
"""

from grader.wire.decoding import decode

__all__ = ["decode"]
