"""What `import optimizer` gives."""

from __future__ import annotations

import pytest

import optimizer


@pytest.mark.parametrize("name", optimizer.__all__)
def test_every_name_that_is_offered_is_there(name: str) -> None:
    assert getattr(optimizer, name).__doc__
    assert name in dir(optimizer)


def test_a_name_that_is_not_offered_is_refused_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'optimizer' has no attribute 'slove'"):
        _ = optimizer.slove
