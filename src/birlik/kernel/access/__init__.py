"""Who gets in: principals, what they were granted, their keys, links and sessions; and who it is that asks."""
