#pragma once
// libmodbus as the distribution ships it (3.1.6 on Debian 12). DeviceIO/Modbus says what may not be relied on in that
// version, and works around each of it.
#include <errno.h>
#include <modbus/modbus.h>
