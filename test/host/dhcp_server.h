/*
 * A scripted DHCP server for tests: it writes the replies byte by byte, with
 * nothing of app/dhcp_msg.c in it.
 */
#pragma once

#include "app/dhcp_msg.h"
#include "test/host/fixture.h"

#define DHCP_HERE   IP4(10, 0, 0, 1) /* the server */
#define DHCP_LEASED IP4(10, 0, 0, 50)
#define DHCP_ROUTER IP4(10, 0, 0, 254)
#define DHCP_MASK   IP4(255, 255, 255, 0)

struct dhcp_script {
	u8 type;
	u32 xid;
	const u8 *chaddr;
	be32 yiaddr, server; /* 0: DHCP_LEASED, DHCP_HERE */
	u32 lease_s;	     /* 0: left out; T1, T2 too */
	u32 t1_s, t2_s;
};

/* Returns the length; buf holds DHCP_MSG_MAX. */
size_t dhcp_script_write(u8 *buf, const struct dhcp_script *script);

/* For messages made by hand: head without options; one more option. */
size_t dhcp_head(u8 *buf, const struct dhcp_script *script);
size_t dhcp_option(u8 *buf, size_t at, u8 code, const void *value, u8 len);
size_t dhcp_option_u32(u8 *buf, size_t at, u8 code, u32 value);

/* An option of a client's message: its value and length, NULL: none. */
const u8 *dhcp_find(const u8 *msg, size_t len, u8 code, u8 *value_len);
u32 dhcp_find_u32(const u8 *msg, size_t len, u8 code); /* 0: none */
