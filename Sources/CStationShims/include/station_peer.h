#pragma once
#include <stdint.h>

/// Who is at the other end of a connected Unix socket (SO_PEERCRED, unix(7)). Returns 0, or -1 with errno.
int station_peer(int descriptor, int32_t *process, uint32_t *user, uint32_t *group);
