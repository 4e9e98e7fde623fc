class AnalysisError(Exception):
    """A failure that the user can fix. The text says in one sentence what is wrong, where, and what to do."""
