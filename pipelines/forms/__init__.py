"""The statutory forms as data, and their cells as a document states them.

    form_model, form_catalogue  the forms and facts; the forms out of YAML
    labels, printed_labels      labels without what differs between printings; those that the forms print
    label_matching              which of them a printed label is
    cell_values                 what one printed cell states
    lines                       what each row of a document is in a statutory table
    sheets                      which rows are one table, of which form, and which row of it each is
    column_headers              which columns are printed, in which order
    align_table                 which cell of a row stands in which column, unless it may be of another row
    align_rows, align_order     how, by what a layout leaves known: columns, order, or that of figures alone
    torn_rows, figure_places    rows of T3 that are torn apart or lost blank cells, by the sums of the table
    lawsuits                    T4 where its blocks stand side by side
    form_sums                   what sums imply for blank cells, and confirm of recognised ones
    other_tables, statistics    tables of no statutory form; older lists among them
    statutory_tables            all of it in order

A cell that is lost never moves another into its place: whatever rests on blank cells must be borne out by the
rows around it, or the row is undetermined as a whole. Nothing here knows an issuer, a file or a year: what is
printed decides.
"""
