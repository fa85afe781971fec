"""Objects on S3 and everything that speaks it.

A checksum of the whole goes into an object's metadata when it is put, and is compared when it is read. Files larger
than a part go in parts; whatever interrupts that, the parts that were sent are thrown away.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import aioboto3
from aiobotocore.config import AioConfig
from botocore import exceptions
from botocore.handlers import add_expect_header

from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable
from trend_agent.storage.address import Address
from trend_agent.storage.folder.files import compare, temporary
from trend_agent.storage.ports.objects import (
    BUCKET,
    About,
    Listed,
    Method,
    Page,
    StorageClass,
    fit,
    fit_data,
    fit_lasting,
    fit_metadata,
    fit_range,
    named,
)

SECONDS = 30.0
"""How long the other side may be silent."""

PART = 8 << 20
"""Bytes of a part; S3 wants five million at least, of all but the last."""

TOGETHER = 3
"""Parts of one object under way at once."""

TRIES = 4
CHECKSUM = "sha256"
CLASSES: dict[StorageClass, str] = {"standard": "STANDARD", "infrequent": "STANDARD_IA", "archive": "GLACIER"}
OURS: dict[str, StorageClass] = {their: our for our, their in CLASSES.items()}
OPERATIONS: dict[Method, str] = {"GET": "get_object", "PUT": "put_object"}

MISSING = {"404", "NoSuchBucket", "NoSuchKey", "NotFound", "NoSuchUpload"}
DENIED = {"401", "403", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
          "InvalidToken", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"}  # fmt: skip
CONFLICT = {"BucketNotEmpty", "InvalidObjectState", "RestoreAlreadyInProgress", "OperationAborted"}

AGAIN = (0.1, 0.3, 0.9)
"""Seconds between tries to delete what a store refuses while others write to it."""


class S3Objects:
    """`Objects` on S3: `s3:///PREFIX` for Amazon's with the credentials of the machine, otherwise
    `s3+https://KEY:SECRET@HOST:PORT/PREFIX`. A bucket is called PREFIX-NAME there, as its names are for all."""

    def __init__(self, address: Address) -> None:
        address.known({"region", "timeout"})
        self.address = address
        self.prefix = f"{address.path.strip('/') or 'trend'}-"
        if not BUCKET.fullmatch(f"{self.prefix}x"):
            raise Misconfigured(
                f"{address.setting}: no beginning for the names of buckets: {address.path[:80]!r}"
            )
        self._name = f"s3 at {str(address)!r}"
        self._arguments = _arguments(address)
        self._patience = 2 * TRIES * address.number("timeout", SECONDS)
        self._stack = AsyncExitStack()
        self._made: Any = None
        self._making = asyncio.Lock()

    async def make_bucket(self, bucket: str) -> None:
        # "Yours already" is an error everywhere but in one of Amazon's regions.
        async with self._client() as s3:
            with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
                await s3.create_bucket(Bucket=self._bucket(bucket), **self._placed())

    def _placed(self) -> dict[str, Any]:
        region = self._arguments["region_name"]
        if self.address.host or region in (None, "us-east-1"):
            return {}
        return {"CreateBucketConfiguration": {"LocationConstraint": region}}

    async def buckets(self) -> list[str]:
        async with self._client() as s3:
            found = await s3.list_buckets()
        names = [b["Name"] for b in found["Buckets"]]
        return sorted(name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix))

    async def drop_bucket(self, bucket: str) -> None:
        async with self._client() as s3:
            await s3.delete_bucket(Bucket=self._bucket(bucket))

    async def put(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        *,
        kind: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        storage_class: StorageClass = "standard",
    ) -> About:
        where = self._where(bucket, key)
        known = fit_metadata(metadata)
        fit_data(data)
        size, digest = await asyncio.to_thread(_measured, data)
        told = {
            "ContentType": kind,
            "StorageClass": CLASSES[storage_class],
            "Metadata": {CHECKSUM: digest, **{name: quote(value) for name, value in known.items()}},
        }
        if size <= PART:
            body = data if isinstance(data, bytes) else await asyncio.to_thread(data.read_bytes)
            async with self._client() as s3:
                await s3.put_object(**where, Body=body, **told)
        else:
            await self._put_in_parts(where, data, size, told)
        return await self.about(bucket, key)

    async def _put_in_parts(
        self, where: dict[str, str], data: bytes | Path, size: int, told: dict[str, Any]
    ) -> None:
        beginning = asyncio.create_task(self._begin(where, told))
        try:
            upload = await asyncio.shield(beginning)
        except asyncio.CancelledError:  # only its answer says what is to be thrown away
            with suppress(TrendError):
                await self._throw_away(where, await beginning)
            raise
        slots = asyncio.Semaphore(TOGETHER)

        async def send(number: int) -> dict[str, Any]:
            async with slots, self._client() as s3:
                body = await asyncio.to_thread(_piece, data, number * PART)
                sent = await s3.upload_part(**where, UploadId=upload, PartNumber=number + 1, Body=body)
            return {"PartNumber": number + 1, "ETag": sent["ETag"]}

        sending = [asyncio.create_task(send(number)) for number in range(-(-size // PART))]
        try:
            parts = {"Parts": await asyncio.gather(*sending)}
            async with self._client() as s3:
                await s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
        except BaseException:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
            with suppress(TrendError):  # `tidy` finds what could not be thrown away now
                await self._throw_away(where, upload)
            raise

    async def _begin(self, where: dict[str, str], told: dict[str, Any]) -> str:
        async with self._client() as s3:
            return str((await s3.create_multipart_upload(**where, **told))["UploadId"])

    async def _throw_away(self, where: dict[str, str], upload: str) -> None:
        async with self._client() as s3:
            await s3.abort_multipart_upload(**where, UploadId=upload)

    async def get(self, bucket: str, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        fit_range(start, end)
        ranged = (
            {} if start == 0 and end is None else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
        )
        async with self._client(reading=True) as s3:
            try:
                found = await s3.get_object(**self._where(bucket, key), **ranged)
            except exceptions.ClientError as fault:
                if fault.response["Error"]["Code"] in ("InvalidRange", "416"):
                    return b""
                raise
            async with found["Body"] as body:
                data: bytes = await body.read()
        if not ranged:
            compare(_about(key, found), hashlib.sha256(data).hexdigest())
        return data

    async def save(self, bucket: str, key: str, path: Path) -> About:
        seen = hashlib.sha256()
        with temporary(path.parent) as fresh:
            async with self._client(reading=True) as s3:
                found = await s3.get_object(**self._where(bucket, key))
                with fresh.open("wb") as file:
                    async for piece in found["Body"].content.iter_chunked(1 << 20):
                        seen.update(piece)
                        await asyncio.to_thread(file.write, piece)
            about = _about(key, found)
            compare(about, seen.hexdigest())
            fresh.replace(path)
        return about

    async def about(self, bucket: str, key: str) -> About:
        async with self._client() as s3:
            return _about(key, await s3.head_object(**self._where(bucket, key)))

    async def page(self, bucket: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Page:
        found: list[Listed] = []
        async with self._client() as s3:
            while True:
                answer = await s3.list_objects_v2(
                    Bucket=self._bucket(bucket),
                    Prefix=prefix,
                    StartAfter=found[-1].key if found else after,
                    MaxKeys=min(1000, limit - len(found)),
                )
                found += [_listed(row) for row in answer.get("Contents", ())]
                if not answer["IsTruncated"]:
                    return Page(found, None)
                if len(found) >= limit:
                    return Page(found, found[-1].key)

    async def move(self, bucket: str, key: str, storage_class: StorageClass) -> None:
        where = self._where(bucket, key)
        if (await self.about(bucket, key)).storage_class == storage_class:
            return
        async with self._client() as s3:
            await s3.copy_object(
                **where, CopySource=where, StorageClass=CLASSES[storage_class], MetadataDirective="COPY"
            )

    async def restore(self, bucket: str, key: str, *, days: int = 1) -> None:
        where = self._where(bucket, key)
        async with self._client() as s3:
            if OURS.get((await s3.head_object(**where)).get("StorageClass", "STANDARD")) != "archive":
                return
            try:
                await s3.restore_object(**where, RestoreRequest={"Days": days})
            except exceptions.ClientError as fault:
                # Stores without a real archive do not know the request: there everything can be read.
                if fault.response["Error"]["Code"] not in (
                    "NotImplemented",
                    "501",
                    "RestoreAlreadyInProgress",
                ):
                    raise

    async def delete(self, bucket: str, *keys: str) -> None:
        wanted = [{"Key": fit(key)} for key in keys]
        async with self._client() as s3:
            for start in range(0, len(wanted), 1000):
                await self._delete(s3, bucket, wanted[start : start + 1000])

    async def _delete(self, s3: Any, bucket: str, wanted: list[dict[str, str]]) -> None:
        """What a store could not delete at this moment, as somebody else writes there, is asked of it again."""
        for wait in (*AGAIN, None):
            some = {"Objects": wanted, "Quiet": True}
            faults = (await s3.delete_objects(Bucket=self._bucket(bucket), Delete=some)).get("Errors")
            if not faults:
                return
            if wait is None or any(fault["Code"] in DENIED for fault in faults):
                raise Unavailable(f"{self._name} could not delete {len(faults)} objects: {faults[0]['Code']}")
            wanted = [{"Key": fault["Key"]} for fault in faults]
            await asyncio.sleep(wait)

    async def link(
        self, bucket: str, key: str, *, method: Method = "GET", lasting: timedelta = timedelta(hours=1)
    ) -> str:
        async with self._client() as s3:
            made = await s3.generate_presigned_url(
                OPERATIONS[method], Params=self._where(bucket, key), ExpiresIn=fit_lasting(lasting)
            )
        return str(made)

    async def tidy(self, bucket: str, *, before: datetime) -> int:
        number = 0
        name = self._bucket(bucket)
        async with self._client() as s3:
            pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=name)
            old = [u async for page in pages for u in page.get("Uploads", ()) if u["Initiated"] < before]
            for upload in old:
                await s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
                number += 1
        return number

    async def check(self) -> list[str]:
        await self.buckets()
        return []

    async def close(self) -> None:
        await self._stack.aclose()
        self._made = None

    def _bucket(self, bucket: str) -> str:
        return self.prefix + named(bucket)

    def _where(self, bucket: str, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket(bucket), "Key": fit(key)}

    @asynccontextmanager
    async def _client(self, *, reading: bool = False) -> AsyncIterator[Any]:
        """The client, around whose use the driver's errors turn into ours. Only reading may take as long as
        bytes come: what is sent goes in parts."""
        try:
            async with asyncio.timeout(None if reading else self._patience):
                yield await self._opened()
        except exceptions.ClientError as fault:
            raise self._ours(fault) from fault
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as fault:
            raise Denied(f"{self._name} wants credentials and there are none") from fault
        except (exceptions.BotoCoreError, OSError, TimeoutError) as fault:
            raise Unavailable(f"{self._name} does not answer: {fault or type(fault).__name__}") from fault

    async def _opened(self) -> Any:
        async with self._making:
            if self._made is None:
                client = aioboto3.Session().client("s3", **self._arguments)
                self._made = await self._stack.enter_async_context(client)
                # Asked for leave to send, a server that is silent is waited for without end.
                self._made.meta.events.unregister("before-call.s3", add_expect_header)
        return self._made

    def _ours(self, fault: exceptions.ClientError) -> TrendError:
        code = str(fault.response["Error"].get("Code", ""))
        told = f"{self._name}: {fault.operation_name}: {fault.response['Error'].get('Message') or code}"
        if code in MISSING:
            return Missing(told)
        if code in DENIED:
            return Denied(told)
        if code == "InvalidObjectState":
            return Conflict(f"{told}; it is archived and has to be restored first")
        if code in CONFLICT:
            return Conflict(told)
        status = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 503)
        return Rejected(told) if status in (400, 411, 413) else Unavailable(told)


def _arguments(address: Address) -> dict[str, Any]:
    seconds = address.number("timeout", SECONDS)
    found: dict[str, Any] = {
        "region_name": address.options.get("region", "us-east-1" if address.host else None),
        "config": AioConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path" if address.host else "auto"},
            connect_timeout=min(seconds, 5),
            read_timeout=seconds,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            # Older stores do not know the checksums that newer clients add unasked; we keep our own.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
    if address.host:
        scheme = address.scheme.removeprefix("s3+")
        host = f"[{address.host}]" if ":" in address.host else address.host
        found["endpoint_url"] = f"{scheme}://{host}" + (f":{address.port}" if address.port else "")
    if address.user:
        found |= {"aws_access_key_id": address.user, "aws_secret_access_key": address.password}
    return found


def _measured(data: bytes | Path) -> tuple[int, str]:
    """Size and SHA-256."""
    if isinstance(data, bytes):
        return len(data), hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _piece(data: bytes | Path, start: int) -> bytes:
    if isinstance(data, bytes):
        return data[start : start + PART]
    with data.open("rb") as file:
        file.seek(start)
        return file.read(PART)


def _about(key: str, head: Mapping[str, Any]) -> About:
    metadata = {name.lower(): value for name, value in head["Metadata"].items()}
    return About(
        key=key,
        size=head["ContentLength"],
        sha256=metadata.pop(CHECKSUM, ""),
        kind=head.get("ContentType", "application/octet-stream"),
        modified_at=head["LastModified"],
        storage_class=OURS.get(head.get("StorageClass", "STANDARD"), "standard"),
        metadata={name: unquote(value) for name, value in metadata.items()},
    )


def _listed(row: Mapping[str, Any]) -> Listed:
    kept = OURS.get(row.get("StorageClass", "STANDARD"), "standard")
    return Listed(row["Key"], row["Size"], row["LastModified"], kept)
