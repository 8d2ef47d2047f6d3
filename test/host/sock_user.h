/* A program's socket calls as tests write them: values, no pointers to them. */
#pragma once

#include "net/socket/socket.h"

struct sockaddr_in addr_at(be32 addr, u16 port);
int bind_to(struct socket *s, be32 addr, u16 port);
int connect_to(struct socket *s, be32 addr, u16 port);

/* An option that is a number; it must be taken. */
void set_option(struct socket *s, int level, int name, int value);
