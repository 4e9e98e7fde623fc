"""The demo corpus as files: a CoNLL file a split, the truth of the planted errors, and the rules of annotation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

from analysis.demo.annotation_errors import plant_errors
from analysis.demo.generator import SEED, SIZES, Sentence, generate
from analysis.pipeline.progress import Reporter

ERRORS_FILE = "annotation_errors.jsonl"
_README = """# The demo corpus

Written by a program of ExplaiNER: every sentence is invented, and so is whatever it says about a company, a place or a
person. `train.conll` and `test.conll` hold a word and its BIO2 tag a line; `# sent_id` names a sentence, and its last
part is the register (news, chat, review, headline, everyday).

| type | what is annotated |
| --- | --- |
| PER | people, by any part of their name, and their handles |
| ORG | companies, public bodies, universities, newspapers, bands, restaurants, sports clubs (also by their city) |
| LOC | cities, countries, regions, rivers, streets and sights, also when a government is meant |
| PRODUCT | devices, cars, programs, ships |
| MISC | peoples and languages, events, titles of books, films and songs |

"the" before a name is no part of it unless it is written with a capital letter. About 3 in 100 entities of both splits
are annotated wrongly on purpose; `annotation_errors.jsonl` says which: sentence, words [start, end), what the tags
should be, what they are, and the kind of error (type, boundary, missed, spurious).

About 3 in 100 sentences of a split stand in it twice, every second time with another end, and 2 in 100 sentences of the
test split stand in the training split too.
"""


def write_corpus(folder: Path, report: Reporter, seed: int = SEED) -> None:
    """Writes the corpus into a folder that exists: the same bytes for the same seed."""
    errors = []
    for split in SIZES:
        sentences, planted = plant_errors(generate(split, seed), Random(f"{seed}/{split}/errors"))
        (folder / f"{split}.conll").write_text("".join(map(_as_conll, sentences)), encoding="utf-8")
        errors += [{"split": split, **error.as_json()} for error in planted]
        words = sum(len(sentence.words) for sentence in sentences)
        report.say(
            f"  {split}: {len(sentences):,} sentences, {words:,} words, {len(planted)} planted annotation errors"
        )
    lines = (json.dumps(error, ensure_ascii=False) + "\n" for error in errors)
    (folder / ERRORS_FILE).write_text("".join(lines), encoding="utf-8")
    (folder / "README.md").write_text(_README, encoding="utf-8")


def _as_conll(sentence: Sentence) -> str:
    lines: Iterable[str] = (f"{word}\t{tag}\n" for word, tag in zip(sentence.words, sentence.tags, strict=True))
    return f"# sent_id = {sentence.sentence_id}\n{''.join(lines)}\n"


def read_conll(path: Path) -> list[tuple[list[str], list[str]]]:
    """Words and tags of the sentences of a file that `write_corpus` wrote."""
    sentences = []
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n")[1:]]
        sentences.append(([row[0] for row in rows], [row[1] for row in rows]))
    return sentences
