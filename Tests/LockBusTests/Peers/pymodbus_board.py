"""An independent Modbus slave: 16 coils, 16 inputs, 16 holding registers on units 1 and 2.

pymodbus_board.py rtu TTY | tcp        prints "ready" (tcp: with its port), then each frame as RX/TX.
"""
import asyncio
import sys

from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def device(unit):
    inputs = [index in (1, 15) for index in range(16)]
    return SimDevice(
        id=unit,
        simdata=(
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(0, values=inputs, datatype=DataType.BITS)],
            [SimData(0, count=16, values=0, datatype=DataType.REGISTERS)],
            [SimData(0, count=16, values=0, datatype=DataType.REGISTERS)],
        ),
    )


def trace(sending, data):
    print("TX" if sending else "RX", data.hex(), flush=True)
    return data


async def main():
    devices = [device(1), device(2)]
    if sys.argv[1] == "rtu":
        server = ModbusSerialServer(
            devices, framer=FramerType.RTU, port=sys.argv[2], baudrate=19200, trace_packet=trace
        )
        await server.serve_forever(background=True)
        print("ready", flush=True)
    else:
        server = ModbusTcpServer(devices, address=("127.0.0.1", 0), trace_packet=trace)
        await server.serve_forever(background=True)
        print("ready", server.transport.sockets[0].getsockname()[1], flush=True)
    # Ends with its parent: standard input is a pipe from the test.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.shutdown()


asyncio.run(main())
