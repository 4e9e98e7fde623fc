"""The neurons of a model's feed-forward layers, found by structure, whatever the architecture is called.

A feed-forward layer widens a token's vector from `d` numbers to `f` neurons, puts them through a non-linearity and
narrows them back: so the input of the layer that narrows (the down projection) is the neurons' activity after the
non-linearity, in gated forms (where one half of a widening to `2f`, or one of two widenings to `f`, is multiplied with
the other) as well. A down projection is recognised by the linear layers that run just before it:

- it narrows, `f` to `d` with `f > d`: the projections of attention are square, a tagger's head is outside the base
  model;
- the one before it widens `d` to `f`, or to `2f`, in the same block: the two are not in different items of a list;
- at most two in a row widen `d` to `f`: three are the queries, keys and values of an attention that is wider than `d`.

Layers are detected while the model runs, so that a layer that is used several times (ALBERT's) counts each time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import torch
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from analysis.errors import AnalysisError

Neurons = Callable[[int, torch.Tensor], None]
"""on_activity(layer, activity): the layer, from 0, and neurons after the non-linearity, windows x tokens x neurons."""


class NoFeedForwardError(AnalysisError):
    """The model has no feed-forward layer of a known structure."""

    def __init__(self, architecture: str) -> None:
        super().__init__(
            f"No feed-forward layer was found in this tagger ({architecture}). Its architecture is not "
            "supported, so there is no neuron activity."
        )


@dataclass(frozen=True)
class _Linear:
    """A linear layer of the model and its position."""

    module: torch.nn.Module
    path: tuple[str, ...]
    inputs: int
    outputs: int


class NeuronListener:
    """Records the activity of a model's neurons in every forward pass inside its context."""

    def __init__(self, model: PreTrainedModel, tokens: int, heard: Neurons) -> None:
        """Listen.

        Args:
            model: The model; its base model is observed.
            tokens: Of the windows that are fed to it, special ones and padding included. A layer that is computed
                in chunks of tokens (`chunk_size_feed_forward`) is reported after all chunks; a layer that sees
                fewer tokens, because the model pools them, is not reported.
            heard: Called in the order in which the layers run.
        """
        base = model.base_model
        named = [(name, module, _sizes(module)) for name, module in base.named_modules()]
        self._linears = [_Linear(module, tuple(name.split(".")), *sizes) for name, module, sizes in named if sizes]
        self._lists = {tuple(name.split(".")) for name, module, _ in named if isinstance(module, torch.nn.ModuleList)}
        self._tokens = tokens
        self._heard = heard
        self._layer = 0
        self._chunks: list[torch.Tensor] = []
        self._chunks_of: _Linear | None = None
        self._before: deque[_Linear] = deque(maxlen=3)
        self._hooks: list[Any] = []

    def __enter__(self) -> Self:
        def listen(linear: _Linear) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
            return lambda _module, inputs: self._fires(linear, inputs[0])

        self._hooks = [linear.module.register_forward_pre_hook(listen(linear)) for linear in self._linears]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _fires(self, linear: _Linear, values: torch.Tensor) -> None:
        if values.dim() == 3 and self._narrows(linear):
            if self._chunks_of is not linear:
                self._chunks, self._chunks_of = [], linear
            self._chunks.append(values)
            if sum(chunk.shape[1] for chunk in self._chunks) == self._tokens:
                self._heard(self._layer, torch.cat(self._chunks, dim=1))
                self._layer += 1
                self._chunks = []
        self._before.append(linear)

    def _narrows(self, down: _Linear) -> bool:
        """Whether a layer is the down projection of what ran just before it."""
        if not self._before or down.inputs <= down.outputs or not self._same_block(self._before[-1], down):
            return False
        widening = [(linear.inputs, linear.outputs) for linear in self._before]
        plain, gated = (down.outputs, down.inputs), (down.outputs, 2 * down.inputs)
        return widening[-1] == gated or (widening[-1] == plain and widening != [plain] * 3)

    def _same_block(self, one: _Linear, other: _Linear) -> bool:
        shared = 0
        while one.path[shared] == other.path[shared]:
            shared += 1
        return one.path[:shared] not in self._lists


def _sizes(module: torch.nn.Module) -> tuple[int, int] | None:
    """Inputs and outputs of a linear layer; None for other modules."""
    if isinstance(module, Conv1D):
        inputs, outputs = module.weight.shape
    elif isinstance(module, torch.nn.Linear):
        outputs, inputs = module.weight.shape
    else:
        return None
    return int(inputs), int(outputs)
