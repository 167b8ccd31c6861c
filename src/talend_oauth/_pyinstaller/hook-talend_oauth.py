"""PyInstaller's hook: the OpenAPI documents and the completion scripts."""  # noqa: N999

from PyInstaller.utils.hooks import (  # type: ignore[import-not-found, import-untyped, unused-ignore]  # pyright: ignore[reportMissingModuleSource]
    collect_data_files,
)

datas = collect_data_files("talend_oauth")
