#pragma once
// libmodbus as the distribution ships it (3.1.6 on Debian 12). What the project may not rely on in that
// version is listed in hardware/README.md; the driver in DeviceIO/Modbus works around each of it.
#include <errno.h>
#include <modbus/modbus.h>
