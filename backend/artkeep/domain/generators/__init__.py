"""How each family of tools writes down what it did. A reader takes an `Embedded` and gives a
`Generation`, or None where the file is not its tool's.

Learnt from the files of `tests/fixtures/embedded-metadata` and the tools' sources, 2026-11.
"""
