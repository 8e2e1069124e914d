"""Streamlit pages: thin scripts listed in app.py."""
