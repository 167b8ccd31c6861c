from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attr import define as _attrs_define

from ..models.grant_type import GrantType, check_grant_type

T = TypeVar("T", bound="TokenRequest")


@_attrs_define
class TokenRequest:
    """What to issue a token for.

    Attributes:
        grant_type (GrantType): The OAuth 2.0 grants that the endpoint accepts. Default: 'client_credentials'.
        audience (str): Identifier of the API that the token is for: the base URL of a region's API, without a slash at
            its end.
    """

    audience: str
    grant_type: GrantType = "client_credentials"

    def to_dict(self) -> dict[str, Any]:
        grant_type: str = self.grant_type

        audience = self.audience

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "grant_type": grant_type,
                "audience": audience,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        grant_type = check_grant_type(d.pop("grant_type"))

        audience = d.pop("audience")

        token_request = cls(
            grant_type=grant_type,
            audience=audience,
        )

        return token_request
