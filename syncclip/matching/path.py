"""The best explanation of the whole commentary: a Viterbi path over hypotheses.

States are the hypotheses alive at a frame and *not in any movie*. Staying on a hypothesis is free;
leaving it costs less at a detected cut than elsewhere (Viterbi 1967). The source time may jump
anywhere, because a recap may.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.evidence import Evidence

__all__ = ["PathSettings", "Run", "best_path", "mirror_costs"]

NO_MOVIE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSettings:
    """Costs, in units of :attr:`Evidence.cost` (natural logarithm of a residual ratio)."""

    switch_at_cut: float = 6.0
    switch_elsewhere: float = 12.0
    backward: float = 0.5
    """Going back in the same movie, in addition: recaps mostly tell a film in order."""
    renamed: float = 1.0
    """Going over to another hypothesis that continues at the same place."""
    mirror_most: float = 3.0
    """Most that going over to the unusual mirror state costs, in addition. An editor mirrors all of
    a commentary, or some of it, as a habit; what the picture itself says weighs more."""
    meet_s: float = 0.02
    """Half a frame at 25 frames per second: lines this close show the same frame."""
    turn: float = 0.02
    """Difference of speed up to which lines that meet count as one: without it, a path along a slow
    shot would zigzag from line to line."""
    join_frames: float = 6.0
    """Source frames by which a run may miss the end of the one before and still be joined with it,
    where one line explains both about as well: …"""
    join_cost: float = 6.0
    """… for no more than a switch at a cut costs, …"""
    join_share: float = 0.05
    """… and a twentieth of the residual of every frame."""
    time_jumps: bool = True
    """False: the source time never decreases along the commentary."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive frames explained by one hypothesis; ``state`` is -1 for *not in any movie*."""

    start_frame: int
    end_frame: int
    state: int


def best_path(
    evidence: Sequence[Evidence],
    *,
    n_frames: int,
    seconds: NDArray[np.float64],
    cut_frames: NDArray[np.int64],
    settings: PathSettings,
    mirror_costs: tuple[float, float] = (0.0, 0.0),
) -> tuple[Run, ...]:
    """The cheapest sequence of states.

    Args:
        evidence: Hypotheses with their costs.
        n_frames: Frames of the commentary.
        seconds: (n_frames,) their times.
        cut_frames: Frames that begin a shot.
        settings: Costs.
        mirror_costs: Of going over to a hypothesis as it is, and to a mirrored one, in addition.

    Returns:
        Runs that cover every frame once, in order.
    """
    switch = np.full(n_frames, settings.switch_elsewhere)
    switch[cut_frames[cut_frames < n_frames]] = settings.switch_at_cut
    search = _Monotonic if not settings.time_jumps else _Free
    states = search(evidence, seconds, switch, settings, mirror_costs).run(n_frames)
    edges = np.flatnonzero(np.diff(states)) + 1
    starts = np.concatenate([[0], edges])
    ends = np.concatenate([edges, [n_frames]])
    return tuple(
        Run(int(a), int(b), int(states[a])) for a, b in zip(starts, ends, strict=True) if b > a
    )


def mirror_costs(
    runs: Sequence[Run], evidence: Sequence[Evidence], settings: PathSettings
) -> tuple[float, float]:
    """What either mirror state costs more than the usual one of a commentary, by its runs so far.

    Logarithm of the odds, of which Laplace's rule of succession makes little where runs are few.
    """
    mirrored = [evidence[run.state].hypothesis.mirrored for run in runs if run.state != NO_MOVIE]
    odds = math.log((len(mirrored) - sum(mirrored) + 1) / (sum(mirrored) + 1))
    most = settings.mirror_most
    return min(max(-odds, 0.0), most), min(max(odds, 0.0), most)


class _Free:
    """Viterbi with one *no movie* state: any place may follow any other."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        seconds: NDArray[np.float64],
        switch: NDArray[np.float64],
        settings: PathSettings,
        mirror_costs: tuple[float, float],
    ) -> None:
        self.evidence = evidence
        self.seconds = seconds
        self.switch = switch
        self.settings = settings
        self.first = np.array([e.first_frame for e in evidence], dtype=np.int64)
        self.last = np.array([e.end_frame for e in evidence], dtype=np.int64)
        lines = [e.hypothesis.line for e in evidence]
        self.source = np.array([e.hypothesis.source for e in evidence], dtype=np.int64)
        self.mirrored = np.array([e.hypothesis.mirrored for e in evidence], dtype=np.bool_)
        self.entry = np.array(mirror_costs)[self.mirrored.astype(np.int64)]
        self.slope = np.array([line.speed for line in lines])
        self.origin = np.array([line.source_s - line.speed * line.at_s for line in lines])

    def place(self, states: NDArray[np.int64], second: float) -> NDArray[np.float64]:
        """Source seconds of states at a commentary second."""
        return self.origin[states] + self.slope[states] * second

    def costs(self, states: NDArray[np.int64], frame: int) -> NDArray[np.float64]:
        """Cost of explaining one frame by each state."""
        return np.array(
            [self.evidence[s].cost[frame - self.first[s]] for s in states], dtype=np.float64
        )

    def alive(self, n_frames: int) -> list[NDArray[np.int64]]:
        """For each frame the states that were tried on it."""
        begin: list[list[int]] = [[] for _ in range(n_frames + 1)]
        end: list[list[int]] = [[] for _ in range(n_frames + 1)]
        for state, (a, b) in enumerate(zip(self.first, self.last, strict=True)):
            begin[a].append(state)
            end[b].append(state)
        now: set[int] = set()
        frames: list[NDArray[np.int64]] = []
        for frame in range(n_frames):
            if begin[frame] or end[frame] or not frames:
                now = (now - set(end[frame])) | set(begin[frame])
                current = np.array(sorted(now), dtype=np.int64)
            frames.append(current)
        return frames

    def run(self, n_frames: int) -> NDArray[np.int64]:
        """(n_frames,) state of every frame."""
        states = [np.append(live, NO_MOVIE) for live in self.alive(n_frames)]
        first = states[0][:-1]
        total = np.append(self.costs(first, 0) + self.entry[first], 0.0)
        back: list[NDArray[np.int64]] = [np.zeros(len(total), dtype=np.int64)]
        for frame in range(1, n_frames):
            step = self.transitions(states[frame - 1], states[frame], frame)
            through = total[:, None] + step
            choice = through.argmin(axis=0)
            here = np.append(self.costs(states[frame][:-1], frame), 0.0)
            total = through[choice, np.arange(len(choice))] + here
            total -= total.min()
            back.append(choice)
        path = np.empty(n_frames, dtype=np.int64)
        position = int(total.argmin())
        for frame in range(n_frames - 1, -1, -1):
            path[frame] = states[frame][position]
            position = int(back[frame][position])
        return path

    def transitions(
        self, before: NDArray[np.int64], after: NDArray[np.int64], frame: int
    ) -> NDArray[np.float64]:
        """(before, after) cost of going from state to state between two frames."""
        cost = np.full((len(before), len(after)), self.switch[frame])
        cost[:, :-1] += self.entry[after[:-1]]
        left = self.place(before[:-1], self.seconds[frame - 1])
        entered = self.place(after[:-1], self.seconds[frame])
        step = self.slope[after[:-1]] * (self.seconds[frame] - self.seconds[frame - 1])
        same = self.source[before[:-1], None] == self.source[None, after[:-1]]
        goes_back = same & (entered[None, :] < left[:, None])
        cost[:-1, :-1] += self.settings.backward * goes_back
        # The same line under another crop or mask goes on, whatever its name.
        alike = self.mirrored[before[:-1], None] == self.mirrored[None, after[:-1]]
        meets = np.abs(entered[None, :] - step[None, :] - left[:, None]) < self.settings.meet_s
        turn = np.abs(self.slope[before[:-1], None] - self.slope[None, after[:-1]])
        alike &= turn < self.settings.turn
        cost[:-1, :-1] = np.where(same & alike & meets, self.settings.renamed, cost[:-1, :-1])
        # Into or out of "no movie" is half a switch: a foreign insert costs one in all.
        cost[-1, :] -= self.switch[frame] / 2
        cost[:-1, -1] -= self.switch[frame] / 2
        cost[before[:, None] == after[None, :]] = 0.0
        return cost


class _Monotonic(_Free):
    """Viterbi in which the source time never decreases.

    *No movie* remembers the place before it: there is one such state for each hypothesis left
    behind (and one for none yet), and each state carries the source second that its best path
    reached.
    Different movies count as following each other in any order.
    """

    def run(self, n_frames: int) -> NDArray[np.int64]:
        """(n_frames,) state of every frame."""
        count = len(self.evidence)
        alive = self.alive(n_frames)
        # Column l < count: on hypothesis l. Column count + l: no movie, after hypothesis l.
        # Last column: no movie yet.
        total = np.full(2 * count + 1, np.inf)
        total[-1] = 0.0
        reached = np.full(2 * count + 1, -np.inf)
        where = np.append(np.tile(self.source, 2), -1)
        total[alive[0]] = self.costs(alive[0], 0) + self.entry[alive[0]]
        reached[alive[0]] = self.place(alive[0], self.seconds[0])
        back = []
        for frame in range(1, n_frames):
            total, reached, changes = self._step(total, reached, where, alive[frame], frame)
            back.append(changes)
        path = np.empty(n_frames, dtype=np.int64)
        position = int(total.argmin())
        for frame in range(n_frames - 1, -1, -1):
            path[frame] = position if position < count else NO_MOVIE
            if frame:
                position = back[frame - 1].get(position, position)
        return path

    def _step(
        self,
        total: NDArray[np.float64],
        reached: NDArray[np.float64],
        where: NDArray[np.int64],
        live: NDArray[np.int64],
        frame: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[int, int]]:
        """One frame on: new totals, places reached, and the states entered from another."""
        count = len(self.evidence)
        switch = float(self.switch[frame])
        changes: dict[int, int] = {}
        after, places = total.copy(), reached.copy()
        after[:count] = np.inf
        leave = np.flatnonzero(total[:count] + switch / 2 < total[count : 2 * count])
        after[count + leave] = total[leave] + switch / 2
        places[count + leave] = reached[leave]
        changes.update({int(count + s): int(s) for s in leave})
        fee = np.append(np.full(count, switch), np.full(count + 1, switch / 2))
        here = self.costs(live, frame)
        for state, cost in zip(live, here, strict=True):
            place = self.origin[state] + self.slope[state] * self.seconds[frame]
            allowed = (reached <= place + 1e-6) | (where != self.source[state])
            through = np.where(allowed, total + fee + self.entry[state], np.inf)
            through[state] = total[state]
            best = int(through.argmin())
            after[state] = through[best] + cost
            places[state] = place
            if best != state:
                changes[int(state)] = best
        return after, places, changes
