# SPDX-License-Identifier: Apache-2.0
"""Programs on a terminal of their own, with somebody who types."""
import os
import pty
import select
import time


def typed(arguments, answers, cwd, seconds=60, environment=None):
    """Runs a program on a terminal of its own and answers each question ("...: "); its exit code and what it showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(arguments[0], [str(a) for a in arguments], environment or os.environ)
    shown, asked, until = b"", 0, time.monotonic() + seconds
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the terminal closes with the program
            break
        if not more:
            break
        shown += more
        if asked < len(answers) and shown.count(b": ") > asked:
            os.write(terminal, answers[asked].encode() + b"\n")
            asked += 1
    else:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")
