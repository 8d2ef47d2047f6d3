/* What the hosts sent, as a pcap file: libpcap's format, nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include "test/sim/world.h"

#define MAGIC_NS	  0xa1b23c4du
#define SNAPLEN		  65535u
#define LINKTYPE_ETHERNET 1u

static FILE *file;

void pcap_begin(const char *path)
{
	const u32 header[] = {MAGIC_NS, 2 | 4 << 16, 0,
			      0,	SNAPLEN,     LINKTYPE_ETHERNET};

	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(2);
	}
	fwrite(header, sizeof(header), 1, file);
	fflush(file);
}

/* Written out at once: the run may end in the middle of anything. */
void pcap_frame(u64 now_ns, const u8 *bytes, u32 len)
{
	const u32 header[] = {(u32)(now_ns / NS_PER_S),
			      (u32)(now_ns % NS_PER_S), len, len};

	if (!file)
		return;
	fwrite(header, sizeof(header), 1, file);
	fwrite(bytes, len, 1, file);
	fflush(file);
}
