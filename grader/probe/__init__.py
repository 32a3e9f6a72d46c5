"""The recorder: what a student's kernel leaves behind about how it trained.

For: running inside the kernel that executes a submission and writing evidence, one JSON record a line, to a file or pipe.
It sees every backward call (loss, leaves, gradients, what the graph saved), optimizer steps, zero_grad, loss functions,
seeds, loaders, train/eval mode, warnings, named values and figures.  It judges nothing and knows no exercise.
May import: the standard library, torch and numpy (IPython and matplotlib only if the kernel has loaded them).  It is an
island: it imports no other room, and only `execution` and `student` load it.
Side of the trust line: untrusted.  It shares a process with the student's code, which can silence or forge it; so its
records are evidence, never grades, and whatever it fails at must leave the student's code undisturbed.
"""
