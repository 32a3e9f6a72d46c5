"""A fresh, confined kernel in a tenth of a second: forked from one warm parent that has torch imported.

                   control socket                fork                 fork, new namespaces      fork
    the grader  ------------------>  parent  ------------>  supervisor  ------------>  reaper  ------>  kernel
         ^                                                      |  status socket          process 1      ipykernel
         +------------------------------------------------------+
         +-- evidence pipe -------------------------------------------------------------------------------+

For: `executor` (the port `model.run.Executor`, with a small pool of ready kernels) and `provisioner` (the same kernels for
nbclient, papermill and nbconvert by name).  On the grader's side: `warm` (start and restart the parent), `handle` (one
kernel), `drain` (its evidence), `kernel`, `verdict`.  Behind the fork: `parent`, `warming`, `imports`, `supervisor`, `usage`,
`sweep`, `reaper`, `child`, `shell`.  Between them: `messages`.

    parent      a fresh interpreter with a clean environment; imports what exercises use, trains a step, keeps one thread
    supervisor  outside the kernel's process namespace: clock, memory watch, kill switch, the report of the end
    reaper      process 1 inside: reaps orphans, passes the interrupt on; its end is the end of everything inside
    kernel      own user, own tree, Landlock, seccomp, rlimits; then ipykernel

Whoever dies: the parent ends when the grader's end of the control socket closes, a supervisor when its status socket closes or
the parent dies, the reaper with its supervisor, and with it its process namespace.

May import: the standard library, `grader.execution.confinement`, `grader.probe` (in the parent alone); on the grader's side
also the rest of `grader.execution` and `grader.model`.  The modules behind the fork import nothing else of grader, because
every student can read what the parent holds in memory.
Side of the trust line: all of it is trusted until a student's first cell; from then on the kernel alone is not, and nothing
that it sends decides anything.
"""
