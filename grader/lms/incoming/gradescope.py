"""Gradescope's export: `submission_metadata.yml` beside `submission_<id>/` folders.

The metadata is composed to YAML nodes, of which a few fields are read: no object is built from it, nothing is merged, and an alias
is a name and not a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Attribution, Belonging, Identity, Tree
from grader.lms.incoming.members import Member, RefusedError
from grader.lms.incoming.times import moment
from grader.model.errors import UsageError

__all__ = ["claims_gradescope", "gradescope", "metadata"]

_METADATA = "submission_metadata.yml"
_DEEPEST = 64
_MOST = 100
_TOLD = (":name", ":sid", ":email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One entry of the metadata: who (as fields by name), and when it was made, as text."""

    submitters: tuple[Mapping[str, str], ...] = ()
    created: str = ""


def claims_gradescope(tree: Tree) -> str:
    """Why this is an export of Gradescope's, '' where it is not."""
    return f"it holds {_METADATA}" if any(member.path == _METADATA for member in tree.members) else ""


def gradescope(tree: Tree) -> Attribution:
    """The files by their submitters; group work belongs to each of them.

    Raises UsageError where the metadata can't be read: without it nobody's work can be told.
    """
    described = next(member for member in tree.members if member.path == _METADATA)
    try:
        entries = metadata(tree.read(described))
    except RefusedError as error:
        remedy = "export the submissions again"
        raise UsageError(f"its {_METADATA} can't be read: {error.detail}", where=tree.name, remedy=remedy) from None
    belongings = []
    nobodys: list[tuple[Member, Reason, str]] = []
    for member in tree.members:
        if member is described:
            continue
        top = member.path.split("/")[0]
        entry = entries.get(top)
        people = list(dict.fromkeys(_identity(fields, top) for fields in entry.submitters if any(fields.values()))) if entry else []
        if entry is None or not people:
            nobodys.append((member, "no-student", f"{_METADATA} does not say whose it is"))
            continue
        when = moment(entry.created)
        order = (int(when.timestamp() * 1000),) if when else ()
        for person in people:
            others = tuple(one for one in people if one != person)
            belongings.append(
                Belonging(identity=person, member=member, file=member.name, handed_in=when, order=order, others=others),
            )  # fmt: skip
    return Attribution(belongings=belongings, nobodys=nobodys)


def _identity(fields: Mapping[str, str], folder: str) -> Identity:
    name, sid, email = (fields.get(key, "").strip() for key in ("name", "sid", "email"))
    return Identity(system="gradescope", id=sid or email or f"{folder}/{name}", name=name or email or sid, email=email, sid=sid)


# ---- the metadata ----------------------------------------------------------------------------------------------------


def metadata(data: bytes) -> Mapping[str, Submitted]:
    """Folder -> what is said of it.  Raises RefusedError for what is no such YAML; UsageError without PyYAML."""
    try:
        import yaml
    except ImportError:
        remedy = "pip install 'torch-grader[instructor]'"
        raise UsageError("PyYAML must be installed to read Gradescope's export", remedy=remedy) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_depth(type(event).__name__ for event in yaml.parse(data, Loader=loader))
        root = yaml.compose(data, Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RefusedError("damaged", f"no YAML: {' '.join(str(error).split())[:120]}") from None
    return {folder: _submitted(entry) for folder, entry in _pairs(root)}


def _refuse_depth(kinds: Iterable[str]) -> None:
    """Raise RefusedError for what is nested so deep that composing it would exhaust the stack."""
    depth = 0
    for kind in kinds:
        depth += kind in {"MappingStartEvent", "SequenceStartEvent"}
        depth -= kind in {"MappingEndEvent", "SequenceEndEvent"}
        if depth > _DEEPEST:
            raise RefusedError("damaged", f"nested more than {_DEEPEST} deep")


def _submitted(entry: Any) -> Submitted:
    fields = dict(_pairs(entry))
    people = getattr(fields.get(":submitters"), "value", ())
    created = getattr(fields.get(":created_at"), "value", "")
    return Submitted(
        submitters=tuple(_fields(person) for person in people[:_MOST]) if isinstance(people, list) else (),
        created=created if isinstance(created, str) else "",
    )


def _fields(person: Any) -> Mapping[str, str]:
    """The texts of a mapping, by their names without the colon of Ruby's symbols; nothing (`~`) is ''."""
    told = {key.lstrip(":"): value.value for key, value in _pairs(person) if key in _TOLD and isinstance(value.value, str)}
    return {key: "" if value in {"~", "null"} else value for key, value in told.items()}


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    """Keys and nodes of a mapping node; nothing of any other.  A node is what the composer made, shared where it was aliased."""
    if getattr(node, "id", "") != "mapping":
        return
    for key, value in node.value:
        if isinstance(key.value, str):
            yield key.value, value
