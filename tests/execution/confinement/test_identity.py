"""User ids for kernels: their own, within what a container knows."""

from grader.execution.confinement.identity import kernel_uid, mapped


def test_ids_are_far_from_peoples_and_differ_between_living_supervisors():
    full = "         0          0 4294967295\n"
    assert mapped(full) == 4294967295
    assert len({kernel_uid(pid, full) for pid in range(1, 5000)}) == 4999
    assert min(kernel_uid(pid, full) for pid in range(5000)) > 2**29 - 1


def test_in_a_container_they_stay_within_its_map():
    small = "0 100000 65536\n"
    assert all(1000 <= kernel_uid(pid, small) < 65536 for pid in (1, 40000, 4_000_000))
