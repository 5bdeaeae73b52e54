"""Pocket: the tiny chat model that comes with Hearth, made from scratch."""
