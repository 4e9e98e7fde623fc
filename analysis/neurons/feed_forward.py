"""Finds the neurons of a model's feed-forward layers by structure, independent of the architecture's name.

A feed-forward layer projects a token's vector from `d` numbers up to `f` neurons, applies a non-linearity and projects
back down to `d`. The input of the down projection is therefore the neurons' activity after the non-linearity. This is
also true of gated variants, in which one half of an up projection to `2f`, or one of two up projections to `f`, is
multiplied by the other. A down projection is recognised by the linear layers that run just before it:

- It projects `f` down to `d` with `f > d`. The projections of attention are square, and a tagger's head is not in the
  base model.
- The linear layer before it projects `d` up to `f` or `2f` and is in the same block: the two are not in different items
  of a module list.
- At most two consecutive linear layers project `d` up to `f`. Three are the queries, keys and values of an attention
  that is wider than `d`.

Layers are detected while the model runs, so that a layer that is used several times (as in ALBERT) counts each time.
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

OnActivity = Callable[[int, torch.Tensor], None]
"""on_activity(layer, activity): layer from 0; neurons after the non-linearity, windows x tokens x neurons."""


class NoFeedForwardError(AnalysisError):
    """No feed-forward layer was found in the model."""

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

    def __init__(self, model: PreTrainedModel, tokens: int, on_activity: OnActivity) -> None:
        """Prepare the listener.

        Args:
            model: The model; the layers of its base model are observed.
            tokens: Length of the windows in the input, including special tokens and padding. A layer that is computed
                in chunks of tokens (`chunk_size_feed_forward`) is reported after its last chunk. A layer with fewer
                tokens, because the model pools them, is not reported.
            on_activity: Called for each layer, in the order in which the layers run.
        """
        base = model.base_model
        named = [(name, module, _sizes(module)) for name, module in base.named_modules()]
        self._linears = [_Linear(module, tuple(name.split(".")), *sizes) for name, module, sizes in named if sizes]
        self._lists = {tuple(name.split(".")) for name, module, _ in named if isinstance(module, torch.nn.ModuleList)}
        self._tokens = tokens
        self._on_activity = on_activity
        self._layer = 0
        self._chunks: list[torch.Tensor] = []
        self._chunks_of: _Linear | None = None
        self._before: deque[_Linear] = deque(maxlen=3)
        self._hooks: list[Any] = []

    def __enter__(self) -> Self:
        def listen(linear: _Linear) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
            return lambda _module, inputs: self._on_linear(linear, inputs[0])

        self._hooks = [linear.module.register_forward_pre_hook(listen(linear)) for linear in self._linears]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _on_linear(self, linear: _Linear, values: torch.Tensor) -> None:
        if values.dim() == 3 and self._narrows(linear):
            if self._chunks_of is not linear:
                self._chunks, self._chunks_of = [], linear
            self._chunks.append(values)
            if sum(chunk.shape[1] for chunk in self._chunks) == self._tokens:
                self._on_activity(self._layer, torch.cat(self._chunks, dim=1))
                self._layer += 1
                self._chunks = []
        self._before.append(linear)

    def _narrows(self, down: _Linear) -> bool:
        """Whether a linear layer is the down projection of a feed-forward layer."""
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
