"""The git program on a bare repo: fixed arguments, an environment of ours, a time limit."""

import os
import subprocess
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.model.forge import ForgeError


class BareRepo:
    """A bare repo in a folder. Every call raises ForgeError where git fails."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        protocols: Collection[str] = (),
        config: Mapping[str, str] | None = None,
        timeout: timedelta = timedelta(minutes=10),
    ) -> None:
        """`name` is what errors call it. Without `protocols` git talks to nobody; `config` reaches it by its environment alone."""
        self.path: Final = path
        self.name: Final = name or path.name
        self._timeout: Final = timeout
        self._environment: Final = {
            # GIT_DIR and its like from outside would lead elsewhere; those about certificates are the machine's own.
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key.startswith("GIT_SSL_")},
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_ALLOW_PROTOCOL": ":".join(protocols),
            "LC_ALL": "C",
            **_as_variables({"credential.helper": "", "http.followRedirects": "false", "gc.auto": "0", **(config or {})}),
        }

    def git(self, *arguments: str, stdin: str = "") -> bytes:
        """What git prints."""
        command = ["git", f"--git-dir={self.path}", *arguments]
        seconds = self._timeout.total_seconds()
        try:
            done = subprocess.run(command, input=stdin.encode(), capture_output=True, check=True, env=self._environment, timeout=seconds)
        except subprocess.CalledProcessError as error:
            said = " ".join(error.stderr.decode("utf-8", "replace").split())[:500] or f"code {error.returncode}"
            remedy = "Check that the token may read the repo."
            raise ForgeError(f"{self.name}: git {_verb(arguments)} failed ({said}). {remedy}", is_temporary=True) from error
        except subprocess.TimeoutExpired as error:
            raise ForgeError(
                f"{self.name}: git {_verb(arguments)} took more than {self._timeout}. Run again later.", is_temporary=True
            ) from error
        except OSError as error:
            raise ForgeError(f"git can't be started: {error}. Install git.") from error
        return done.stdout

    def blobs_here(self) -> dict[str, int]:
        """The objects that are in the repo, by name, with their sizes in bytes. Asking for one alone would make git fetch it."""
        listed = self.git("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objectsize)")
        return {name: int(size) for name, size in (line.split() for line in listed.decode("ascii").splitlines())}

    def contents(self, blobs: Collection[str]) -> dict[str, bytes]:
        """The contents of blobs that are in the repo, by one call."""
        answer = self.git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs))
        contents: dict[str, bytes] = {}
        position = 0
        for blob in blobs:
            line_end = answer.index(b"\n", position)
            size_bytes = int(answer[position:line_end].rpartition(b" ")[2])
            contents[blob] = answer[line_end + 1 : line_end + 1 + size_bytes]
            position = line_end + size_bytes + 2
        return contents


def _verb(arguments: tuple[str, ...]) -> str:
    return next(argument for argument in arguments if not argument.startswith("-") and "=" not in argument)


def _as_variables(config: Mapping[str, str]) -> dict[str, str]:
    variables = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables
