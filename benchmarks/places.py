"""Stretches of a film that make a stratum: still ones, takes of one set-up, shots shown twice.

All are read off the survey's thumbnails, so that any film gives some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.lookalikes import Twins
from benchmarks.survey import FilmSurvey

__all__ = [
    "NEEDS",
    "STRETCHES",
    "Stretch",
    "other_starts_s",
    "repeated_stretches",
    "still_stretches",
    "take_stretches",
]

Stretch = tuple[int, int]
"""Half-open, in film frames."""
_LEAST_S = 1.2
_LEAST_CONTRAST = 10.0
"""Standard deviation in grey levels: no editor shows a frame with less."""
_STILL_SHARE = 0.15
"""Share of a film's bright frames that counts as its stillest."""
_SAMPLE_S = 0.5
_FAR_S = 4.0
"""Film time between two takes of a set-up, or two showings of a shot."""
_TAKES_SHARE = 0.25
"""Share of a film's shots that are taken for its most alike."""
_SAMPLES = 9
"""Frames of a piece that are looked for elsewhere."""
_AROUND_S = 3.0
"""Film time kept before and after a moment that looks like another."""


def still_stretches(survey: FilmSurvey) -> list[Stretch]:
    """Where the film moves least: its stillest 15 %, in runs of at least 1.2 s."""
    steps = np.abs(np.diff(survey.thumbnails.astype(np.int16), axis=0)).mean(axis=(1, 2))
    window = round(_LEAST_S / _period_s(survey)) | 1
    # The largest step of a window, not the mean: one cut in it is one too many.
    moving = ndimage.maximum_filter1d(np.append(steps, 0.0), window)
    shown = _seen(survey)
    if not shown.any():
        return []
    still = shown & (moving <= np.quantile(moving[shown], _STILL_SHARE))
    # Every step of a window is small: so are its ends still, and the frame after its last step.
    still = ndimage.binary_dilation(still, np.ones(window, np.bool_))
    still[1:] |= still[:-1]
    return [run for run in _runs(still & shown) if _long(survey, run)]


def take_stretches(survey: FilmSurvey) -> list[Stretch]:
    """The quarter of the shots that look most like another shot, but not the same.

    Two shots are alike by the best normalised correlation of any two of their frames (two samples a
    second), at least four seconds of film apart.
    """
    step = max(round(_SAMPLE_S / _period_s(survey)), 1)
    sampled = np.arange(0, len(survey.pts), step)
    sampled = sampled[_seen(survey)[sampled]]
    if len(sampled) < 2:
        return []
    bounds = np.concatenate([[0], survey.cuts(), [len(survey.pts)]])
    shot = np.searchsorted(bounds, sampled, side="right") - 1
    alike = _likeness(survey, sampled)
    alike[shot[:, None] == shot[None, :]] = -1.0
    found: list[tuple[float, Stretch]] = []
    for number in np.unique(shot):
        mine = np.flatnonzero(shot == number)
        best = mine[np.argmax(alike[mine].max(axis=1))]
        around = round(_AROUND_S / _period_s(survey))
        stretch = (
            max(int(bounds[number]), int(sampled[best]) - around),
            min(int(bounds[number + 1]), int(sampled[best]) + around),
        )
        if _long(survey, stretch):
            found.append((float(alike[best].max()), stretch))
    found.sort(reverse=True)
    return sorted(stretch for _, stretch in found[: max(round(len(found) * _TAKES_SHARE), 4)])


def repeated_stretches(survey: FilmSurvey) -> list[Stretch]:
    """Stretches of which every frame stands a second time elsewhere in the film."""
    twins = Twins(survey)
    step = max(round(_SAMPLE_S / _period_s(survey) / 2), 1)
    sampled = np.arange(0, len(survey.pts), step)
    far = round(_FAR_S / _period_s(survey))
    seen = _seen(survey)
    twice = np.array([seen[k] and len(twins.elsewhere(int(k), far=far)) > 0 for k in sampled])
    runs = [(int(sampled[a]), int(sampled[b - 1]) + 1) for a, b in _runs(twice)]
    return [run for run in runs if _long(survey, run)]


def other_starts_s(
    survey: FilmSurvey, twins: Twins, frames: NDArray[np.int64]
) -> tuple[float, ...]:
    """Seconds at which a piece starts a second time, for every other place of the film.

    Another place is one that shows more than half of the piece, by a few of its frames.
    """
    sampled = np.unique(frames[np.linspace(0, len(frames) - 1, _SAMPLES).astype(np.int64)])
    far = round(_FAR_S / _period_s(survey))
    shifts: list[int] = []
    for frame in sampled.tolist():
        shifts += [int(twin) - frame for twin in twins.elsewhere(frame, far=far)]
    found: list[int] = []
    for shift in sorted(set(shifts)):
        near = sum(abs(other - shift) <= 1 for other in shifts)
        if near > len(sampled) / 2 and not any(abs(shift - known) <= far // 2 for known in found):
            found.append(shift)
    last = len(survey.pts) - 1
    starts = [min(max(int(frames[0]) + shift, 0), last) for shift in found]
    return tuple(float(survey.starts_s[start]) for start in starts)


STRETCHES: Mapping[str, Callable[[FilmSurvey], list[Stretch]]] = {
    "still": still_stretches,
    "takes": take_stretches,
    "repeats": repeated_stretches,
}
"""By :attr:`benchmarks.styles.Style.choose`."""
NEEDS: Mapping[str, str] = {
    "still": "it never stands still for 1.2 s; take another film",
    "takes": "it has too few shots; take another film",
    "repeats": "it shows no shot twice; make a film that does: python -m benchmarks reprise",
}
"""What to say of a film without them."""


def _likeness(survey: FilmSurvey, sampled: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n, n) correlation of samples; -1 where they are near in time or cannot be told apart."""
    small = survey.thumbnails[sampled].reshape(-1, 18, 2, 32, 2).mean(axis=(2, 4))
    flat = small.reshape(len(sampled), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    alike: NDArray[np.float32] = flat @ flat.T
    at_s = survey.starts_s[sampled]
    near = np.abs(at_s[:, None] - at_s[None, :]) < _FAR_S
    alike[near | (alike > _SAME)] = -1.0
    return alike


_SAME = 0.998
"""Correlation of thumbnails beyond which two frames are one, not two takes."""


def _seen(survey: FilmSurvey) -> NDArray[np.bool_]:
    """(n,) frames that an editor would show: neither dark nor flat."""
    contrast = survey.thumbnails[:, ::2, ::2].std(axis=(1, 2))
    result: NDArray[np.bool_] = ~survey.dark() & (contrast > _LEAST_CONTRAST)
    return result


def _runs(wanted: NDArray[np.bool_]) -> list[Stretch]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wanted.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _period_s(survey: FilmSurvey) -> float:
    return float(1 / survey.facts.frame_rate)


def _long(survey: FilmSurvey, run: Stretch) -> bool:
    return (run[1] - run[0]) * _period_s(survey) >= _LEAST_S
