"""The one file a backup is: a tar of a snapshot's database files, with a note of what it is."""

from __future__ import annotations

import json
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from commands.base import CannotDo
from data.snapshot import Part

NOTE = "flowglass.json"
FORMAT = 1  # of the archive; the schema of each file is its own matter
NAME = re.compile(r"(main|control|spans-\d{4}-\d\d-\d\d-\d{4,})\.db")
COMPRESSED = (".gz", ".tgz")
CHUNK = 1 << 20
Progress = Callable[[int], None]


def pack(parts: tuple[Part, ...], file: Path, made: str, progress: Progress) -> None:
    """Writes the archive beside its place and moves it there when it is complete."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with (
            _create(unfinished, file.suffix in COMPRESSED) as archive,
            tempfile.TemporaryDirectory(dir=file.parent) as room,
        ):
            _add_note(archive, made, [part.name for part in parts])
            for part in parts:
                copy = Path(room) / part.name
                part.copy(copy, progress)
                archive.add(copy, part.name)
                copy.unlink()
        _sync(unfinished)
        unfinished.replace(file)
    except OSError as error:
        raise CannotDo(f"{file} cannot be written: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _create(file: Path, compressed: bool) -> tarfile.TarFile:
    return tarfile.open(file, "w:gz") if compressed else tarfile.open(file, "w")


def _add_note(archive: tarfile.TarFile, made: str, files: list[str]) -> None:
    text = json.dumps({"format": FORMAT, "made": made, "files": files}).encode()
    member = tarfile.TarInfo(NOTE)
    member.size = len(text)
    archive.addfile(member, BytesIO(text))


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def unpack(file: Path, folder: Path, progress: Progress) -> list[str]:
    """Puts the archive's files into a folder; their names. Refuses what is not a backup of ours."""
    try:
        with tarfile.open(file) as archive:
            note = read_note(archive, file)
            for name in note:
                member = archive.getmember(name)
                source = archive.extractfile(member) if member.isfile() else None
                if source is None or not NAME.fullmatch(name):
                    raise CannotDo(f"{file} is not a backup of Flowglass: {name!r} does not belong in one")
                with source, (folder / name).open("wb") as target:
                    while chunk := source.read(CHUNK):
                        target.write(chunk)
                        progress(len(chunk))
    except (tarfile.TarError, EOFError, KeyError, zlib.error) as error:
        why = str(error).partition("\n")[0].strip("\"':")
        raise CannotDo(f"{file} is not a backup of Flowglass, or not a whole one: {why}") from None
    except OSError as error:
        raise CannotDo(f"{file} cannot be unpacked to {folder}: {error.strerror or error}") from None
    return note


def read_note(archive: tarfile.TarFile, file: Path) -> list[str]:
    """The names of the files in an archive, as its note says."""
    noted = archive.extractfile(NOTE)
    try:
        note = json.load(noted) if noted else {}
        found, files = int(note["format"]), [str(name) for name in note["files"]]
    except (ValueError, KeyError, TypeError):
        raise CannotDo(f"{file} is not a backup of Flowglass: its {NOTE} cannot be read") from None
    if found > FORMAT:
        raise CannotDo(f"{file} was made by a newer Flowglass (format {found}); unpack it with that one")
    return files


def unpacked_bytes(file: Path) -> int:
    """Bytes of the files in an archive; 0 when it is none, which `unpack` will say."""
    try:
        with tarfile.open(file) as archive:
            return sum(member.size for member in archive.getmembers() if member.name != NOTE)
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return 0
