#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judge of the soak sees what it is there to see: a lost message, and a repetition under other identifiers."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
from soak_judge import accepted, judge_messages  # noqa: E402

PHONE, NODE = "192.0.2.9:40000", "192.0.2.1:5060"


def block(source, target, start, headers, body=""):
    lines = "\r\n".join([start, *headers])
    return f"\x1b[36;1m#\r\nUDP {source} -> {target}\r\n{lines}\r\n\r\n{body}\x1b[;m\r\n"


def message(source, target, call, text, branch="b1", tag="t"):
    return block(source, target, "MESSAGE sip:dave@drill.example SIP/2.0",
                 [f"Via: SIP/2.0/UDP {source};branch=z9hG4bK{branch}", f"From: <sip:alice@drill.example>;tag={tag}",
                  f"Call-ID: {call}", "CSeq: 7 MESSAGE"], text)


def answer(status, call):
    return block(NODE, PHONE, f"SIP/2.0 {status} So", [f"Call-ID: {call}", "CSeq: 7 MESSAGE"])


def sent(call, text, *statuses):
    return message(PHONE, NODE, call, text) + "".join(answer(status, call) for status in statuses)


def held(alice, dave):
    return all(good for good, _ in judge_messages({"alice": alice, "dave": dave}))


class TheJudge(unittest.TestCase):
    def test_counts_what_was_delivered_or_kept_as_accepted(self):
        log = sent("a", "one", 200) + sent("b", "two", 401, 202) + sent("c", "three", 480) + sent("d", "four")
        self.assertEqual(accepted(log), {"one", "two"})

    def test_is_content_when_all_accepted_texts_are_shown(self):
        self.assertTrue(held(sent("a", "one", 202), message(NODE, PHONE, "a", "one")))

    def test_finds_an_accepted_text_that_was_never_shown(self):
        self.assertFalse(held(sent("a", "one", 202) + sent("b", "two", 202), message(NODE, PHONE, "a", "one")))

    def test_finds_a_lost_text_though_another_was_shown_that_was_not_accepted(self):
        # What totals of accepted and shown messages cannot tell apart.
        self.assertFalse(held(sent("a", "one", 202) + sent("b", "two"), message(NODE, PHONE, "b", "two")))

    def test_allows_a_repetition_with_the_same_identifiers_only(self):
        first = message(NODE, PHONE, "a", "one", "b1")
        self.assertTrue(held(sent("a", "one", 202), first + message(NODE, PHONE, "a", "one", "b2")))
        self.assertFalse(held(sent("a", "one", 202), first + message(NODE, PHONE, "a", "one", "b2", tag="other")))

    def test_speaks_of_identifiers_only_where_something_was_repeated(self):
        said = [sentence for _, sentence in judge_messages({"alice": sent("a", "one", 202), "dave": message(NODE, PHONE, "a", "one")})]
        self.assertFalse([sentence for sentence in said if "identifiers" in sentence], said)


unittest.main()
