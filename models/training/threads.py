"""How many threads learning uses. Its results are the same to the bit with any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread_per_call() -> Iterator[None]:
    """Keep torch from starting threads inside an operation: the parts of a batch are our threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
