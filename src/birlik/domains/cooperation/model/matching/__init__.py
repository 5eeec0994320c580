"""Which offer fits which need, and why: conditions first, then a sum of parts that are shown.

conditions  what must hold of two, and what of it isn't known
nearness    how near two texts are, as a percentile among pairs of the same two languages
parts       of each part how much there is, 0 to 1; what isn't known is NaN
fits        the best of each, with the range of their sum
assignment  who is brought to whom, when each can go on with a few only
"""
