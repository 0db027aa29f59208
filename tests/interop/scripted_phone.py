# SPDX-License-Identifier: Apache-2.0
"""A SIP phone that does as it is told and remembers every octet: for what an ordinary phone does not show (identifiers of
messages, how many packets of a call came when)."""
import hashlib
import queue
import random
import re
import socket
import struct
import threading
import time

from machines import wait_until

T1_S, T2_S = 0.5, 4.0
PTIME_S = 0.02
SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}


class Sip:
    """One message, parsed as far as a test needs."""

    def __init__(self, datagram):
        head, _, self.body = datagram.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode(errors="replace")).split("\r\n")
        self.start = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((SHORT.get(name, name), value.strip()))
        found = re.match(r"SIP/2\.0 (\d{3}) ", self.start)
        self.status = int(found[1]) if found else 0
        self.method = "".join((self["cseq"] or "").split()[1:2]) if self.status else self.start.split(" ")[0]

    def __getitem__(self, name):
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def branch(self):
        return (re.search(r"branch=([^;,\s]+)", self["via"] or "") or [None, ""])[1]

    def tag(self, name):
        return (re.search(r";tag=([^;,\s>]+)", self[name] or "") or [None, None])[1]

    def identifiers(self):
        """What makes a MESSAGE the same one (docs/protocol/sip-between-nodes.md)."""
        return self["call-id"], self["cseq"], self.tag("from")


class Call:
    def __init__(self, call_id):
        self.call_id = call_id
        self.media = None
        self.remote_media = None
        self.sent = 0
        self.heard = []
        self.over = threading.Event()
        self.bye = None


