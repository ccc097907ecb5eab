"""Secrets of channels: named in the environment as env:NAME, or encrypted under a key file of this folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secret.key"
FROM_ENVIRONMENT = "env:"


class SecretLost(Exception):
    """A secret cannot be read: its variable is not set, or the key file is another one."""


class Secrets:
    """Encrypts and decrypts; the key is made at the first secret, readable by its owner alone."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._file = directory / KEY_FILE
        self._environment = environment

    def sealed(self, secret: str) -> bytes | None:
        """What control.db keeps; None for no secret. The name of a variable stays readable."""
        if not secret:
            return None
        if secret.startswith(FROM_ENVIRONMENT):
            return secret.encode()
        return self._key().encrypt(secret.encode())

    def opened(self, stored: bytes | None) -> str:
        """The secret again; raises SecretLost."""
        if not stored:
            return ""
        if stored.startswith(FROM_ENVIRONMENT.encode()):
            name = stored.decode().removeprefix(FROM_ENVIRONMENT)
            if name not in self._environment:
                raise SecretLost(f"the environment variable {name} is not set")
            return self._environment[name]
        try:
            return self._key(make=False).decrypt(stored).decode()
        except (InvalidToken, FileNotFoundError, ValueError):
            raise SecretLost(f"{KEY_FILE} is missing or is not the one the secret was written with") from None

    def _key(self, *, make: bool = True) -> Fernet:
        if make and not self._file.exists():
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(Fernet.generate_key())
        return Fernet(self._file.read_bytes())
