# Put links and fifos where a grader may look for results.
# %% before
import os
for name in ('out.npz', 'evidence', 'results.json', 'report.json', '/tmp/evidence'):
    for make in (lambda n: os.symlink('/etc/hostname', n), os.mkfifo):
        try:
            make(name)
        except OSError:
            pass
