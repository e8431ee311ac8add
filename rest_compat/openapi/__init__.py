"""`openapi.yaml`: what `/v1` is, in machine form, made of the routes that serve it.

`document` puts it together, `schemas` turns shapes and forms into JSON Schema, `operations` describes each route,
`responses` the headers and errors that routes share, `examples` and `texts` are what people read in it.
"""

from rest_compat.openapi.document import document, rendered

__all__ = ["document", "rendered"]
