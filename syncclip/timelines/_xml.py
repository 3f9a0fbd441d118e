"""XML text from elements, whatever names strangers gave their files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

__all__ = ["child", "clean", "to_text"]

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: object) -> str:
    """Text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", str(text))


def child(parent: ET.Element, tag: str, text: object = None, **attributes: object) -> ET.Element:
    """Append an element; attributes that are None are left out, ``in_`` stands for ``in``."""
    said = {key.rstrip("_"): value for key, value in attributes.items() if value is not None}
    element = ET.SubElement(parent, tag, {key: clean(value) for key, value in said.items()})
    if text is not None:
        element.text = clean(text)
    return element


def to_text(root: ET.Element, *, doctype: str | None = None) -> str:
    """The document, indented."""
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if doctype is not None:
        head += f"<!DOCTYPE {doctype}>\n"
    return head + ET.tostring(root, encoding="unicode") + "\n"
