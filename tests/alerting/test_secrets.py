from __future__ import annotations

from pathlib import Path

import pytest

from alerting.secrets import KEY_FILE, SecretLost, Secrets


def test_a_secret_is_kept_encrypted_and_read_back(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, {})
    stored = secrets.sealed("https://hooks.example/T0/B0/xyz")
    assert stored is not None and b"hooks" not in stored
    assert Secrets(tmp_path, {}).opened(stored) == "https://hooks.example/T0/B0/xyz"


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    Secrets(tmp_path, {}).sealed("x")
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_no_secret_makes_no_key(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, {})
    assert secrets.sealed("") is None
    assert secrets.opened(None) == ""
    assert not (tmp_path / KEY_FILE).exists()


def test_a_secret_in_the_environment_is_read_when_it_is_needed(tmp_path: Path) -> None:
    stored = Secrets(tmp_path, {}).sealed("env:HOOK")
    assert stored == b"env:HOOK"
    assert Secrets(tmp_path, {"HOOK": "s3cret"}).opened(stored) == "s3cret"
    with pytest.raises(SecretLost, match="HOOK is not set"):
        Secrets(tmp_path, {}).opened(stored)


def test_a_lost_or_other_key_is_said(tmp_path: Path) -> None:
    stored = Secrets(tmp_path, {}).sealed("x")
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(SecretLost, match="is missing"):
        Secrets(tmp_path, {}).opened(stored)
    Secrets(tmp_path, {}).sealed("another")
    with pytest.raises(SecretLost, match="not the one"):
        Secrets(tmp_path, {}).opened(stored)
