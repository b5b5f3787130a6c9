"""The four parts' signing keys: each signs its own calls, and all have the public keys of all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from miernik_local.private_files import DamagedFile, read_private_json, write_private_json
from miernik_local.provision import SERVICES


@dataclass(frozen=True)
class SigningKeys:
    """`private`: a JWK as JSON text by part. `trusted`: the JWKS of all public keys as JSON text. `kid` = the part."""

    private: Mapping[str, str]
    trusted: str


def signing_keys(file: Path) -> SigningKeys:
    """Signing keys in `file`; missing ones are generated and stored there, readable by its owner alone.

    Raises DamagedFile where one of them is no key.
    """
    kept: dict[str, dict[str, Any]] = read_private_json(file)
    missing = [part for part in SERVICES if part not in kept]
    if missing:
        kept |= {part: _new_key(part).as_dict(private=True) for part in missing}
        write_private_json(file, kept)
    try:
        public = [OKPKey.import_key(kept[part]).as_dict(private=False) for part in SERVICES]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedFile(f"{file} is damaged: it holds something other than keys") from error
    return SigningKeys(
        private={part: json.dumps(kept[part]) for part in SERVICES},
        trusted=json.dumps({"keys": public}),
    )


def _new_key(part: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": part, "alg": "Ed25519", "use": "sig"})
