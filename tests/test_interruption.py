"""Signals leave a note; loops look at it."""

import os
import signal

import pytest

from fluxkit.interruption import ENDING, GivingWay, Interrupted, give_way, noting_signals

pytestmark = pytest.mark.usefixtures("interruptible", "heard")


@pytest.mark.parametrize("number", ENDING)
def test_what_is_under_way_is_finished(number):
    done = []

    def work():
        for k in GivingWay(range(5)):
            if k == 2:
                signal.raise_signal(number)
            done.append(k)

    with pytest.raises(Interrupted) as ended, noting_signals():
        work()
    assert done == [0, 1, 2]
    assert (ended.value.number, ended.value.code) == (number, 128 + number)


def test_a_signal_that_comes_too_late_is_told_at_the_end():
    with pytest.raises(Interrupted), noting_signals():
        signal.raise_signal(signal.SIGTERM)


def test_a_second_interrupt_ends_at_once():
    done = []

    def work():
        signal.raise_signal(signal.SIGINT)
        done.append(1)
        signal.raise_signal(signal.SIGINT)
        done.append(2)

    with pytest.raises(Interrupted), noting_signals():
        work()
    assert done == [1]


def test_handlers_and_notes_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in ENDING]
    with pytest.raises(Interrupted), noting_signals():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in ENDING] == before
    give_way()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with noting_signals():
            signal.raise_signal(signal.SIGHUP)
            give_way()
    finally:
        signal.signal(signal.SIGHUP, before)
