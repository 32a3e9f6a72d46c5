"""Templates filled: everything escaped, a Content-Security-Policy around it, a nonce that nobody can foresee."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Scripts", "render"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """Addresses of the scripts, seen from the page: our own, and Plotly's (which the first loads when a picture comes into sight)."""

    own: str
    plotly: str = ""


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["harmless"] = _harmless
    return made


def _harmless(text: str) -> object:
    """Marks text as ready for HTML: only for SVG and JSON of our own making, which are escaped where they are made."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - see above; a test sends hostile text through both


def render(name: str, *, scripts: Scripts | None, **values: object) -> str:
    """The template with these values.

    The nonce is a digest of the page itself, so equal records give equal pages, and no text inside can name it beforehand.  Until the
    digest is known a word stands in its place that nobody can foresee either.
    """
    stand_in = secrets.token_hex(16)
    draft = _environment().get_template(name).render(nonce=stand_in, scripts=scripts, **values)
    nonce = hashlib.sha256(draft.replace(stand_in, "").encode("utf-8", "replace")).hexdigest()[:32]
    return draft.replace(stand_in, nonce)
