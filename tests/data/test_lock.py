"""One owner per folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.errors import StoreLocked, StoreReadOnly
from data.lock import FolderLock, is_locked, owner_of


def test_the_lock_tells_its_owner_and_ends_with_release(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    assert owner_of(tmp_path) is None
    lock = FolderLock(tmp_path)
    assert is_locked(tmp_path)
    assert owner_of(tmp_path) == os.getpid()
    with pytest.raises(StoreLocked, match=str(os.getpid())) as caught:
        FolderLock(tmp_path)
    assert caught.value.pid == os.getpid()
    lock.release()
    lock.release()
    assert not is_locked(tmp_path)
    FolderLock(tmp_path).release()


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    pid = os.fork()
    if not pid:
        FolderLock(tmp_path)
        os._exit(0)
    os.waitpid(pid, 0)
    assert owner_of(tmp_path) == pid
    assert not is_locked(tmp_path)
    FolderLock(tmp_path).release()
    assert owner_of(tmp_path) == os.getpid()


def test_an_unreadable_pid_is_no_pid(tmp_path: Path) -> None:
    (tmp_path / "collector.lock").write_text("who knows")
    assert owner_of(tmp_path) is None


def test_a_folder_without_room_for_a_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match=r"collector\.lock"):
        FolderLock(tmp_path / "none")
