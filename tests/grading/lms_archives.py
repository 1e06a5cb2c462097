"""Zip archives as an LMS gives them, and as someone makes them who means harm."""

from __future__ import annotations

import io
import zipfile

NOON = (2026, 11, 20, 12, 0, 0)
ADA = "Ada Lovelace_4711_assignsubmission_file/halves.ipynb"


def zipped(*files, changed=NOON):
    """The bytes of an archive; a file is (name, content) or (ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, changed)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def there(room):
    root = room.course.root / "grading" / "submitted"
    return sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.name[0] != "."
    )


def special(name, mode):
    info = zipfile.ZipInfo(name, NOON)
    info.external_attr = mode << 16
    return info


def encrypted(content):
    """Set the bit that says so, in the entry and in the directory."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark) + place
        content = content[:at] + bytes([content[at] | 1]) + content[at + 1 :]
    return content


def saying(size, content):
    """Say another size in the directory than what comes out."""
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content = content[: at + 24] + size.to_bytes(4, "little") + content[at + 28 :]
    return content


def damaged(content):
    """Flip a bit of what was compressed."""
    return content[:60] + bytes([content[60] ^ 1]) + content[61:]
