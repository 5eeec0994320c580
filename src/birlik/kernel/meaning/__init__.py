"""What a text means, as a vector: texts of one meaning are near each other in whatever language they are.

model      the port, and who stands behind it where the extra is installed
tongue     in which language a text is, by pairs of letters
centring   what a vector has of its language is taken out of it
texts      rows and questions to vectors
"""
