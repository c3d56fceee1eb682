"""Layers 4 and 5, need and pathways: one module for each service. None sees the ethnic group."""
