"""The stages of a run, and for each a key: a hash of everything that determines its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from analysis.options import Options
from analysis.run.schema import SCHEMA_VERSION
from analysis.run.stage import Stage
from analysis.store.store_values import sha256_of


@dataclass(frozen=True)
class Plan:
    """Everything that determines a run and its id.

    Attributes:
        stages: The stages of the run. Every input is written before it is read; optional inputs and outputs are
            resolved.
        options: All options that the stages declare.
        hashes: Name of a resource -> hash of its contents.
        left_out: Key of a value that the run does not have -> the reason, as the end of a sentence.
    """

    stages: tuple[Stage, ...]
    options: Options
    hashes: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Stage name -> the values of its options, without files and folders: their contents are resources."""
        return {
            stage.name: self.options.only(option for option in stage.options if not option.kind.is_path).to_json()
            for stage in self.stages
        }

    @cached_property
    def stage_keys(self) -> dict[str, str]:
        """Stage name -> sha256 of its name, version, parameters, resources and the keys of its inputs' stages."""
        keys: dict[str, str] = {}
        writer = {value.key: stage.name for stage in self.stages for value in stage.outputs}
        for stage in self.stages:
            keys[stage.name] = _hash(
                {
                    "stage": stage.name,
                    "version": stage.version,
                    "parameters": self.parameters[stage.name],
                    "inputs": {value.key: keys[writer[value.key]] for value in stage.inputs},
                    "outputs": [value.key for value in stage.outputs],
                    "resources": {name: self.hashes[name] for name in stage.resources},
                    "schema": SCHEMA_VERSION,
                }
            )
        return keys

    @cached_property
    def run_id(self) -> str:
        """16 hexadecimal digits."""
        return _hash({"stages": self.stage_keys, "hashes": self.hashes, "schema": SCHEMA_VERSION})[:16]


def make_plan(
    stages: tuple[Stage, ...],
    options: Options,
    hashes: Mapping[str, str],
    provided: frozenset[str] = frozenset(),
    unavailable: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of all stages that can run.

    Args:
        stages: All registered stages, in order.
        options: All options that the stages declare.
        hashes: Name of each available resource -> hash of its contents.
        provided: Keys of the optional outputs that the tagger provides.
        unavailable: Name of a missing resource or key of a missing value -> the reason, as the end of a sentence.
    """
    unavailable = unavailable or {}
    planned: list[Stage] = []
    written: set[str] = set()
    reasons: dict[str, str] = {}
    for stage in stages:
        missing = [name for name in stage.resources if name not in hashes]
        missing += [value.key for value in stage.inputs if value.key not in written]
        if missing:
            reason = unavailable.get(missing[0]) or reasons.get(missing[0], f"nothing provides {missing[0]}.")
            for value in (*stage.outputs, *stage.optional_outputs):
                reasons.setdefault(value.key, reason)
            continue
        if stage.instead_of and all(value.key in written for value in stage.outputs):
            continue
        outputs = (*stage.outputs, *(value for value in stage.optional_outputs if value.key in provided))
        inputs = (*stage.inputs, *(value for value in stage.optional_inputs if value.key in written))
        planned.append(replace(stage, inputs=inputs, outputs=outputs, optional_inputs=(), optional_outputs=()))
        written.update(value.key for value in outputs)
        for value in stage.optional_outputs:
            if value.key not in provided:
                reasons[value.key] = unavailable.get(value.key, "the tagger does not provide them.")
    return Plan(tuple(planned), options, hashes, {key: why for key, why in reasons.items() if key not in written})


def _hash(value: Any) -> str:
    return sha256_of(json.dumps(value, sort_keys=True, allow_nan=False).encode())
