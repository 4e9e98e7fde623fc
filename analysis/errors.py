class AnalysisError(Exception):
    """A failure that the user can fix. The text says in one sentence what is wrong, where, and what to do."""


class RefusedInputError(AnalysisError):
    """The tagger cannot be used for the corpus, so nothing that was computed for the run is of use."""
