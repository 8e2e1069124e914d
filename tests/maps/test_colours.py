"""Colours of classes stay apart for eyes that mix up red and green, or blue and yellow."""

from itertools import combinations

import numpy as np
import pytest

from outreach.maps import style

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
EYES = {
    "all colours": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
PALETTES = {
    "amounts": style.AMOUNTS,
    "change": tuple(style.CHANGE.values()),
    "spots": tuple(style.SPOTS.values()),
    "labels": tuple(group.fill for group in style.LABEL_GROUPS),
    "teams": style.TEAMS,
}
APART = 10.0  # CIE76; about 2.3 can just be told side by side


def seen(colour, eye):
    """Return a colour in CIELAB (D65) as an eye sees it."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(EYES[eye]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("palette", PALETTES)
def test_any_two_classes_can_be_told_apart(palette, eye):
    apart = {
        (one, other): float(np.linalg.norm(seen(one, eye) - seen(other, eye)))
        for one, other in combinations(PALETTES[palette], 2)
    }
    closest = min(apart, key=apart.__getitem__)
    assert apart[closest] >= APART, (closest, apart[closest])


def test_the_check_sees_what_colour_blind_eyes_mix_up():
    assert np.linalg.norm(seen("#d7191c", "all colours") - seen("#5a8f29", "all colours")) > 60
    assert np.linalg.norm(seen("#8f6a29", "deuteranopia") - seen("#6f8029", "deuteranopia")) < 10
