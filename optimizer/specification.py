"""Common ground of all frozen, validated specifications, and the words in which their faults are told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Specification(BaseModel):
    """A frozen pydantic model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)
