"""A student's file is opened through no link, as no fifo, and never beyond its cap."""

import errno
import os

import pytest

from grader.execution.confinement.calls import LINUX
from grader.execution.confinement.reading import read_beneath

pytestmark = pytest.mark.skipif(not LINUX, reason="openat2 is Linux's")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "box" / "sub").mkdir(parents=True)
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "box" / "sub" / "plain").write_bytes(b"12345")
    descriptor = os.open(tmp_path / "box", os.O_PATH | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def refused(folder, path, limit=100):
    with pytest.raises(OSError, match=r".") as caught:
        read_beneath(folder, path, limit)
    return caught.value.errno


def test_a_regular_file_is_read_up_to_its_cap(folder):
    assert read_beneath(folder, "sub/plain", 5) == b"12345"
    assert refused(folder, "sub/plain", 4) == errno.EFBIG


def test_links_are_refused_wherever_they_stand(folder, tmp_path):
    (tmp_path / "box/sub/link").symlink_to("plain")
    (tmp_path / "box/absolute").symlink_to("/etc/hostname")
    (tmp_path / "box/folder").symlink_to("sub")
    assert refused(folder, "sub/link") == errno.ELOOP
    assert refused(folder, "absolute") == errno.ELOOP
    assert refused(folder, "folder/plain") == errno.ELOOP


def test_ways_out_are_refused(folder):
    assert refused(folder, "../outside") == errno.EXDEV
    assert refused(folder, "/etc/hostname") == errno.EXDEV


def test_fifos_folders_and_devices_neither_hang_nor_pass(folder, tmp_path):
    os.mkfifo(tmp_path / "box/fifo")
    assert refused(folder, "fifo") == errno.EINVAL
    assert refused(folder, "sub") == errno.EINVAL
    assert refused(folder, "none") == errno.ENOENT
