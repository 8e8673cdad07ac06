"""What a document says of itself: title, issuer, year, kind, numbers and dates, printed or nothing."""
