"""Some nodes of a tree replaced, all else to the letter."""

import libcst as cst
import pytest

from grader.authoring.syntax.editing import code, edited
from grader.authoring.syntax.training import called, lines

SOURCE = """\
# a comment

total  =  0
for i in range(3):   # odd   spaces stay
    total += i
    print(total)
"""


@pytest.fixture
def tree():
    return cst.parse_module(SOURCE)


def line(tree, text):
    return next(one for one in lines(tree) if code(one).strip().startswith(text))


def test_no_edit_changes_nothing(tree):
    assert edited(tree, {}).code == SOURCE


def test_a_statement_is_removed_and_the_rest_stays(tree):
    assert edited(tree, {line(tree, "print"): None}).code == SOURCE.replace("    print(total)\n", "")


def test_a_block_without_statements_is_a_pass(tree):
    left = edited(tree, {line(tree, "print"): None, line(tree, "total +="): None}).code
    assert left.endswith("odd   spaces stay\n    pass\n")


def test_a_statement_becomes_several_with_the_lead_of_the_old_one(tree):
    made = edited(tree, {line(tree, "total  ="): "total = 1\nif total:\n    total = 2"}).code
    assert made == SOURCE.replace("total  =  0\n", "total = 1\nif total:\n    total = 2\n")


def test_a_node_may_stay_beside_what_is_added(tree):
    kept = line(tree, "total +=")
    assert "    total += i\n    more()\n    print" in edited(tree, {kept: [kept, "more()"]}).code


def test_an_expression_becomes_another(tree):
    call = called(cst.parse_module("x.step()\n"), "step")
    assert code(call.func) == "x.step"
    number = line(tree, "total  =").body[0].value
    assert "total  =  (1 + 2)\n" in edited(tree, {number: "(1 + 2)"}).code


def test_equal_nodes_are_told_apart_by_where_they_stand():
    tree = cst.parse_module("f(1)\nf(1)\n")
    first, second = lines(tree)
    assert edited(tree, {second: "g(1)"}).code == "f(1)\ng(1)\n"
    assert edited(tree, {first: "g(1)"}).code == "g(1)\nf(1)\n"
