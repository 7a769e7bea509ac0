"""Odoo behind its client: settings, transport, look-ups, and the recipe of every document."""
