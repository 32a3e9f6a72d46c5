"""The one place that chooses how notebooks are run here: forked and confined where that can be had, else in plain kernels."""

from __future__ import annotations

from grader.execution.confinement.level import Confinement
from grader.execution.confinement.probing import probe_level
from grader.model.errors import UsageError
from grader.model.run import Executor

__all__ = ["choose", "confined", "refusal"]


def confined(here: Confinement) -> bool:
    """Whether kernels can be forked and confined (L1 or more); else they are plain ones, whatever is said of trust.

    >>> confined(Confinement(seccomp=True, landlock=7)), confined(Confinement(forked=False))
    (True, False)
    """
    return here.forked and here.level != "L0"


def refusal(here: Confinement) -> UsageError:
    """Why notebooks that nobody vouches for are not run on this machine, as one line."""
    why = "; ".join(here.reasons()) or "nothing to confine it with was found"
    remedy = "see `grader doctor`; --allow-unconfined runs it all the same, with every right of this user"
    return UsageError(f"no confined kernel can be had here, and this notebook is not known to be harmless ({why})", remedy=remedy)


def choose(*, trusted: bool, ready: int = 1, confinement: Confinement | None = None) -> Executor:
    """An executor for this machine, which may be used from several threads.

    trusted: the work is the course's or the user's own, or the user said that it may run unconfined.  ready: kernels that wait
    for a job.  confinement: what can be had here; found by trying where it is left out.
    Raises UsageError for work that is not trusted where no kernel can be confined.
    """
    here = probe_level() if confinement is None else confinement
    if confined(here):
        from grader.execution.forked.executor import ForkedExecutor

        return ForkedExecutor(confinement=here, ready=ready)
    if not trusted:
        raise refusal(here)
    from grader.execution.plain import PlainExecutor

    return PlainExecutor(spares=ready)
