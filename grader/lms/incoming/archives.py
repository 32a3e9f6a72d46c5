"""What lies in a zip: read without trusting it, and never unpacked to disk."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import IO

from grader.lms.collection import Limits
from grader.lms.incoming.members import Listing, Member, Refusal, RefusedError
from grader.lms.incoming.paths import by_product, relative
from grader.model.harmless import plain

__all__ = ["archive_listing", "is_archive"]

_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, struct.error, NotImplementedError, RuntimeError)
_END = b"PK\x05\x06"
_END_ZIP64 = b"PK\x06\x06"
_LOCATOR = b"PK\x06\x07"
_UTF8 = 0x800
_ENCRYPTED = 0x1 | 0x40
_UNICODE_PATH = 0x7075


def is_archive(start: bytes) -> bool:
    """The first bytes are those of a zip (or of an empty one)."""
    return start.startswith((b"PK\x03\x04", _END))


def archive_listing(stream: IO[bytes], limits: Limits) -> tuple[Listing, zipfile.ZipFile]:
    """The files of the zip in `stream`, and the open archive, which the caller closes when it has read what it wants.

    Of entries with one name the last is taken.  Raises RefusedError where it is no zip, damaged as a whole, or its table of
    contents is larger than allowed.
    """
    _refuse_directory(stream, limits)
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise RefusedError("damaged", f"no zip that can be read: {error}") from None
    members: dict[str, Member] = {}
    refused: list[Refusal] = []
    junk: dict[str, int] = {}
    infos = archive.infolist()
    for info in infos[: limits.members]:
        name = _name(info)
        path = relative(name)
        if path is None:
            detail = "its name leads outside the archive, or is none"
            refused.append(Refusal(path=plain(name, limit=200), reason="outside", detail=detail, size=info.file_size))
            continue
        if name.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16):
            continue
        left_behind = by_product(path)
        if left_behind is not None:
            junk[left_behind] = junk.get(left_behind, 0) + 1
            continue
        refusal = _refusal(info, path)
        if refusal is None and path in members:
            refusal = Refusal(path=path, reason="entry-twice", detail="an earlier entry of the same name", size=members.pop(path).size)
        if refusal is not None:
            refused.append(refusal)
        if refusal is None or refusal.reason == "entry-twice":
            members[path] = _member(archive, info, path)
    for path, count in junk.items():
        several = f" ({count} files)" if count > 1 else ""
        refused.append(Refusal(path=path, reason="by-product", detail=f"left behind by a system or an editor{several}"))
    if len(infos) > limits.members:
        refused.append(Refusal(path="", reason="too-many", detail=f"{len(infos)} entries; {limits.members} are read"))
    return Listing(members=tuple(members[path] for path in sorted(members)), refused=tuple(refused)), archive


def _refuse_directory(stream: IO[bytes], limits: Limits) -> None:
    """Raise RefusedError for a table of contents that would fill the memory: zipfile reads it whole before anything else.

    The record at the end is found as zipfile finds it.  Any other one may be a student's, in a zip stored inside this one.
    """
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - 2**16 - 200))
    tail = stream.read()
    stream.seek(0)
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0:
        raise RefusedError("damaged", "no zip: it has no table of contents")
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= 76 and tail[at - 20 : at - 16] == _LOCATOR and tail[at - 76 : at - 72] == _END_ZIP64:
        size = int.from_bytes(tail[at - 36 : at - 28], "little")
    if size > limits.directory:
        raise RefusedError("too-many", f"its table of contents has more than {limits.directory / 2**20:.0f} MB")


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name: what the Info-ZIP field for Unicode says, else UTF-8 where its bytes are that, else code page 437."""
    raw = info.orig_filename
    if info.flag_bits & _UTF8:
        return raw
    try:
        packed = raw.encode("cp437")
    except UnicodeEncodeError:
        return raw
    said = _unicode_path(info.extra, packed)
    if said is not None:
        return said
    try:
        return packed.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _unicode_path(extra: bytes, packed: bytes) -> str | None:
    """The name in the extra field 0x7075, None where there is none, or it belongs to another name."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1 and int.from_bytes(body[1:5], "little") == zlib.crc32(packed):
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
        at += 4 + size
    return None


def _refusal(info: zipfile.ZipInfo, path: str) -> Refusal | None:
    """Why this entry is not read, None where it is."""
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        detail = "a link" if stat.S_ISLNK(mode) else "no regular file"
        return Refusal(path=path, reason="link", detail=detail, size=info.file_size)
    if info.flag_bits & _ENCRYPTED:
        return Refusal(path=path, reason="encrypted", detail="it needs a password", size=info.file_size)
    if info.compress_type not in _READ:
        return Refusal(path=path, reason="method", detail=f"packed by method {info.compress_type}", size=info.file_size)
    return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str) -> Member:
    return Member(path=path, size=info.file_size, packed=info.compress_size, open=lambda: archive.open(info))
