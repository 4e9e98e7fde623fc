"""Loads a tokenizer, and checks that it can read any word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordLevel, WordPiece
from transformers import AutoTokenizer

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.files import SLOW_TOKENIZER_HINT, check_tokenizer_files
from analysis.taggers.huggingface.weights import first_line


def load_tokenizer(folder: Path) -> Any:
    """A fast tokenizer of transformers.

    Raises:
        AnalysisError: There is none, it cannot be loaded, or it fails at unknown words.
    """
    check_tokenizer_files(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False)
    # tokenizers raises Exception itself, no class of its own, for files that it cannot read.
    except Exception as error:
        raise AnalysisError(_loading_message(folder, error)) from error
    if not tokenizer.is_fast:
        raise AnalysisError(f"{folder} has only a slow tokenizer ({type(tokenizer).__name__}), {SLOW_TOKENIZER_HINT}")
    if not _knows_unknown(tokenizer.backend_tokenizer):
        raise AnalysisError(
            f"The tokenizer of {folder} has no unknown token in its vocabulary, so it fails at words that it does not "
            "know. Restore the tokenizer that the tagger was trained with."
        )
    return tokenizer


def _loading_message(folder: Path, error: Exception) -> str:
    message = f"The tokenizer of {folder} cannot be loaded: {first_line(error).rstrip('.')}"
    if type(error) is Exception:
        message += (
            f". It may have been saved by a newer version of tokenizers than {tokenizers.__version__}, which is "
            "installed: upgrade tokenizers and transformers, or restore the file."
        )
    return message


def _knows_unknown(tokenizer: Tokenizer) -> bool:
    model = tokenizer.model
    if isinstance(model, WordPiece | WordLevel):
        return model.token_to_id(model.unk_token) is not None
    if isinstance(model, Unigram):
        return json.loads(tokenizer.to_str())["model"]["unk_id"] is not None
    return True  # BPE drops what it does not know
