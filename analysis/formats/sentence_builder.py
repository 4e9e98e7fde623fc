"""Collects the words of a file with one word per line into sentences and documents."""

from __future__ import annotations

from analysis.formats.annotations import Annotations, Document, RawTag


class SentenceBuilder:
    """The sentences read so far, and the current sentence.

    Attributes:
        annotations: The finished sentences.
        words: The words of the current sentence. The list stays the same object for all sentences.
        tags: Its tags, likewise.
        document: The current document.
        sentence_id: The id of the current sentence; None: it has none.
        first_line: The line on which it begins, from 1.
    """

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.words: list[str] = []
        self.tags: list[RawTag] = []
        self.document: Document = None
        self.sentence_id: str | None = None
        self.first_line = 0
        self._documents = 0

    def begin_document(self, name: str | None) -> None:
        """Start a document; without a name it gets the next number."""
        self.finish_words()
        self._documents += 1
        self.document = name or self._documents

    def begin_sentence(self, sentence_id: str, line: int) -> None:
        """Start a sentence with an id; it is kept even if it gets no words."""
        self.finish_words()
        self.sentence_id = sentence_id
        self.first_line = line

    def add_word(self, word: str, tag: RawTag, line: int) -> None:
        """Add a word to the current sentence."""
        if not self.words:
            self.first_line = line
        self.words.append(word)
        self.tags.append(tag)

    def finish_words(self) -> None:
        """Finish the current sentence if it has words."""
        if self.words:
            self.finish_sentence()

    def finish_sentence(self) -> None:
        """Finish the current sentence if it has words or an id."""
        if self.words or self.sentence_id is not None:
            # Copies have no spare capacity: the lists of a million words would have some megabytes of it.
            self.annotations.append(self.sentence_id, self.words[:], self.tags[:], self.first_line, self.document)
        self.sentence_id = None
        self.words.clear()
        self.tags.clear()
