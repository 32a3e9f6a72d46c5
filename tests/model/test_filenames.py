"""Names of files made of strangers' texts."""

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from grader.model.filenames import safe_name, safe_names

NAMES = st.text(max_size=12) | st.sampled_from(
    [
        "anna", "Anna", "..", ".", "", "../x", "a/b", "a\\b", "CON", "con.txt", "nul", "a.", "a ", "x" * 300, "x" * 299 + "y", "\x00", "ä",
        "a\u0308",
    ],
)  # fmt: skip


@given(st.lists(NAMES, max_size=8))
def test_no_name_leads_outside_and_no_two_share_one(texts):
    found = safe_names(texts)
    assert set(found) == set(texts)
    assert len({name.casefold() for name in found.values()}) == len(found)
    for name in found.values():
        assert PurePosixPath(name).parts == (name,)
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~")
        assert name not in {".", ".."}
        assert name.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
        assert len(name) <= 80


@given(NAMES)
def test_nobody_can_be_called_like_anothers_folder(text):
    """Whatever a folder is called for one text, no other text is called so by itself."""
    name = safe_names([text])[text]
    again = safe_names([text, name])
    assert again[text] == name or name == text or name.casefold() == text.casefold()
    assert len({one.casefold() for one in again.values()}) == len(again)


@given(NAMES, NAMES)
def test_one_name_alone_is_as_safe(one, other):
    assert (safe_name(one) == safe_name(other)) == (one == other)
    assert safe_names([safe_name(one)]) == {safe_name(one): safe_name(safe_name(one))}
    assert PurePosixPath(safe_name(one)).parts == (safe_name(one),)


def test_what_is_safe_keeps_itself():
    assert safe_name("anna_b.2") == "anna_b.2"
    assert safe_names(["Anna", "ben"]) == {"Anna": "Anna", "ben": "ben"}
