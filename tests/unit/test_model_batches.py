"""Batches that shrink where memory runs out, and the device a model runs on."""

from itertools import chain

import numpy as np
import pytest

from syncclip.encoders.batches import Batches, is_out_of_memory
from syncclip.encoders.devices import check_device_name, choose_device, is_graphics
from syncclip.errors import SettingsError, SyncClipError

CUDA_SAYS = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of …"
CPU_SAYS = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000"
METAL_SAYS = "MPS backend out of memory (MPS allocated: 8.00 GB, other allocations: …)"


class Card:
    """A graphics card on which only so many rows fit at a time."""

    def __init__(self, fits, error=None):
        self.fits, self.error, self.tried = fits, error or RuntimeError(CUDA_SAYS), []

    def __call__(self, rows):
        self.tried.append(len(rows))
        if len(rows) > self.fits:
            raise self.error
        return list(rows)


def test_rows_come_back_in_order_whatever_the_batch():
    for rows in (range(10), list(range(10)), np.arange(10)):
        assert [list(made) for made in Batches(4).map(list, rows)] == [
            [0, 1, 2, 3],
            [4, 5, 6, 7],
            [8, 9],
        ]
    assert list(Batches(4).map(list, [])) == []


@pytest.mark.parametrize(
    "error",
    [RuntimeError(CUDA_SAYS), RuntimeError(METAL_SAYS), RuntimeError(CPU_SAYS), MemoryError()],
    ids=["cuda", "metal", "cpu", "python"],
)
def test_a_batch_that_does_not_fit_is_halved_and_the_work_goes_on(error):
    card, batches = Card(3, error), Batches(16)
    assert [*chain.from_iterable(batches.map(card, range(20)))] == list(range(20))
    assert card.tried[:4] == [16, 8, 4, 2]
    assert set(card.tried[4:]) == {2}  # it is not tried larger again
    assert batches.size == 2


def test_a_short_last_batch_that_does_not_fit_is_halved_from_its_own_length():
    card = Card(2)
    assert [*chain.from_iterable(Batches(16).map(card, range(5)))] == list(range(5))
    assert card.tried == [5, 2, 2, 1]


def test_a_single_row_that_does_not_fit_says_what_to_do():
    with pytest.raises(SyncClipError, match="smaller model or --device cpu"):
        list(Batches(8).map(Card(0), range(3)))


def test_another_error_is_not_taken_for_memory():
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        list(Batches(8).map(Card(0, RuntimeError("mat1 and mat2 cannot be multiplied")), range(3)))
    assert not is_out_of_memory(ValueError("no"))


def test_an_allocation_that_pytorch_refuses_is_known_as_out_of_memory():
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError) as refused:
        torch.empty(10**15)
    assert is_out_of_memory(refused.value)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "", "cuda:1000", "CPU"])
def test_names_that_are_no_device_are_refused(name):
    with pytest.raises(SettingsError, match="choose one of: auto, cpu, cuda, cuda:N or mps"):
        check_device_name(name)


def cards(monkeypatch, *, cuda=0, mps=False):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({}, "cpu"),
        ({"mps": True}, "mps"),
        ({"cuda": 1, "mps": True}, "cuda"),
        ({"cuda": 2}, "cuda"),
    ],
)
def test_the_fastest_device_is_chosen(monkeypatch, there, chosen):
    cards(monkeypatch, **there)
    assert choose_device() == chosen
    assert choose_device("cpu") == "cpu"
    assert is_graphics(chosen) == (chosen != "cpu")


def test_a_device_that_is_not_there_is_an_error_that_says_what_is(monkeypatch):
    cards(monkeypatch)
    with pytest.raises(
        SettingsError, match=r"device cuda is not usable here \(torch .* sees: cpu\)"
    ):
        choose_device("cuda")
    cards(monkeypatch, cuda=2)
    assert choose_device("cuda:1") == "cuda:1"
    with pytest.raises(SettingsError, match="device cuda:2 does not exist: there are 2"):
        choose_device("cuda:2")
    with pytest.raises(SettingsError, match="device mps is not usable here"):
        choose_device("mps")
