"""The doctor: what may be wrong with one home, one small check each; it changes nothing."""
