#pragma once
// Nothing to call: see pacing.c.
