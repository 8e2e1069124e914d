"""Names of languages and their codes of ISO 639, for those that directories name."""

import re

_NAMES = {
    "am": "Amharic",
    "ar": "Arabic",
    "ase": "American Sign Language",
    "bn": "Bengali",
    "bs": "Bosnian",
    "cmn": "Mandarin",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gu": "Gujarati",
    "hi": "Hindi",
    "hmn": "Hmong",
    "ht": "Haitian Creole",
    "hy": "Armenian",
    "it": "Italian",
    "ja": "Japanese",
    "kar": "Karen",
    "kea": "Cape Verdean Creole",
    "km": "Khmer",
    "ko": "Korean",
    "ku": "Kurdish",
    "lo": "Lao",
    "my": "Burmese",
    "ne": "Nepali",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "rw": "Kinyarwanda",
    "so": "Somali",
    "sq": "Albanian",
    "sr": "Serbian",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "ti": "Tigrinya",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "yi": "Yiddish",
    "yue": "Cantonese",
    "zh": "Chinese",
}
_OTHERS = {
    "asl": "ase",
    "sign language": "ase",
    "farsi": "fa",
    "dari": "prs",
    "cambodian": "km",
    "laotian": "lo",
    "filipino": "tl",
    "creole": "ht",
    "haitian": "ht",
    "español": "es",
    "chinese (mandarin)": "cmn",
    "mandarin chinese": "cmn",
    "chinese (cantonese)": "yue",
    "cantonese chinese": "yue",
    "eng": "en",
    "spa": "es",
    "fra": "fr",
    "fre": "fr",
    "ara": "ar",
    "rus": "ru",
    "vie": "vi",
    "zho": "zh",
    "chi": "zh",
    "por": "pt",
    "kor": "ko",
    "urd": "ur",
    "nep": "ne",
    "hat": "ht",
}
_CODES = {name.casefold(): code for code, name in _NAMES.items()} | _OTHERS


def language_code(name: str) -> str:
    """Return the code of a language; a name that is not known in small letters, no blanks."""
    spoken = " ".join(name.casefold().split())
    if spoken in _NAMES:
        return spoken
    return _CODES.get(spoken, re.sub(r"[^\w()]+", "_", spoken).strip("_"))


def language_codes(text: str) -> list[tuple[str, str]]:
    """Return (code, name) of each language in a list such as "English, Spanish and ASL"."""
    parts = re.split(r"\s*(?:[,;/|]|\band\b|&)\s*", text.strip(" []\"'"))
    names = [part.strip(" .\"'") for part in parts]
    if len(names) == 1 and all(part in _NAMES for part in names[0].casefold().split()):
        names = names[0].split()  # codes with blanks between them
    pairs = {language_code(name): name for name in names if name}
    return [(code, _NAMES.get(code, name)) for code, name in pairs.items()]
