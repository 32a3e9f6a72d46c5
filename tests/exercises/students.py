"""Notebooks as students might hand them in: an exercise's right specimen with changes that a test spells out."""

from dataclasses import replace

from grader.notebooks import WrittenCell, parse, to_ipynb


def right(entry, changes=()):
    """The cells of the exercise's specimen `right`, changed: (grade id, text, what stands there instead), each text met once."""
    (specimen,) = (one for one in entry.specimens if one.name == "right")
    cells = [WrittenCell(kind=c.kind, source=c.source, metadata=c.metadata) for c in parse(specimen.data, "right").cells]
    for grade_id, old, new in changes:
        at = position(cells, grade_id)
        assert cells[at].source.count(old) == 1, (grade_id, old)
        cells[at] = replace(cells[at], source=cells[at].source.replace(old, new))
    return cells


def position(cells, grade_id):
    """Where the cell of that grade id stands."""
    (at,) = (i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
    return at


def moved(cells, *grade_ids):
    """The cells with these, in this order, at the places that they have among themselves."""
    places = sorted(position(cells, one) for one in grade_ids)
    out = list(cells)
    for place, grade_id in zip(places, grade_ids, strict=True):
        out[place] = cells[position(cells, grade_id)]
    return out


def bare(cells):
    """The cells without their metadata: as after a copy into a new notebook."""
    return [replace(cell, metadata={}) for cell in cells]


def file_of(cells):
    """The notebook's bytes."""
    return to_ipynb(cells)
