"""The wire: what the page and scripts send and get. The OpenAPI document is made from these."""
