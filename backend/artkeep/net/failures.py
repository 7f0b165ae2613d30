"""What an exception of aiohttp or a socket means, as a reason of the matrix."""

from __future__ import annotations

import errno
import ssl

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from artkeep.net.guard import AddressRefused
from artkeep.net.proxy import ProxyFailed
from artkeep.net.retry import FetchFailed
from artkeep.net.transport import SurplusBytes

NOT_YET_VALID = 9  # OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID
BROKEN = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)
OUR_TROUBLE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)

PROXY_ERRORS = (
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientHttpProxyError,
    ProxyFailed,
)

# Everything that a request may raise; anything else is a bug and is not caught.
REQUEST_ERRORS = (aiohttp.ClientError, OSError, ValueError)


def failure_of(error: Exception, host: str, *, http_status: int | None = None) -> FetchFailed:
    """The FetchFailed for what went wrong on the way; `http_status` once a head has come."""
    reason, detail = _reason_of(error)
    return FetchFailed(reason, host=host, http_status=http_status, detail=detail)


def _reason_of(error: BaseException) -> tuple[str, str]:
    if isinstance(error, PROXY_ERRORS):
        return "proxy", ""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate_reason(error.certificate_error)
    if isinstance(error, ssl.SSLCertVerificationError):  # through a SOCKS proxy
        return _certificate_reason(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connect_reason(error)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "connect_timeout", ""
    if isinstance(error, TimeoutError):  # SocketTimeoutError too
        return "stalled", ""
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return _reply_reason(error)
    if isinstance(error, aiohttp.InvalidURL):
        return "address_refused", "odd address"
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        return "reset", ""
    return "bad_reply", ""


def _reply_reason(error: BaseException) -> tuple[str, str]:
    cause = error.__cause__
    if isinstance(cause, SurplusBytes):
        return "too_long", ""
    if isinstance(error, aiohttp.ClientPayloadError) and not (
        isinstance(cause, ContentEncodingError)
    ):
        return "cut_short", ""
    return "bad_reply", ""


def _connect_reason(error: aiohttp.ClientConnectorError) -> tuple[str, str]:
    cause = error.os_error
    if isinstance(cause, AddressRefused):
        return "address_refused", str(cause)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", ""
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "reset", ""
    if isinstance(cause, ssl.SSLError):
        return "tls", (cause.reason or "").replace("_", " ").lower()
    if isinstance(cause, ConnectionRefusedError) or cause.errno == errno.ECONNREFUSED:
        return "connect_refused", ""
    if cause.errno in OUR_TROUBLE:
        return "reset", "this computer ran out of connections"
    return ("reset" if isinstance(cause, BROKEN) else "connect_timeout"), ""


def _certificate_reason(error: Exception) -> tuple[str, str]:
    detail = str(getattr(error, "verify_message", "") or "not valid")
    is_early = getattr(error, "verify_code", 0) == NOT_YET_VALID
    return ("tls_clock" if is_early else "tls"), detail