class ScriptedPhone:
    def __init__(self, machine, user, password, domain, port=0):
        self.machine, self.user, self.password, self.domain = machine, user, password, domain
        self.node = (machine.phone_address, 5060)
        self.random = random.Random(f"{user}{port}")
        self.socket = machine.sockets(lambda: self.bound(port))
        self.own = self.socket.getsockname()
        self.answers = {}
        self.received = []
        self.shown = []
        self.calls = {}
        self.message_answer = 200
        self.before_answer = None  # called between the showing of a message and its answer
        self.closed = False
        self.cseq = 0
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def bound(self, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.machine.phone_address, port))
        return sock

    def word(self):
        return f"{self.random.getrandbits(64):016x}"

    def close(self):
        self.closed = True
        for call in list(self.calls.values()):
            call.over.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the listener, though there is nothing to shut down
        except OSError:
            pass
        self.listener.join()
        self.socket.close()

    # Receiving

    def listen(self):
        while not self.closed:
            try:
                datagram, source = self.socket.recvfrom(65535)
            except ConnectionRefusedError:
                continue  # the node is off just now
            except OSError:
                return
            if not datagram.strip():
                continue
            message = Sip(datagram)
            self.received.append(message)
            if message.status:
                waiting = self.answers.get(message.branch())
                if waiting:
                    waiting.put(message)
            else:
                self.serve(message, source)

    def serve(self, request, source):
        call = self.calls.get(request["call-id"])
        if request.method == "MESSAGE":
            answer = self.message_answer
            if answer == 200:
                self.shown.append(request)
            if self.before_answer:
                self.before_answer()
            self.respond(request, answer, source)
        elif request.method == "INVITE":
            if call is None:
                call = self.calls[request["call-id"]] = Call(request["call-id"])
                self.open_media(call, request.body)
            self.respond(request, 180, source)
            self.respond(request, 200, source, self.sdp(call), [f"Contact: <sip:{self.user}@{self.own[0]}:{self.own[1]}>"])
        elif request.method in ("BYE", "CANCEL"):
            if call:
                call.over.set()
            self.respond(request, 200, source)
        elif request.method != "ACK":
            self.respond(request, 200, source)

    def respond(self, request, status, to, body=b"", more=()):
        lines = [f"SIP/2.0 {status} Answer"] + [f"Via: {value}" for value in request.all("via")]
        lines += [f"Record-Route: {value}" for value in request.all("record-route")]
        tag = "" if request.tag("to") else f";tag={self.user}{request['call-id'][:6]}"
        lines += [f"From: {request['from']}", f"To: {request['to']}{tag}", f"Call-ID: {request['call-id']}", f"CSeq: {request['cseq']}"]
        lines += [*more, *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", ""]
        self.socket.sendto("\r\n".join(lines).encode() + body, to)

    # Requests

    def transaction(self, method, uri, headers, body=b"", give_up=32.0):
        """The final answer of one client transaction over UDP; None if none came."""
        branch = "z9hG4bK" + self.word()
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self.own[0]}:{self.own[1]};branch={branch};rport", "Max-Forwards: 70"]
        lines += [*headers, f"Content-Length: {len(body)}", "", ""]
        datagram = "\r\n".join(lines).encode() + body
        self.answers[branch] = waiting = queue.Queue()
        until, pause = time.monotonic() + give_up, T1_S
        while (left := until - time.monotonic()) > 0:
            self.send(datagram)
            try:
                while (answer := waiting.get(timeout=min(pause, left))).status < 200:
                    pause = give_up if method == "INVITE" else T2_S
                return answer
            except queue.Empty:
                pause = min(2 * pause, T2_S)
        return None

    def send(self, datagram):
        try:
            self.socket.sendto(datagram, self.node)
        except OSError:
            pass  # the machine has no network just now: repeated like a lost packet

    def request(self, method, uri, to, headers=(), body=b"", call_id=None, tag=None, give_up=32.0):
        """The final answer, after a challenge if there is one; it has `sent`, the headers of the request it answers."""
        call_id, tag = call_id or self.word(), tag or self.word()
        credentials = []
        for _ in range(3):
            self.cseq += 1
            common = [f"From: <sip:{self.user}@{self.domain}>;tag={tag}", f"To: {to}", f"Call-ID: {call_id}",
                      f"CSeq: {self.cseq} {method}", *headers]
            answer = self.transaction(method, uri, common + credentials, body, give_up)
            if answer is None or answer.status not in (401, 407):
                break
            if method == "INVITE":
                self.acknowledge_refusal(uri, common, answer)
            credentials = [self.credentials(method, uri, answer)]
        if answer is not None:
            answer.sent = (call_id, f"{self.cseq} {method}", tag)
        if method == "INVITE" and answer is not None and answer.status >= 300:
            self.acknowledge_refusal(uri, common, answer)
        return answer

    def acknowledge_refusal(self, uri, common, answer):
        lines = [f"ACK {uri} SIP/2.0", f"Via: {answer['via']}", "Max-Forwards: 70"]
        lines += [line if not line.startswith("CSeq") else f"CSeq: {answer['cseq'].split()[0]} ACK" for line in common
                  if line.startswith(("From", "Call-ID", "CSeq"))]
        self.send("\r\n".join([*lines, f"To: {answer['to']}", "Content-Length: 0", "", ""]).encode())

    def credentials(self, method, uri, challenge):
        header = "www-authenticate" if challenge.status == 401 else "proxy-authenticate"
        offers = [dict(re.findall(r'(\w+)="?([^",]+)"?', value)) for value in challenge.all(header)]
        offer = next((each for each in offers if each.get("algorithm", "MD5") == "MD5"), offers[0])
        hashing = hashlib.sha256 if offer.get("algorithm") == "SHA-256" else hashlib.md5

        def digest(text):
            return hashing(text.encode()).hexdigest()
        nonce, cnonce = offer["nonce"], self.word()
        secret = digest(f"{self.user}:{offer['realm']}:{self.password}")
        response = digest(f"{secret}:{nonce}:00000001:{cnonce}:auth:{digest(f'{method}:{uri}')}")
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        opaque = f', opaque="{offer["opaque"]}"' if "opaque" in offer else ""
        return (f'{name}: Digest username="{self.user}", realm="{offer["realm"]}", nonce="{nonce}", uri="{uri}", qop=auth, '
                f'nc=00000001, cnonce="{cnonce}", response="{response}", algorithm={offer.get("algorithm", "MD5")}{opaque}')

    def register(self, expires=600):
        contact = f"Contact: <sip:{self.user}@{self.own[0]}:{self.own[1]}>"
        answer = self.request("REGISTER", f"sip:{self.domain}", f"<sip:{self.user}@{self.domain}>",
                              [contact, f"Expires: {expires}"])
        assert answer is not None and answer.status == 200, f"{self.user} cannot register: {answer and answer.start}"

    def message(self, user, text, give_up=32.0):
        uri = f"sip:{user}@{self.domain}"
        return self.request("MESSAGE", uri, f"<{uri}>", ["Content-Type: text/plain"], text.encode(), give_up=give_up)

    def texts(self):
        return [request.body.decode(errors="replace") for request in self.shown]

    # Calls

    def open_media(self, call, offer=None):
        call.media = self.machine.sockets(lambda: self.bound(0))
        if offer:
            self.connect_media(call, offer)

    def sdp(self, call):
        address, port = call.media.getsockname()
        return (f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
                f"a=rtpmap:0 PCMU/8000\r\n").encode()

    def connect_media(self, call, description):
        text = description.decode()
        call.remote_media = (re.search(r"^c=IN IP4 (\S+)", text, re.M)[1], int(re.search(r"^m=audio (\d+)", text, re.M)[1]))
        threading.Thread(target=self.talk, args=(call,), daemon=True).start()
        threading.Thread(target=self.hear, args=(call,), daemon=True).start()

    def talk(self, call):
        begun, source = time.monotonic(), self.random.getrandbits(32)
        while not call.over.wait(max(0, begun + call.sent * PTIME_S - time.monotonic())):
            packet = struct.pack("!BBHII", 0x80, 0, call.sent & 0xffff, call.sent * 160 & 0xffffffff, source) + b"\x55" * 160
            call.sent += 1
            try:
                call.media.sendto(packet, call.remote_media)
            except OSError:
                continue

    def hear(self, call):
        call.media.settimeout(0.2)
        while not call.over.is_set():
            try:
                call.media.recvfrom(2048)
                call.heard.append(time.monotonic())
            except OSError:
                continue

    def call(self, user, give_up=32.0):
        """The established Call, or the refusal."""
        call_id, tag, uri = self.word(), self.word(), f"sip:{user}@{self.domain}"
        call = self.calls[call_id] = Call(call_id)
        self.open_media(call)
        contact = f"Contact: <sip:{self.user}@{self.own[0]}:{self.own[1]}>"
        answer = self.request("INVITE", uri, f"<{uri}>", [contact, "Content-Type: application/sdp"], self.sdp(call), call_id, tag,
                              give_up)
        if answer is None or answer.status != 200:
            call.over.set()
            return answer
        target = re.search(r"<([^>]+)>", answer["contact"])[1]
        routes = [f"Route: {value}" for value in reversed(answer.all("record-route"))]
        call.bye = (target, answer["to"], routes, tag)
        lines = [f"ACK {target} SIP/2.0", f"Via: SIP/2.0/UDP {self.own[0]}:{self.own[1]};branch=z9hG4bK{self.word()};rport",
                 "Max-Forwards: 70", *routes, f"From: {answer['from']}", f"To: {answer['to']}", f"Call-ID: {call_id}",
                 f"CSeq: {answer['cseq'].split()[0]} ACK", "Content-Length: 0", "", ""]
        self.send("\r\n".join(lines).encode())
        self.connect_media(call, answer.body)
        return call

    def hang_up(self, call):
        call.over.set()
        target, to, routes, tag = call.bye
        return self.request("BYE", target, to, routes, call_id=call.call_id, tag=tag)


def heard_lately(call, window_s=1.0):
    """The share of packets of the last second that this end of the call has heard."""
    since = time.monotonic() - window_s
    return sum(1 for at in call.heard[-200:] if at > since) / (window_s / PTIME_S)


def wait_for_voice(what, *calls, seconds=20, share=0.9):
    wait_until(f"{what}: voice both ways", lambda: all(heard_lately(call) >= share for call in calls), seconds)
