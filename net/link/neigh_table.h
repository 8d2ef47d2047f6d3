/* Between neigh.c and neigh_table.c. */
#pragma once

struct neighbour;
struct timer;

/* Onto the LRU list of its kind, as the last: nobody refers to it. */
void neigh_table_park(struct neighbour *n);

/* The handler of neighbour.timer. */
void neigh_timer(struct timer *timer);
