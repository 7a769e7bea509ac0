"""One business in fast motion: its world, its owner, what happens to it, and its judges.

Every act may be made at any time. The judges look after every stretch of work at what must always
hold, and after some minutes without a fault at what must have come of everything. A state machine
and the soak choose the acts, out of one table (``acts``); both print what they chose by.
"""
