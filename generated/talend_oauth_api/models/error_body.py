from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attr import define as _attrs_define
from attr import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ErrorBody")


@_attrs_define
class ErrorBody:
    """Why a request failed. Talend documents no body for the errors of this endpoint; these are the fields that its other
    APIs and OAuth 2.0 servers use. Require none of them, and expect bodies that are empty or not JSON.

        Attributes:
            status (int | Unset): The HTTP status again.
            message (str | Unset): What went wrong, for people.
            detail (str | Unset): More about this occurrence.
            title (str | Unset): What went wrong, in short.
            request_id (str | Unset): Identifier of the request, to quote to Talend's support.
            error (str | Unset): Error code of OAuth 2.0 (RFC 6749, section 5.2).
            error_description (str | Unset): Explanation of the error code (RFC 6749, section 5.2).
    """

    status: int | Unset = UNSET
    message: str | Unset = UNSET
    detail: str | Unset = UNSET
    title: str | Unset = UNSET
    request_id: str | Unset = UNSET
    error: str | Unset = UNSET
    error_description: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(
        init=False, factory=dict[str, Any], repr=False
    )

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        message = self.message

        detail = self.detail

        title = self.title

        request_id = self.request_id

        error = self.error

        error_description = self.error_description

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if message is not UNSET:
            field_dict["message"] = message
        if detail is not UNSET:
            field_dict["detail"] = detail
        if title is not UNSET:
            field_dict["title"] = title
        if request_id is not UNSET:
            field_dict["requestId"] = request_id
        if error is not UNSET:
            field_dict["error"] = error
        if error_description is not UNSET:
            field_dict["error_description"] = error_description

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status", UNSET)

        message = d.pop("message", UNSET)

        detail = d.pop("detail", UNSET)

        title = d.pop("title", UNSET)

        request_id = d.pop("requestId", UNSET)

        error = d.pop("error", UNSET)

        error_description = d.pop("error_description", UNSET)

        error_body = cls(
            status=status,
            message=message,
            detail=detail,
            title=title,
            request_id=request_id,
            error=error,
            error_description=error_description,
        )

        error_body.additional_properties = d
        return error_body

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
