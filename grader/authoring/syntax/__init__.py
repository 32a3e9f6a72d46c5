"""A reference's own cells as syntax trees, and edits of them.

    work.py      Work: a reference as a student would hand it in, its solution cells parsed; Change: some of them written anew
    editing.py   `edited`: nodes of a tree replaced, removed, wrapped; everything else stays to the letter
    training.py  `loops`: where a cell trains, statement by statement (the loss, backward, clearing, step, records)
    formulas.py  the loss as prediction and target

For: what mutants and equivalents are made with.  Works on libcst, so that what an edit leaves alone keeps its lines.
May import: `catalog`, `notebooks`, `model`, libcst, the standard library.
Side of the trust line: trusted; the author's own notebook alone is ever read here.
"""
