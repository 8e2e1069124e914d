"""The app: run it with ``streamlit run app.py`` and the city folder in OUTREACH_CITY."""

from pathlib import Path

from outreach.pages import frame

frame.run(Path(__file__).parent / "static")
