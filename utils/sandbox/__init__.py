"""Pretend services on loopback: they answer like the real ones and keep a ledger of every effect.

Nothing here imports from the rest of the product, so that a mistake there cannot hide here.
"""
