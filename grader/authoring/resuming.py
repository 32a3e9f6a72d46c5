"""A validation in a file, a line for each case as soon as it is tried: whoever begins again with it goes on where it stopped.

A line is taken only where all that its result rests on is as it was; what had a shortfall is always tried again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from grader.authoring.mutants import Mutant
from grader.authoring.trying import Case, Result, handed_in, seed_of
from grader.batch import Trial
from grader.catalog import code_digest, declared, execution_digest, judging_digest
from grader.execution import doctor
from grader.model.errors import GraderError, UsageError
from grader.wire import from_json, to_json

__all__ = ["HEADER", "Journal", "line", "read", "stamps", "taken"]

HEADER = b'{"file": "grader validate --resume", "format": 1}\n'
"""The first line, by which such a file is known."""

ROOMS = ("authoring", "batch", "grading", "execution", "notebooks", "wire", "model")
"""What a result passes through, beside what the two digests of an exercise cover (recorder and judge)."""

Stamp = Mapping[str, str]
"""What a result rests on, by name: `execution`, `judging`, `code`, `tried` (digests in hex), `environment` (versions)."""


def stamps(cases: Sequence[Case]) -> tuple[Stamp, ...]:
    """What the result of each case rests on, now.  Reads the grader's own source."""
    code, environment = code_digest(*ROOMS), ", ".join(f"{name} {version}" for name, version in doctor.versions().items())
    digests: dict[int, tuple[str, str]] = {}  # by exercise as loaded: cases hold them, so that no address comes twice
    made = []
    for case in cases:
        data, name, entry = handed_in(case)
        if id(entry) not in digests:
            digests[id(entry)] = execution_digest(entry), judging_digest(entry)
        execution, judging = digests[id(entry)]
        tried = _tried(case, data, name)
        made.append({"execution": execution, "judging": judging, "code": code, "tried": tried, "environment": environment})
    return tuple(made)


def _tried(case: Case, data: bytes, name: str) -> str:
    """A digest of bytes, name and seed, of what must come of them, and of the reference that a mutant is measured against."""
    wanted: object = None
    beside = b""
    match case.of:
        case Trial(specimen=specimen):
            wanted = specimen
        case Mutant(work=work, site=site):
            wanted, beside = site.must, work.written()
    told = json.dumps([case.kind, name, seed_of(case), declared(wanted)], sort_keys=True).encode()
    made = hashlib.blake2b(digest_size=16)
    for part in (told, data, beside):
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.hexdigest()


def line(result: Result, stamp: Stamp, *, strained: bool) -> bytes:
    """A result as one line of JSON, ASCII alone.  strained: that strains were worked out, as far as there are any."""
    record = {
        "case": result.case.id, "exercise": result.case.exercise, "of": dict(stamp), "strained": strained, "verdict": result.verdict,
        "got": result.got, "wanted": result.wanted, "measured": result.measured, "shortfalls": list(result.shortfalls),
        "strains": {check: one if math.isfinite(one) else str(one) for check, one in result.strains.items()}, "seconds": result.seconds,
        "report": json.loads(to_json(result.report)),
    }  # fmt: skip
    return json.dumps(record, allow_nan=False).encode("ascii") + b"\n"


def read(data: bytes, where: str) -> Mapping[str, Mapping[str, Any]]:
    """The last line of each case, by its id; lines that broke off are passed over.  Raises UsageError where it is another file."""
    if HEADER.startswith(data):  # empty, or broken off at once
        return {}
    if not data.startswith(HEADER):
        raise _another(where)
    found: dict[str, Mapping[str, Any]] = {}
    for text in data[len(HEADER) :].split(b"\n"):
        try:
            record = json.loads(text)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("case"), str):
            found[record["case"]] = record
    return found


def taken(
    found: Mapping[str, Mapping[str, Any]], cases: Sequence[Case], stamped: Sequence[Stamp], *, strained: bool
) -> Mapping[int, Result]:
    """The results that hold still, by the index of their case.  strained: only those with strains."""
    results: dict[int, Result] = {}
    for index, (case, stamp) in enumerate(zip(cases, stamped, strict=True)):
        record = found.get(case.id, {})
        if record.get("of") != stamp or (strained and not record.get("strained")):
            continue
        try:
            result = _result(case, record)
        except (GraderError, ValueError, KeyError, TypeError, AttributeError):
            continue
        # What one machine can't show, this one perhaps can.
        if not result.shortfalls and not (isinstance(case.of, Trial) and result.measured):
            results[index] = result
    return results


def _result(case: Case, record: Mapping[str, Any]) -> Result:
    return Result(
        case=case,
        report=from_json(json.dumps(record["report"])),
        shortfalls=tuple(record["shortfalls"]),
        verdict=record["verdict"],
        got=record["got"],
        wanted=record["wanted"],
        measured=record["measured"],
        strains={check: float(one) for check, one in record["strains"].items()},
        seconds=float(record["seconds"]),
    )


@dataclass(kw_only=True)
class Journal:
    """The file, open for more.  A context manager, which closes it.

    results: what need not be tried again, by the index of its case.
    """

    results: Mapping[int, Result]
    where: str
    _stamps: Sequence[Stamp]
    _strained: bool
    _file: BinaryIO

    @classmethod
    def opened(cls, path: Path, cases: Sequence[Case], *, strained: bool = False) -> Self:
        """Read what is there for these cases, or begin a new file.

        strained: strains are asked for.  Raises UsageError where it is another file (which stays as it is), can't be opened, or is
        in use by another validation.
        """
        if path.exists() and not path.is_file():
            raise _another(str(path))
        try:
            file = path.open("a+b")
        except OSError as error:
            raise _unwritten(str(path), error) from error
        with ExitStack() as unless:
            unless.callback(file.close)
            data, stamped = _locked(file, path), stamps(cases)
            results = taken(read(data, str(path)), cases, stamped, strained=strained)
            made = cls(results=results, where=str(path), _stamps=stamped, _strained=strained, _file=file)
            if data != HEADER and HEADER.startswith(data):  # empty, or broken off at once
                file.truncate(0)
                made._append(HEADER)
            elif not data.endswith(b"\n"):
                made._append(b"\n")  # a line that broke off stays alone
            unless.pop_all()
        return made

    def add(self, index: int, result: Result) -> None:
        """Write down what came of a case, at once.  Raises UsageError where the file can't be written."""
        self._append(line(result, self._stamps[index], strained=self._strained))

    def _append(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise _unwritten(self.where, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):  # what was added is written; what could not be, was told
            self._file.close()


def _locked(file: BinaryIO, path: Path) -> bytes:
    """What the file holds, once it is this process's alone until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.seek(0)
        return file.read()
    except BlockingIOError:
        remedy = "wait for it, end it, or name another file"
        raise UsageError("another grader validate writes to it", where=str(path), remedy=remedy) from None
    except OSError as error:
        raise _unwritten(str(path), error) from error


def _another(where: str) -> UsageError:
    return UsageError("not a file that grader validate --resume goes on with", where=where, remedy="name another file, or a new one")


def _unwritten(where: str, error: OSError) -> UsageError:
    return UsageError(f"can't be read and written: {error.strerror}", where=where, remedy="name a file in a folder that is there")
