"""The ladder of confinement: what a machine can do, and which level that makes.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.execution.confinement.landlock import SIGNAL_ABI

__all__ = ["LEVELS", "Confinement", "at_most"]

LEVELS = ("L0", "L1", "L2", "L3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a kernel is confined by.

    own_uid: a user id of its own.  namespaces: files, processes, network of its own; user_namespace: within a user namespace.
    reachable: other users may enter the folders of Python (a private tree shows them in any case).
    landlock: its version, 0 for none.  cgroup: of memory and processes.  forked: forking a warm parent is safe here.
    missing: primitive -> why it is not there.
    """

    own_uid: bool = False
    reachable: bool = True
    namespaces: bool = False
    user_namespace: bool = False
    landlock: int = 0
    seccomp: bool = False
    cgroup: bool = False
    forked: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """`L3`, `L2`, `L1` or `L0`.

        >>> Confinement(seccomp=True, landlock=7).level
        'L1'
        """
        if not (self.forked and self.seccomp and (self.landlock or self.namespaces)):
            return "L0"
        if not self.namespaces and self.own_uid and not self.reachable:
            return "L0"
        if not (self.namespaces and self.landlock):
            return "L1"
        return "L3" if self.own_uid and self.cgroup else "L2"

    @property
    def signals_scoped(self) -> bool:
        """Signals can't leave the kernel: its own process namespace, or Landlock's scope."""
        return self.namespaces or self.landlock >= SIGNAL_ABI

    def reasons(self) -> tuple[str, ...]:
        """Why the level is not a higher one, one sentence each; empty at L3."""
        return tuple(f"{name}: {why}" for name, why in self.missing.items()) if self.level != "L3" else ()


def at_most(confinement: Confinement, level: str) -> Confinement:
    """The same machine with nothing used beyond a level.

    >>> at_most(Confinement(own_uid=True, namespaces=True, landlock=7, seccomp=True, cgroup=True), "L1").level
    'L1'
    """
    if LEVELS.index(confinement.level) <= LEVELS.index(level):
        return confinement
    why = {**confinement.missing, "asked": f"no more than {level} was asked for"}
    lower = replace(confinement, cgroup=False, missing=why)
    if level == "L2":
        return lower
    lower = replace(lower, namespaces=False, user_namespace=False)
    return lower if level == "L1" else replace(lower, landlock=0, seccomp=False)
