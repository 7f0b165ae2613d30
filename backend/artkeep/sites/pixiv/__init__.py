"""pixiv: `adapter.Pixiv`.

Source: the app's own API as public clients ask it, read 2026-11. It wants a refresh token, got
once through a browser; name and password have not been taken since 2021.
"""
