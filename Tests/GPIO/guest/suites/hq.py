"""HQ in a few lines, on loopback: the other end of the Station API, written from openapi.yaml alone. It keeps the
clear codes; the feed has digests. One member of staff, and the orders that a suite places."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import threading
import time
import urllib.parse

BADGE = "STAFF-1001"
PIN = "4711"


def _text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class HQ:
    """Listens once it is made. `events` are the types of what the station has told, in order."""

    def __init__(self, station):
        self.station = station
        self.key = os.urandom(32)
        self.token = os.urandom(24).hex()
        self.events = []
        self.report = None
        self._items = []
        self._news = threading.Condition()
        salt = os.urandom(16)
        # Cheap on purpose: it is checked on an emulated processor.
        cost = {"n": 1024, "r": 8, "p": 1}
        verifier = hashlib.scrypt(PIN.encode(), salt=salt, dklen=32, **cost)
        self._publish({
            "change": "staff",
            "staff": {
                "staffId": "S-1001", "version": 1, "badge": self._digest(BADGE), "revoked": False,
                "roles": ["associate", "manager", "technician"],
                "pin": {"alg": "scrypt", "salt": _text(salt), "verifier": _text(verifier), **cost},
            },
        })
        hq = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hq._feed(self)

            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with hq._news:
                    hq.events.append(event["type"])
                hq._answer(self, {"eventId": event["id"], "result": "applied"})

            def do_PUT(self):
                hq.report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hq._answer(self, {})

            def log_message(self, *words):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def place(self, number, size="S"):
        """Places an order of one parcel. Returns its label, and the code to type."""
        label, code = f"PARCEL-{number}-1", str(int.from_bytes(os.urandom(4), "big") % 90_000_000 + 10_000_000)
        self._publish({
            "change": "upsert",
            "order": {
                "orderId": f"ORD-{number}", "version": 1, "displayNumber": str(number), "status": "awaitingLoad",
                "deliveryMode": "locker", "station": self.station, "pickup": {},
                "parcels": [{"parcelId": f"ORD-{number}-1", "label": label, "size": size}],
                "codes": [{"form": "typed", "digits": 8, "digest": self._digest(code)}],
            },
        })
        return label, code

    def _digest(self, text):
        return _text(hmac.digest(self.key, text.encode(), "sha256"))

    def _publish(self, item):
        with self._news:
            self._items.append(item)
            self._news.notify_all()

    def _feed(self, request):
        question = urllib.parse.parse_qs(urllib.parse.urlparse(request.path).query)
        cursor = question.get("cursor", [None])[0]
        start = int(cursor or 0)
        with self._news:
            if cursor is not None:
                wait = int(question.get("wait", ["0"])[0])
                self._news.wait_for(lambda: len(self._items) > start, timeout=wait)
            items = self._items[start:]
        self._answer(request, {
            "items": items, "nextCursor": str(start + len(items)), "hasMore": False, "snapshot": cursor is None,
            "serverTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        })

    def _answer(self, request, body):
        known = request.headers.get("Authorization") == f"Bearer {self.token}"
        data = json.dumps(body).encode()
        request.send_response(200 if known else 401)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)
