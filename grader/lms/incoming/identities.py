"""Identities of platforms and folders to keys of the course: by the roster where there is one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Identity
from grader.model.grade import Student
from grader.model.harmless import plain

__all__ = ["Stranger", "folded", "keyed", "on_roster"]

_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Why an identity is nobody of the roster."""

    reason: Reason
    detail: str


# ---- without a roster ------------------------------------------------------------------------------------------------


def keyed(identities: Iterable[Identity], keys: Iterable[str] = ()) -> Mapping[Identity, Student]:
    """A student for each identity; different identities never share a key, nor one of `keys`, whatever they are called.

    A platform's number is a key only with the platform's name before it.  Where two would share one all the same (what makes
    them differ can't be shown), the later carries a digest.
    """
    found: dict[Identity, Student] = {}
    by_person: dict[tuple[str, str], str] = {}
    taken = {key.casefold() for key in keys}
    for one in identities:
        person = (one.system, one.id)
        key = by_person.get(person)
        if key is None:
            key = _key(one)
            if key.casefold() in taken:
                key = f"{key[: _LONGEST - 11]}-{hashlib.sha256('/'.join(person).encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
            by_person[person] = key
            taken.add(key.casefold())
        found[one] = Student(id=key, name=_shown(one.name) or key, email=_shown(one.email), ids=_ids(one))
    return found


def _key(one: Identity) -> str:
    told = one.sid or (one.id if one.system in {"", "github", "gradescope"} else f"{one.system}-{one.id}")
    return _shown(told).lstrip("-=+@").strip() or "unnamed"


def _shown(text: str) -> str:
    """One line of text in composed characters, so that a name from a Mac's disk is the same name."""
    return " ".join(plain(unicodedata.normalize("NFC", text), limit=_LONGEST).split())


def _ids(one: Identity) -> Mapping[str, str]:
    told = {one.system: one.id, "login": one.login, "sis": one.sid}
    return {system: _shown(value) for system, value in told.items() if system and value}


# ---- with a roster ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Index:
    """The roster, by what may name a student."""

    ids: dict[tuple[str, str], Student] = field(default_factory=dict)
    emails: dict[str, Student] = field(default_factory=dict)
    keys: dict[str, Student] = field(default_factory=dict)
    logins: dict[str, Student] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    students: dict[str, Student] = field(default_factory=dict)


def on_roster(identities: Iterable[Identity], roster: Sequence[Student]) -> Mapping[Identity, Student | Stranger]:
    """The student of the roster that each identity is.

    By the platform's own number, the course's key, the e-mail address, the login; else by name, where only one student of the
    roster has it and only one identity came with it.
    """
    index = _index(roster)
    found: dict[Identity, Student | Stranger] = {}
    by_name: dict[str, list[Identity]] = defaultdict(list)
    for one in dict.fromkeys(identities):
        student = _known(one, index)
        if student is not None:
            found[one] = student
            continue
        fitting = set().union(*(index.names.get(name, set()) for name in _names_of(one)))
        if len(fitting) == 1:
            by_name[fitting.pop()].append(one)
        elif fitting:
            found[one] = Stranger(reason="same-name", detail=f"{len(fitting)} students on the roster are called {_shown(one.name)}")
        else:
            found[one] = Stranger(reason="not-on-roster", detail="nobody on the roster has this number, address or name")
    for key, ones in by_name.items():
        for one in ones:
            alone = len({(other.system, other.id) for other in ones}) == 1
            detail = f"{len(ones)} who handed in are called {_shown(one.name)}, and one on the roster"
            found[one] = index.students[key] if alone else Stranger(reason="same-name", detail=detail)
    return found


def _index(roster: Sequence[Student]) -> _Index:
    index = _Index()
    for student in roster:
        index.students[student.id] = student
        index.keys[_same(student.id)] = student
        for system, value in student.ids.items():
            index.ids[system, _same(value)] = student
        if student.email:
            index.emails[_same(student.email)] = student
        for login in (student.ids.get("login", ""), student.ids.get("github", "")):
            if login:
                index.logins[_same(login)] = student
        for name in (student.name, student.sortable, _turned(student.sortable), _turned(student.name)):
            if folded(name):
                index.names[folded(name)].add(student.id)
    return index


def _known(one: Identity, index: _Index) -> Student | None:
    """Whose number, key, address or login it is."""
    if (one.system, _same(one.id)) in index.ids:
        return index.ids[one.system, _same(one.id)]
    for told, of in ((one.sid, index.keys), (one.email, index.emails), (one.login, index.logins)):
        if told and _same(told) in of:
            return of[_same(told)]
    if one.sid and ("sis", _same(one.sid)) in index.ids:
        return index.ids["sis", _same(one.sid)]
    if one.system == "":
        for of in (index.keys, index.logins, index.emails):
            if _same(one.id) in of:
                return of[_same(one.id)]
        return None
    # A platform's number in the roster's own column of keys is believed only together with the name: numbers are small.
    student = index.keys.get(_same(one.id))
    agree = student is not None and set(_names_of(one)) & {folded(student.name), folded(student.sortable), folded(_turned(student.name))}
    return student if agree else None


def _names_of(one: Identity) -> Sequence[str]:
    """What the identity's name may be on the roster: Moodle may write the login before it."""
    names = [folded(one.name)]
    if one.system == "moodle" and " " in one.name:
        names.append(folded(one.name.partition(" ")[2]))
    return [name for name in names if name]


def _turned(name: str) -> str:
    """'Lee, Anna' as 'Anna Lee', and 'Anna Lee' as 'Lee Anna'."""
    family, comma, given = name.partition(",")
    if comma:
        return f"{given} {family}"
    given, _, family = name.rpartition(" ")
    return f"{family} {given}"


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def folded(name: str) -> str:
    """A name without accents, case, spaces and signs, as platforms write it into file names.

    >>> folded("Müller, Hans-Peter"), folded("müllerhanspeter")
    ('mullerhanspeter', 'mullerhanspeter')
    """
    bare = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return re.sub(r"[\W_]+", "", bare)
