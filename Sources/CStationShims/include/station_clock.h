#pragma once

/// 1: the kernel says a time service keeps the clock right; 0: it says none does; -1: it may not be asked (adjtimex(2)).
int station_clock_is_synchronised(void);
