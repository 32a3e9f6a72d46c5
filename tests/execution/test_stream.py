import os

from grader.execution.stream import read


def test_a_file_is_read_up_to_the_cap(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"abcdef")
    assert read(str(file)) == b"abcdef"
    assert read(str(file), cap=4) == b"abcd"


def test_anything_else_is_nothing(tmp_path):
    (tmp_path / "target").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("missing", "link", "pipe", "folder"):
        assert read(str(tmp_path / name)) == b""
    assert read("/dev/zero") == b""
