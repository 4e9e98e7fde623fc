"""Views that several tabs hold: the confusion matrix, the embedding map, the errors grid, the sentence in detail."""
