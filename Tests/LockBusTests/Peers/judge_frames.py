"""Judges kept frames with pymodbus: each must be a whole frame that it decodes, request and answer must agree, and
what it encodes again must be the same bytes.

judge_frames.py FILE...        prints "FILE: N frames" for each, or "BAD FILE:LINE: reason"; exit status 1 if any is bad.
"""
import sys

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse


def judge(path):
    frames, last = 0, None
    for number, line in enumerate(open(path), start=1):
        if line[:2] not in ("> ", "< "):
            continue
        data = bytes.fromhex(line[2:].split("#")[0])
        is_network = data[2:4] == b"\0\0" and data[:2] == b"\0\0"
        decoder = DecodePDU(line[0] == ">")
        framer = (FramerSocket if is_network else FramerRTU)(decoder)
        used, pdu = framer.handleFrame(data, 0, 0)
        where = f"{path}:{number}"
        if pdu is None or used != len(data):
            return f"BAD {where}: no frame"
        frames += 1
        body = data[8:] if is_network else data[2:-2]
        if line[0] == ">":
            last = (pdu.function_code, pdu.dev_id, body[:4])
            # A time where FC05 has on or off is the vendors' own; all else is the standard's.
            is_vendor = pdu.function_code == 5 and body[2:4] not in (b"\xff\0", b"\0\0")
            if not is_vendor and pdu.encode() != body:
                return f"BAD {where}: pymodbus writes {pdu.encode().hex(' ')}"
        elif isinstance(pdu, ExceptionResponse):
            if pdu.function_code & 0x7F != last[0]:
                return f"BAD {where}: refuses another function"
        elif (pdu.function_code, pdu.dev_id) != last[:2]:
            return f"BAD {where}: answers another request"
        elif pdu.function_code >= 5 and body[:4] != last[2]:
            return f"BAD {where}: repeats another write"
    return f"{path}: {frames} frames"


verdicts = [judge(path) for path in sys.argv[1:]]
print("\n".join(verdicts))
sys.exit(any(verdict.startswith("BAD") for verdict in verdicts))
