"""Exercise and evidence in, report out.

For: everything that decides.  Training obeys laws, and a broken law names the bug: `runs` finds the training runs in the
trace, `reading` recovers data and parameters' roles from the autograd graph, `laws` and `moves` hold each step against the loss,
gradient and update asked for (of some long runs the first steps: `looked_at`), `view` says which run answers
which task, `training` and `handed_in` state outcomes, `diagnosis` names causes.
A check or a finding of its own is a module in `added/`.
May import: the standard library, numpy, `grader.model`.  Pure: no clock, disk, randomness or logging; no
notebook is executed and no source is run here (sources are parsed as text, to tell apart what numbers can't).
Side of the trust line: trusted code over untrusted evidence.  No evidence is never a pass.
"""

from grader.judging.verdict import Case, further_runs, judge, stumbled

__all__ = ["Case", "further_runs", "judge", "stumbled"]
