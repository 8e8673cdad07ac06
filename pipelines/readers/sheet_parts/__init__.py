"""Sheets of workbooks, whichever program wrote them: figures as shown, tables and lines in their places."""
