"""Classes of students as the platforms hand them over, written by hand: notebooks as bytes, folders, and zips of any kind."""

import io
import json
import struct
import zipfile
import zlib

STAMP = (2026, 10, 2, 12, 0, 0)


def notebook(says="1", exercise=None):
    """A notebook whose one cell says so; its metadata names the exercise."""
    metadata = {"grader": {"exercise": exercise}} if exercise else {}
    cell = {"cell_type": "code", "metadata": {}, "source": says, "outputs": [], "execution_count": None}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell]}).encode()


def folder(root, files):
    """The files, by their paths, below `root`."""
    for path, data in files.items():
        at = root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(data if isinstance(data, bytes) else data.encode())
    return root


def zipped(files, *, deflated=True):
    """Bytes of a zip of the files, in this order; the same name may come twice as a list of pairs."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(zipfile.ZipInfo(name, STAMP), data, compress_type=archive.compression)
    return made.getvalue()


def entry(
    name, data, *, flags=0, method=8, size=None, packed_size=None, crc=None, mode=0, system=3, extra=b"", raw=None, local_name=None,
):
    """One entry of a zip written field by field, each of which may lie."""
    if raw is None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        raw = packer.compress(data) + packer.flush() if method == 8 else data
    name = name if isinstance(name, bytes) else name.encode()
    return {
        "name": name, "raw": raw, "flags": flags, "method": method, "mode": mode, "system": system, "extra": extra,
        "size": len(data) if size is None else size, "packed": len(raw) if packed_size is None else packed_size,
        "crc": zlib.crc32(data) if crc is None else crc, "local": local_name if local_name is not None else name,
    }  # fmt: skip


def written(entries, *, directory_size=None, count=None, comment=b""):
    """A zip of such entries; those without bytes of their own (`at`) share another's."""
    body, directory, places = b"", b"", []
    for one in entries:
        places.append(len(body) if "at" not in one else places[one["at"]])
        if "at" not in one:
            fields = (20, one["flags"], one["method"], 0, 0x5D42, one["crc"], one["packed"], one["size"], len(one["local"]), 0)
            body += struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + one["local"] + one["raw"]
    for one, place in zip(entries, places, strict=True):
        fields = (
            (one["system"] << 8) | 20, 20, one["flags"], one["method"], 0, 0x5D42, one["crc"], one["packed"], one["size"],
            len(one["name"]), len(one["extra"]), 0, 0, 0, one["mode"] << 16, place,
        )  # fmt: skip
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *fields) + one["name"] + one["extra"]
    count = len(entries) if count is None else count
    size = len(directory) if directory_size is None else directory_size
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, len(body), len(comment)) + comment
