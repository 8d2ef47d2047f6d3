/* A TAP device by its name: apart, because Linux's headers clash with ours. */
#pragma once

/* A nonblocking descriptor of frames without any header; or -errno. */
int tap_open(const char *name);
