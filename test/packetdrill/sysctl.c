/* A script's `sysctl` changes its network namespace: it is read from there. */
#include <stdio.h>
#include "test/packetdrill/stack.h"

int sysctl_read(const char *name, u64 *values, int max)
{
	char path[128];
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	while (n < max && fscanf(file, "%lu", &values[n]) == 1)
		n++;
	fclose(file);
	return n;
}
