"""What a student's kernel may touch, and how the operating system is made to keep it so.

For: policy as data (`policy`, `syscalls`, `level`), the machine's facts (`host`), and one small module of enforcement for
each primitive: `namespaces`, `mounts`, `landlock`, `filter` and `seccomp`, `capabilities`, `ceilings` (rlimits), `cgroup`,
`reading` (files a student left behind).  `probing` tries each primitive in a child and says which level of the ladder this
machine offers, and why not a higher one.

    L3  own uid, namespaces, Landlock, seccomp, memory and process cgroups (root)
    L2  namespaces, Landlock, seccomp, the supervisor's memory watch (an ordinary user, in a user namespace)
    L1  seccomp and Landlock (or namespaces alone), rlimits, a sweep of what is left over
    L0  a plain kernel

May import: the standard library.  Nothing here imports torch, and every module can be imported on any system: what the
system lacks is found when it is asked for, and told as a reason.
Side of the trust line: trusted, but part of it runs in the process that becomes the student's kernel, before any byte of
the student's was seen; it therefore holds no secret.
"""
