"""Views that several tabs hold, such as the confusion matrix and the embedding map, and what these views share.

A view never asks another view: pyproject.toml says which modules are views and which are shared.
"""
