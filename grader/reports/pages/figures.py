"""Pictures as data for the script: plain numbers and words in JSON that can stand inside an HTML page."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np

from grader.model.evidence import Array
from grader.model.story import Landscape
from grader.reports.pages.picture import Curve, Picture
from grader.reports.pages.scales import scale_of

__all__ = ["figures_json"]

POINTS = 160
"""Points of one curve at most."""


def figures_json(pictures: Sequence[Picture]) -> str:
    """One array with an object for each picture.  No `<`, `>` or `&` is left in it, so no text in it can end the element around it."""
    text = f"[{','.join(map(_figure, pictures))}]"
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


# Each of these returns JSON: numbers are many, and written with five digits faster than json.dumps writes them with seventeen.


def _figure(p: Picture) -> str:
    out = {"kind": _word(p.kind), "x": _word(p.x_label), "y": _word(p.y_label), "curves": f"[{','.join(map(_curve, p.curves))}]"}
    if p.z_label:
        out["z"] = _word(p.z_label)
    if p.log:
        ticks = scale_of([c.y for c in p.curves], 0.0, 1.0, log=True).ticks
        out["log"] = _object({"at": f"[{','.join(_number(at) for at, _ in ticks)}]", "said": json.dumps([text for _, text in ticks])})
    if p.broken is not None:
        out["broken"] = _number(p.broken)
    if p.places:
        out["places"] = f"[{','.join(f'[{_number(x)},{_number(y)},{_word(name)}]' for x, y, name in p.places)}]"
    if p.ground is not None:
        out["ground"] = _ground(p.ground)
    return _object(out)


def _curve(c: Curve) -> str:
    some = np.arange(len(c.x)) if len(c.x) <= POINTS else np.unique(np.linspace(0, len(c.x) - 1, POINTS).round().astype(np.int64))
    out = {"name": _word(c.name), "role": _word(c.role), "x": _numbers(c.x[some]), "y": _numbers(c.y[some])}
    if c.z is not None:
        out["z"] = _numbers(c.z[some])
    if c.line:
        out["line"] = "true"
    if c.marks:
        out["marks"] = "true"
    return _object(out)


def _ground(g: Landscape) -> str:
    return _object({"x": _numbers(g.weights), "y": _numbers(g.biases), "z": f"[{','.join(map(_numbers, g.loss))}]"})


def _object(of: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in of.items()) + "}"


def _word(of: str) -> str:
    return json.dumps(of, ensure_ascii=False)


def _numbers(values: Array) -> str:
    return f"[{','.join(map(_number, values.tolist()))}]"


def _number(value: float) -> str:
    """Five significant digits; what is not finite becomes null, which is a gap."""
    return f"{value:.5g}" if math.isfinite(value) else "null"
