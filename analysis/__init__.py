"""Analyse a named-entity tagger on a labelled corpus and read the published runs."""
