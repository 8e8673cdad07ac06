"""One module per CMS family, behind the protocol of `base`."""
