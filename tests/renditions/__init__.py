"""One annual report, rendered by us to every format that attachments come in.

    model.draw_report(form, seed) ─┬─▶ to_html, to_docx ─▶ to_doc, to_xlsx
                                   └─▶ layout.set_pages ─▶ to_pdf ─▶ to_scan
                                                       └─▶ to_ofd

What a reader makes of any of them must be the figures of the model.
"""
