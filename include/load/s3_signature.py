"""Signs requests to an S3 object store by Signature Version 4."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

EMPTY_PAYLOAD = hashlib.sha256(b"").hexdigest()


def signed_headers(
    host: str,
    path: str,
    query: dict[str, str],
    access_key: str,
    secret_key: str,
    region: str,
    moment: datetime,
    token: str | None = None,
) -> dict[str, str]:
    """Headers of a GET without a body; `path` is already percent-encoded, `moment` in UTC.

    References
    ----------
    Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
    """
    stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    headers = {"host": host, "x-amz-content-sha256": EMPTY_PAYLOAD, "x-amz-date": stamp}
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{header}:{headers[header]}\n" for header in sorted(headers))
    request = "\n".join(["GET", path, canonical_query(query), lines, names, EMPTY_PAYLOAD])
    scope = f"{day}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={access_key}/{scope}"
    return headers | {"authorization": f"AWS4-HMAC-SHA256 {credential},SignedHeaders={names},Signature={signature}"}


def canonical_query(query: dict[str, str]) -> str:
    return "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in sorted(query.items()))
