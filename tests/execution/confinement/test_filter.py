"""The seccomp filter decides as its policy says: its program is run here, by an interpreter of classic BPF."""

import errno
import struct

import pytest

from grader.execution.confinement import syscalls
from grader.execution.confinement.filter import ALLOW, KILL, assemble, refuse, spans
from grader.execution.confinement.policy import SystemCalls

X86, ARM = 0xC000003E, 0xC00000B7
EPERM, ENOSYS, EAF = refuse(errno.EPERM), refuse(errno.ENOSYS), refuse(errno.EAFNOSUPPORT)


def decide(program, number, *arguments, architecture=X86):
    """What the kernel would answer: struct seccomp_data is number, architecture, instruction pointer, six arguments."""
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *(a & 2**64 - 1 for a in (*arguments, *[0] * (6 - len(arguments)))))
    steps = list(struct.iter_unpack("=HBBI", program))
    value, at = 0, 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, k)
        elif code == 0x06:
            return k
        else:
            met = {0x15: value == k, 0x35: value >= k, 0x25: value > k, 0x45: bool(value & k)}[code]
            at += yes if met else no


@pytest.fixture(scope="module")
def program():
    return assemble(SystemCalls(), "x86_64")


def test_every_call_of_each_table_is_answered_as_its_table_says(program):
    for table, answer in ((syscalls.ALLOWED, ALLOW), (syscalls.REFUSED, EPERM)):
        for name, number in syscalls.numbers(table, "x86_64").items():
            assert decide(program, number) == answer, name


def test_the_tables_do_not_overlap():
    for machine in syscalls.AUDIT_ARCHITECTURES:
        tables = [syscalls.numbers(t, machine) for t in (syscalls.ALLOWED, syscalls.REFUSED, syscalls.CHECKED)]
        numbers = [n for table in tables for n in table.values()]
        assert len(numbers) == len(set(numbers))


def test_what_stands_nowhere_is_unknown(program):
    known = {n for t in (syscalls.ALLOWED, syscalls.REFUSED, syscalls.CHECKED) for n in syscalls.numbers(t, "x86_64").values()}
    for number in set(range(600)) - known:
        assert decide(program, number) == ENOSYS


def test_another_architecture_and_x32_are_killed(program):
    assert decide(program, 0, architecture=0x40000003) == KILL
    assert decide(program, 0x40000000) == KILL
    assert decide(program, -1) == KILL


@pytest.mark.parametrize(
    ("number", "arguments", "answer"),
    [
        (41, (1, 1), ALLOW), (41, (2, 1), EAF), (41, (10, 2), EAF), (41, (16, 3), EAF), (41, (40, 1), EAF), (53, (1, 1), ALLOW),
        (53, (2, 1), EAF), (56, (0x01200011,), ALLOW), (56, (0x003D0F00,), ALLOW), (56, (0x10000011,), EPERM), (56, (0x20000011,), EPERM),
        (435, (), ENOSYS), (16, (0, 0x5401), ALLOW), (16, (0, 0x5412), EPERM), (16, (0, 0x541C), EPERM),
        (157, (15,), ALLOW), (157, (22,), EPERM),
        (157, (36,), EPERM), (165, (), EPERM), (272, (), EPERM), (319, (), EPERM), (62, (1, 9), ALLOW),
    ],
)  # fmt: skip
def test_calls_that_depend_on_their_arguments(program, number, arguments, answer):
    assert decide(program, number, *arguments) == answer


def test_where_signals_are_not_scoped_only_ones_own_process_may_be_signalled():
    program = assemble(SystemCalls(own_signals=77), "x86_64")
    assert [decide(program, 62, pid, 9) for pid in (77, 0, 1, -1, 78)] == [ALLOW, ALLOW, EPERM, EPERM, EPERM]
    assert [decide(program, 234, pid, 77, 6) for pid in (77, 1)] == [ALLOW, EPERM]
    assert decide(program, 200, 77, 9) == EPERM
    assert decide(program, 424, 3, 9) == EPERM


def test_the_other_machine_has_its_own_numbers():
    program = assemble(SystemCalls(), "aarch64")
    assert decide(program, 63, architecture=ARM) == ALLOW  # read
    assert decide(program, 97, architecture=ARM) == EPERM  # unshare
    assert decide(program, 198, 2, architecture=ARM) == EAF  # socket
    assert decide(program, 63, architecture=X86) == KILL
    assert decide(program, 0x40000000 + 39, architecture=ARM) == KILL
    with pytest.raises(KeyError):
        assemble(SystemCalls(), "riscv64")


def test_spans_of_numbers():
    assert list(spans([])) == []
    assert list(spans([5, 1, 2, 2, 3, 9])) == [(1, 3), (5, 5), (9, 9)]
