"""Names of files and folders made of a stranger's text: no path, different for different texts, good on every file system."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

__all__ = ["safe_name", "safe_names"]

LONGEST = 60
"""Characters of a name, so that endings and another name beside it fit."""


def safe_name(text: str) -> str:
    """A name for a file or folder: letters, digits, '-', '_' and inner dots; different for different texts.

    A text that is safe as it is keeps itself; any other carries a digest.  What differs only in case stays different, and may
    share a file on some systems: `safe_names` tells those apart as well.

    >>> safe_name("anna_b"), safe_name("../x")
    ('anna_b', 'x~d6b96a97d147')
    """
    return text if text and _safe(text) == text else _digested(text)


def safe_names(texts: Iterable[str]) -> dict[str, str]:
    """A name for each text, as `safe_name` makes it; those that differ only in case carry a digest as well."""
    different = dict.fromkeys(texts)
    often = Counter(_safe(text).casefold() for text in different)
    return {text: safe_name(text) if often[text.casefold()] == 1 else _digested(text) for text in different}


def _safe(text: str) -> str:
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:LONGEST].strip(".-_")
    # Names that Windows keeps for devices, with whatever ending.
    return "" if re.fullmatch(r"(?i:con|prn|aux|nul|com\d|lpt\d)", clean.partition(".")[0]) else clean


def _digested(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    # A safe text holds no tilde, so that nobody can be called like another's digest.
    return f"{_safe(text)[: LONGEST - 13] or 'x'}~{digest}"
