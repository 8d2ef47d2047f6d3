/* IPv4 addresses: see lib/inet.h. */
#include "lib/inet.h"

u32 inet_class_mask(u32 addr)
{
	return addr < 0x80000000   ? 0xff000000
	       : addr < 0xc0000000 ? 0xffff0000
				   : 0xffffff00;
}

bool inet_is_mask(u32 mask)
{
	return !(~mask & (~mask + 1));
}

bool inet_is_host(u32 addr, u32 mask)
{
	u32 net = addr >> 24, host = addr & ~mask;

	if (net == 0 || net == 127 || net >= 224)
		return false;
	return ~mask <= 1 || (host && host != ~mask);
}
