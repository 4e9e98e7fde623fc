"""WebAnno TSV 3, as INCEpTION exports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.corpora import load_text, tagged

NER = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
HEAD = "#FORMAT=WebAnno TSV 3.3\n"
TEXT = (
    HEAD
    + NER
    + r"""

#Text=Rosa Diaz ate at El Prado in Oslo
#Sentence.id=first
1-1	0-4	Rosa	*[1]	PER[1]~
1-2	5-9	Diaz	*[1]	PER[1]~
1-3	10-13	ate	_	_~
1-4	14-16	at	_	_~
1-5	17-19	El	*[2]	ORG[2]~
1-6	20-25	Prado	*[2]|*[3]	ORG[2]|LOC[3]~
1-7	26-28	in	_	_~
1-8	29-33	Oslo	*	LOC~

#Text=LA Rome 1\|2
2-1	34-36	LA	*	LOC~
2-2	37-41	Rome	*	LOC~
2-3	42-45	1\|2	*	quote\_d~
2-4	46-52	preAsia	_	_~
2-4.1	49-52	Asia	*	LOC~
""".replace("~", "\t")
)


def test_spans_stacks_and_escapes(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, TEXT, "corpus.tsv")
    assert tagged(corpus) == [
        "Rosa/B-PER Diaz/I-PER ate/O at/O El/B-ORG Prado/I-ORG in/O Oslo/B-LOC",
        "LA/B-LOC Rome/B-LOC 1|2/B-quote_d preAsia/B-LOC",
    ]
    assert corpus.sentence_ids == ["first", "1"]
    assert corpus.audit["counts"] == {"stacked_entities": 1, "entities_in_parts_of_words": 1}
    assert "the layer NamedEntity|value in column 4" in corpus.audit["read_as"]


def test_a_stacked_span_outside_a_longer_one_is_kept_whole(tmp_path: Path) -> None:
    rows = (
        "1-1\t0-1\ta\t*[1]|*[2]\tX[1]|LONG[2]\t\n1-2\t2-3\tb\t*[2]\tLONG[2]\t\n1-3\t4-5\tc\t*[2]|*[3]\tLONG[2]|Y[3]\t\n"
    )
    corpus = load_text(tmp_path, HEAD + NER + "\n" + rows)
    assert tagged(corpus) == ["a/B-LONG b/I-LONG c/I-LONG"]
    assert corpus.audit["counts"]["stacked_entities"] == 2


LAYERS = (
    HEAD
    + "#T_SP=webanno.custom.Sentiment|polarity\n"
    + NER
    + "#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceType|referenceRelation\n"
    + "\n#Text=Rosa left\n"
    + "1-1\t0-4\tRosa\tgood\t*\tPER\tname[1]\t*->1-1\t\n1-2\t5-9\tleft\t_\t_\t_\t_\t_\t\n"
)


def test_of_several_layers_named_entities_are_read_and_chains_counted(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, LAYERS)
    assert tagged(corpus) == ["Rosa/B-PER left/O"]
    assert corpus.audit["counts"] == {"chained_words": 1}
    assert "Layers that were not read: Sentiment, CoreferenceLink." in corpus.audit["notes"]
    for column in ("sentiment", "Sentiment|polarity", "polarity", "3"):
        assert load_text(tmp_path, LAYERS, tag_column=column).types == ("good",)


def test_annotations_without_a_value_are_entities(tmp_path: Path) -> None:
    text = HEAD + "#T_SP=webanno.custom.Mention\n\n#Text=a b\n1-1\t0-1\ta\t*[1]\t\n1-2\t2-3\tb\t*[1]\t\n"
    assert tagged(load_text(tmp_path, text)) == ["a/B-ENTITY b/I-ENTITY"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            LAYERS.replace("NamedEntity", "Thing"),
            {},
            r"several layers of spans \(Sentiment\|polarity, Thing\|identifier",
        ),
        (LAYERS, {"tag_column": "Nothing"}, r'has no layer "Nothing" \(Sentiment'),
        (HEAD + "#T_RL=x.Dependency|flavor|BT_x\n\n1-1\t0-1\ta\t_\t_\t\n", {}, r"without a layer of spans"),
        (HEAD + NER + "\n1-1\t0-1\ta\n", {}, r"line 4 has 3 columns, too few for NamedEntity\|value in column 4"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, options: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=message):
        load_text(tmp_path, text, **options)
