"""Notebook -> evidence: kernels, the working folders they run in, and the limits they run under.

For: carrying a `Job` out and bringing back an `Outcome`.
    choosing.py  `choose`: which of the two executors below serves here, and who is refused
    forked/      `ForkedExecutor`: a kernel forked from one warm parent for every run, confined by confinement/
    plain.py     `PlainExecutor`: an ordinary kernel for every run, where nothing better can be had or work is trusted
    kernel.py    what a kernel must offer here, so that a forked and confined one can take the plain one's place
    run.py       start the recorder, execute the cells in order, finish; the limits are kept by watch.py
    link.py      the wire to a kernel (ZeroMQ, Jupyter's message protocol)
    folder.py    the private folder of one kernel, and its environment        family.py  the processes of one kernel
    replies.py   a kernel's reply as a `CellOutcome`                          stream.py  the recorder's file, read once
    doctor.py    versions of what a run depends on
May import: the standard library, pyzmq, jupyter_client, psutil (where there is no /proc), `grader.model`, `grader.wire`,
and the names of files of `grader.probe`.  Never `grader.judging`, nor anything above.
Side of the trust line: trusted, holding an adversary at arm's length.  Nothing that a kernel says decides anything here except
how its cells ended; its evidence is bytes until `grader.wire` has decoded it.
"""
