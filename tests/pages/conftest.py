from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from outreach.pages import frame


@pytest.fixture
def run():
    """Open a page by its name."""

    def opened(name):
        page = Path(frame.__file__).parent / f"{name}.py"
        app = AppTest.from_file(page, default_timeout=60).run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def words():
    """Everything a page says."""

    def said(app):
        parts = [*app.markdown, *app.caption, *app.info, *app.title, *app.subheader]
        parts += [*app.success, *app.warning]
        html = [str(part.proto.body) for part in app.get("html")]
        heads = [str(part.label) for part in app.expander]
        return " ".join([*heads, *(str(part.value) for part in parts), *html])

    return said
