"""Views that several tabs use, such as the confusion matrix and the embedding map, and the modules that they share.

A view never imports another view; pyproject.toml lists which modules are views and which are shared.
"""
