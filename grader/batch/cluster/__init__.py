"""A class graded by other machines: a Dask cluster whose workers each keep one warm parent.

    parcels.py   what travels, as bytes of our own: a work there, what came of it back
    terms.py     what client and worker must agree on before anything is graded: versions, digests, confinement
    worker.py    on a worker: the plugin that holds course, secret and kernels, and the task that grades one parcel
    kernels.py   on a worker: the kernels, started by the first work and ended when nobody needs them
    scheduled.py Cluster: the place (`grader.batch.place.Place`) that sends works to such workers and takes back what came of them

For: `grader batch --scheduler`.  A worker reads the course from a folder of its own, which must have the client's digests.  The
class's secret goes to the plugin alone.  A worker that dies costs nothing: its works are graded elsewhere.
May import: what `grader.batch` may, and `dask` and `distributed` (the extra `cluster`), which nothing else imports.
Side of the trust line: trusted.  Whoever may speak to the scheduler may run code on its workers, so client, scheduler and workers
trust one another; what students wrote, and what their kernels left, passes through as bytes.
"""
