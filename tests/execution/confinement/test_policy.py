"""Policies are data: what a kernel's tree and its rules hold, and what they must not."""

from dataclasses import replace

from grader.execution.confinement.policy import Allowance, Host, box_places, path_rules, root_tree

HOST = Host(python=("/opt/python", "/opt/python/env", "/usr/lib/python3"), system=("/usr", "/etc/fonts"), links=(("/bin", "usr/bin"),))


def test_every_file_system_in_memory_has_a_size_and_a_number_of_files():
    tree = root_tree(HOST, Allowance(box_bytes=5, shared_bytes=6, temporary_bytes=7, inodes=8), uid=1, gid=2)
    sizes = {t.path: (t.size, t.inodes) for t in tree.tmpfs}
    assert sizes["/box"] == (5, 8)
    assert sizes["/dev/shm"] == (6, 8)
    assert sizes["/tmp"] == (7, 8)
    assert all(size > 0 and inodes > 0 for size, inodes in sizes.values())


def test_what_lies_below_another_folder_is_not_mounted_twice():
    assert [b.path for b in root_tree(HOST, Allowance(), uid=1, gid=1).binds] == ["/usr", "/etc/fonts", "/opt/python"]


def test_the_tree_names_nobody_but_the_student():
    texts = {t.path: t.text for t in root_tree(HOST, Allowance(), uid=12, gid=13).texts}
    assert texts["/etc/passwd"] == "student:x:12:13::/box:/bin/sh\n"
    assert not any(b.path in ("/etc", "/home", "/root", "/var", "/") for b in root_tree(HOST, Allowance(), uid=1, gid=1).binds)


def test_rules_of_paths():
    private = path_rules(HOST, box_places(None), private=True)
    shared = path_rules(HOST, box_places("/tmp/x/kernel-1"), private=False)
    assert {"/box", "/tmp", "/ipc"} < set(private.write)
    assert {"/tmp/x/kernel-1/box", "/tmp/x/kernel-1/tmp"} < set(shared.write)
    assert not {"/tmp", "/"} & set(shared.write + shared.read)
    assert "/etc" in private.read  # of its own tree
    assert "/etc" not in shared.read
    assert "/dev" not in shared.read


def test_an_allowance_is_compared_by_value():
    assert Allowance() == Allowance()
    assert replace(Allowance(), processes=1) != Allowance()
