"""The Chinese step vocabulary of feature files, as a pytest plugin (extra `features`)."""
