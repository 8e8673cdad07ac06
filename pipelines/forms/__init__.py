"""The statutory forms as data, and their cells as a document states them.

    catalogue, records     the forms, out of YAML; facts
    labels, names          labels without what differs between printings; those that the forms print
    vocabulary             which of them a printed label is
    cells                  what one printed cell states
    sheets, lines          which rows of a document are a statutory table, and what each is in it
    row_matching           which row of the form a line is
    placing/               which cell stands in which column
    facts, implied         what comes out of it
    other/                 tables of no statutory form
    reading                all of it in order

Nothing here knows an issuer, a file or a year: what is printed decides.
"""
