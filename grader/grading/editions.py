"""An exercise as it is now, with the digests that say so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from grader.catalog import Entry, execution_digest, judging_digest

__all__ = ["Edition", "data_files", "digests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An exercise and its two digests, worked out once for a class.

    execution: what evidence depends on; judging: what a judgement of it depends on (blake2b, hex).
    """

    entry: Entry
    execution: str
    judging: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The exercise as it was loaded, under the code of this moment."""
        return cls(entry=entry, execution=execution_digest(entry), judging=judging_digest(entry))

    def digests(self, data: bytes) -> Mapping[str, str]:
        """What a report on these bytes depends on: equal digests, equal report.  That of the submission is a SHA-256 in hex."""
        return {"execution": self.execution, "judging": self.judging, "submission": hashlib.sha256(data).hexdigest()}


def digests(data: bytes, entry: Entry) -> Mapping[str, str]:
    """See Edition.digests, for one submission alone."""
    return Edition.of(entry).digests(data)


def data_files(entry: Entry) -> Mapping[str, bytes]:
    """Every data file by name, whether it is laid into the folder or served at an address."""
    served = {name: entry.served[url] for url, name in entry.exercise.served.items() if url in entry.served}
    return {**served, **entry.files}
