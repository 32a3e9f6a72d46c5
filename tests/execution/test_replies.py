import pytest

from grader.execution.replies import Reply, line_of, outcome, plain_text, reply_of


def reply(*traceback, error="ValueError", message="", count=3):
    return Reply(parent="p", ok=False, error=error, message=message, traceback=traceback, count=count)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (reply("Cell In[3], line 7", "File lib.py:90, in g()"), 7),
        (reply("Cell In[3], line 9", "Cell In[1], line 2, in f(x)"), 9),
        (reply("Cell In[3], line 9", "Cell In[3], line 4, in f(x)"), 4),
        (reply("File <timed exec>:2"), 3),
        (reply("  File <tokenize>:5", error="IndentationError", message="unindent does not match (x.py, line 5)"), 5),
        (reply("nothing of the kind"), None),
        (reply(message="(x.py, line 5)"), None),
    ],
)
def test_the_line_is_the_innermost_of_this_cell(given, line):
    assert line_of(given) == line


def test_text_is_plain_and_short():
    assert plain_text("\x1b[0;31mred\x1b[0m\x00\ttab\nline", 100) == "red\ttab\nline"
    assert plain_text("x" * 10_000, 2000) == "x" * 2000
    assert plain_text("\ud800", 10) == "?"
    assert plain_text(5, 10) == ""


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"msg_type": "execute_reply"},
        {"msg_type": "execute_reply", "parent_header": [], "content": {}},
        {"msg_type": "execute_reply", "parent_header": {}, "content": "ok"},
        {"msg_type": "status", "parent_header": {}, "content": {"status": "ok"}},
    ],
)
def test_what_is_no_reply_is_none(message):
    assert reply_of(message) is None


def test_a_reply_of_wrong_types_is_still_a_reply():
    content = {"status": 1, "ename": [], "evalue": {}, "traceback": [None, 4], "execution_count": "3"}
    found = reply_of({"msg_type": "execute_reply", "parent_header": {"msg_id": 4}, "content": content})
    assert found == Reply(parent="4", ok=False, traceback=("", ""))
    assert outcome(5, found, 0.5).error == "Error"


def test_lines_that_no_cell_has_are_no_lines():
    digits = "1" * 10_000
    traceback = [f"Cell In[3], line {digits}", f"File <timed exec>:{digits}"]
    content = {"status": "error", "ename": "E", "evalue": f"(line {digits})", "traceback": traceback, "execution_count": 3}
    found = reply_of({"msg_type": "execute_reply", "parent_header": {"msg_id": "a"}, "content": content})
    assert outcome(0, found, 0.1).line < 10**9
