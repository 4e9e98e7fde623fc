class AnalysisError(Exception):
    """A failure that the user can mend: its text is one sentence that says what is wrong, where, and what to do."""
