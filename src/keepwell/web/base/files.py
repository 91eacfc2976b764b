"""Where do pages' files come from? Named by their content where they were put together, as they are while tests run."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

from keepwell.web import place


class Files(CompressedManifestStaticFilesStorage):
    """Compressed, and cached for ever under names that change with their content."""

    manifest_strict = False

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file; by its plain name where nothing was put together yet."""
        if not (place.static_folder() / "staticfiles.json").exists():
            return f"{self.base_url}{name}"
        return str(super().url(name, force))
