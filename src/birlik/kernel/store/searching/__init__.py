"""What is searched: one SQLite file beside the store, with an index for each set of views that see the same of a table.

    file       the file: opened, found damaged, thrown away
    parts      which index is whose: sets of views are parted as labels come that tell them apart
    writing    rows into an index and out of it
    following  what a step has changed, set by set
    asking     words to rows, ranked from nothing but what the view sees
    vectors    what rows mean, made beside the steps, and which are near a question

All of it can be thrown away at any time; the next step makes it again.
"""
