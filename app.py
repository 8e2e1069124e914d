"""The app: run it with ``streamlit run app.py`` and the city folder in OUTREACH_CITY."""

from pathlib import Path

if __name__ == "__main__":  # a page is drawn
    from outreach.pages import frame

    frame.run(Path(__file__).parent / "static")
else:  # the server starts
    from streamlit.starlette import App

    from outreach.pages import gate, gate_pages

    app = App(__file__, routes=gate_pages.routes(), middleware=gate.middleware())
