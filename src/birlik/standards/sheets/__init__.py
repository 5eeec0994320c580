"""Tables as people send them, delimited text and spreadsheets, to columns of text that know where each cell stood."""
