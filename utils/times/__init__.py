"""Time as the owner lives it: the clock, his zone, named periods, weeks."""
