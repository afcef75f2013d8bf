// Linked into the test bundle for what happens before main.
//
// Swift Testing starts every test at once. Here most of them have boards, ports and processes of their own with
// real time-outs: hundreds at once on a store's two cores make each other late. Two at a time do not. The
// variable is Swift Testing's own; one that is set already stays.
#include "pacing.h"
#include <stdlib.h>

__attribute__((constructor)) static void pace_tests(void) {
    setenv("SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH", "2", 0);
}
