/* Units of time: the clock counts nanoseconds, timers milliseconds. */
#pragma once

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull
