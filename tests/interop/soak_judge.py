# SPDX-License-Identifier: Apache-2.0
"""What a soak must show, judged by what the phones themselves sent and were sent (baresip's trace), not by what nodes or the
emulator count."""
import re
from collections import defaultdict

ACCEPTED = re.compile(r"SIP/2\.0 20[02] ")


def traced(log):
    """Every SIP message of a trace: (source, start line, {header: value}, body)."""
    for block in re.findall(r"\x1b\[36;1m#[^\n]*\n(.*?)\x1b\[;m", log.replace("\r", ""), re.S):
        route, _, message = block.partition("\n")
        head, _, body = message.partition("\n\n")
        start, *lines = head.split("\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), value.strip())
        yield route.split(" -> ")[0].split()[-1], start, headers, body.strip()


def from_node(source):
    return source.endswith(":5060")


def accepted(log):
    """The texts that this phone sent and was told are delivered (200) or kept (202)."""
    sent, texts = {}, set()
    for source, start, headers, body in traced(log):
        if start.startswith("MESSAGE ") and not from_node(source):
            sent[headers["call-id"]] = body
        elif from_node(source) and ACCEPTED.match(start) and headers["cseq"].endswith("MESSAGE") and headers["call-id"] in sent:
            texts.add(sent[headers["call-id"]])
    return texts


def shown(log):
    """{text: [identifiers of each showing]} of the messages that this phone was sent; a repetition has the branch of the first."""
    found, branches = defaultdict(list), set()
    for source, start, headers, body in traced(log):
        if not start.startswith("MESSAGE ") or not from_node(source):
            continue
        branch = re.search(r"branch=([^;,\s]+)", headers["via"])[1]
        if branch not in branches:
            branches.add(branch)
            tag = re.search(r";tag=([^;,\s>]+)", headers["from"])[1]
            found[body].append((headers["call-id"], headers["cseq"], tag, headers["from"].split(";")[0]))
    return found


def judge_messages(logs):
    """(held, sentence) of each demand on the messages between two users, `logs` = {user: trace of its phone}."""
    findings = []
    for sender, receiver in (tuple(logs), tuple(reversed(tuple(logs)))):
        taken, seen = accepted(logs[sender]), shown(logs[receiver])
        lost = sorted(taken - seen.keys())
        findings.append((not lost, f"of {len(taken)} messages accepted from {sender} {receiver} was shown "
                         f"{'every one' if not lost else f'all but {lost}'}"))
        repeated = {text: identifiers for text, identifiers in seen.items() if len(identifiers) > 1}
        changed = sorted(text for text, identifiers in repeated.items() if len(set(identifiers)) > 1)
        if not repeated:
            findings.append((True, f"{receiver} was sent no message again"))
        else:
            findings.append((not changed, f"{receiver} was sent {len(repeated)} messages again, "
                             f"{'with the same identifiers' if not changed else f'under other identifiers: {changed}'}"))
    return findings
