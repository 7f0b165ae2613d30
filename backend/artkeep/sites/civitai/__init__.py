"""Civitai: its REST API, the calls of its own web page (tRPC), and its media server.

Learnt from the site's published source (civitai/civitai 5.0.2257, 2026-08), its developer
documentation and reports of its users. The page's own calls are private and may change without
notice: whatever can be asked over REST is, and a refused call never loses what REST gave.
"""
