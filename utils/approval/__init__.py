"""Who decides about a Proposal, and what he decides: facts, caps, the owner's hand."""
