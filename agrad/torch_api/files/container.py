"""The container that :func:`agrad.save` writes: a magic, then chunks with checksums.

The layout, all integers little-endian::

    magic      8 bytes   89 'agrad' 0D 0A
    version    4 bytes   1
    chunk *    tag (4 bytes), length (8 bytes), data, CRC-32 of tag, length and data (4 bytes)

The chunks, in this order:

``DATA``
    One storage: the length of its header (4 bytes), the header (JSON: ``dtype``, ``device``, ``backend``, ``count``,
    and spaces), the elements, row-major, little-endian. Storages are numbered in the order of their chunks.
``TREE``
    A pickle of the object, in which tensors, storages and arrays are persistent ids that name the storages by number.
``DONE``
    Empty. A file without it was cut off.

Storages come before the pickle, so that a reader needs one pass, holds each storage once, and knows a storage's true size before the
pickle says how a tensor lies in it. The magic has PNG's tricks: a first byte that is no text, and a line end that a transfer as text
would change.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from agrad.errors import LoadError

MAGIC = b"\x89agrad\r\n"
VERSION = 1
#: elements are read in pieces of so many bytes, so that a length that lies asks for no memory
_PIECE = 1 << 24
#: where a storage's elements begin in its chunk, so that an array can be made of the chunk's own memory
_ALIGNED = 64
#: a header of a storage is about 100 bytes
_LONGEST_HEADER = 1 << 12


def write_start(file: Any) -> None:
    """Write the magic and the version."""
    file.write(MAGIC + struct.pack("<I", VERSION))


def write_chunk(file: Any, tag: bytes, *parts: Any) -> None:
    """Write one chunk, whose data are the parts one after another."""
    head = tag + struct.pack("<Q", sum(len(part) for part in parts))
    check = zlib.crc32(head)
    file.write(head)
    for part in parts:
        check = zlib.crc32(part, check)
        file.write(part)
    file.write(struct.pack("<I", check))


def storage_header(facts: dict[str, Any]) -> bytes:
    """Return the start of a DATA chunk's data."""
    header = json.dumps(facts, separators=(",", ":")).encode()
    header += b" " * (-(len(header) + 4) % _ALIGNED)
    return struct.pack("<I", len(header)) + header


class Reader:
    """The chunks of a container, read in one pass and checked.

    Parameters
    ----------
    file : binary file
        Placed after the magic.

    Raises
    ------
    LoadError
        For a version that this release does not know, and wherever the file ends early or a checksum differs.
    """

    def __init__(self, file: Any) -> None:
        self.file = file
        (version,) = struct.unpack("<I", self._exactly(4, "its version"))
        if version != VERSION:
            raise LoadError(
                f"the file has version {version} of agrad's format; this agrad reads version {VERSION}. Load it with the agrad "
                "that wrote it, or a newer one."
            )

    def chunk(self) -> tuple[bytes, bytearray]:
        """Return the next chunk's tag and data."""
        head = self._exactly(12, "the head of a chunk")
        tag, length = bytes(head[:4]), struct.unpack("<Q", head[4:])[0]
        if tag not in (b"DATA", b"TREE", b"DONE"):
            raise LoadError(f"the file is damaged: it has a chunk {tag!r}, which agrad's format does not know.")
        data = self._exactly(length, f"a chunk {tag.decode()} of {length} bytes")
        (check,) = struct.unpack("<I", self._exactly(4, "a checksum"))
        if check != zlib.crc32(data, zlib.crc32(head)):
            raise LoadError(f"the file is damaged: the checksum of a chunk {tag.decode()} differs.")
        return tag, data

    def _exactly(self, count: int, what: str) -> bytearray:
        data = bytearray()
        while len(data) < count:
            piece = self.file.read(min(_PIECE, count - len(data)))
            if not piece:
                raise LoadError(
                    f"the file is cut off: it ends inside {what}, {count - len(data)} bytes early. It was not written to its end, "
                    "or not copied whole."
                )
            data += piece
        return data


def split_storage(data: bytearray) -> tuple[dict[str, Any], memoryview]:
    """Return a DATA chunk's facts, checked as far as they can be alone, and its elements.

    Raises
    ------
    LoadError
        When the header is none.
    """
    try:
        (length,) = struct.unpack_from("<I", data)
        if length > _LONGEST_HEADER:
            raise ValueError("a header of such length")
        facts = json.loads(bytes(data[4 : 4 + length]))
        kinds = {"dtype": str, "device": str, "backend": str, "count": int}
        if set(facts) != set(kinds) or any(type(facts[name]) is not kind for name, kind in kinds.items()):
            raise ValueError("other facts than a storage has")
    except (struct.error, ValueError, TypeError, RecursionError) as error:
        raise LoadError(f"the file is damaged: the header of a storage cannot be read ({error}).") from None
    return facts, memoryview(data)[4 + length :]


__all__ = ["MAGIC", "VERSION", "Reader", "split_storage", "storage_header", "write_chunk", "write_start"]
