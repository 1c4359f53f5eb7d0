# SPDX-License-Identifier: Apache-2.0
"""How far long work is: by tqdm where it is installed, or by a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

#: None: a bar where tqdm is installed; False: nothing; or a function of (task, done, total).
Progress: TypeAlias = "Callable[[str, int, int], object] | bool | None"


class Bar:
    """What the library's work calls; a bar that appears after a second."""

    def __init__(self, progress: Progress) -> None:
        if progress is not None and not isinstance(progress, bool) and not callable(progress):
            raise TypeError(f"progress must be True, False or a function of (task, done, total), "
                            f"not {type(progress).__name__}")
        self._call = progress if callable(progress) else None
        self._make: Any = None
        self._bar: Any = None
        self._task = ""
        if progress is None or progress is True:
            try:
                from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
            except ImportError:
                return
            self._make = tqdm

    def __enter__(self) -> Callable[[str, int, int], object] | None:
        if self._call is not None:
            return self._call
        return self._show if self._make is not None else None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, task: str, done: int, total: int) -> None:
        if task != self._task or self._bar is None or done < self._bar.n:
            if self._bar is not None:
                self._bar.close()
            self._task = task
            self._bar = self._make(desc=task, total=total, delay=1.0, leave=False)
        self._bar.update(done - self._bar.n)
