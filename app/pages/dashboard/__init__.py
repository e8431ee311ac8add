"""The dashboard: a module a section, each with the `handlers` of its pages."""
