/*
 * The wire: each frame gets its fate when it is sent. A link is a queue with
 * a rate, then a delay; order is kept but where the scenario says otherwise.
 * Frames in flight are a heap by arrival.
 */
#include <stdlib.h>
#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/ip.h"
#include "test/sim/world.h"

struct frame {
	u64 arrival_ns, number;
	u32 from, len;
	u8 bytes[];
};

static bool before(const struct frame *a, const struct frame *b)
{
	if (a->arrival_ns != b->arrival_ns)
		return a->arrival_ns < b->arrival_ns;
	return a->number < b->number;
}

static void heap_add(struct wire *wire, struct frame *frame)
{
	u32 at = wire->count++;

	if (wire->count > wire->room) {
		wire->room = wire->room ? 2 * wire->room : 64;
		wire->heap =
			realloc(wire->heap, wire->room * sizeof(*wire->heap));
	}
	for (; at && before(frame, wire->heap[(at - 1) / 2]); at = (at - 1) / 2)
		wire->heap[at] = wire->heap[(at - 1) / 2];
	wire->heap[at] = frame;
}

static struct frame *heap_take(struct wire *wire)
{
	struct frame *first = wire->heap[0], *last = wire->heap[--wire->count];
	u32 at = 0, child;

	while ((child = 2 * at + 1) < wire->count) {
		if (child + 1 < wire->count &&
		    before(wire->heap[child + 1], wire->heap[child]))
			child++;
		if (!before(wire->heap[child], last))
			break;
		wire->heap[at] = wire->heap[child];
		at = child;
	}
	wire->heap[at] = last;
	return first;
}

/*
 * One byte of the IP packet becomes another: Internet checksums notice that,
 * always. The link header is spared: its FCS would have seen to that.
 */
static void corrupt(struct rng *rng, struct frame *frame)
{
	u32 at = ETH_HLEN + rng_below(rng, frame->len - ETH_HLEN);

	if (ntohs(((struct ethhdr *)frame->bytes)->type) == ETH_P_IP)
		frame->bytes[at] ^= (u8)rng_range(rng, 1, 255);
}

/* A router's queue is long: CE instead of ECT (RFC 3168 section 5). */
static void mark(struct frame *frame)
{
	struct iphdr *iph = (void *)(frame->bytes + ETH_HLEN);

	if (ntohs(((struct ethhdr *)frame->bytes)->type) != ETH_P_IP ||
	    !(iph->tos & INET_ECN_MASK))
		return;
	iph->tos |= INET_ECN_CE;
	iph->check.raw = 0;
	iph->check = ip_fast_csum(iph, iph->ver_ihl & 15);
}

static void launch(struct world *w, u32 from, const struct frame *sent,
		   u64 departure_ns)
{
	const struct link_params *params = &w->sc->hosts[from].link;
	struct link *link = &w->hosts[from].link;
	struct rng *rng = &w->wire.rng;
	struct frame *frame = malloc(sizeof(*frame) + sent->len);

	memcpy(frame, sent, sizeof(*frame) + sent->len);
	frame->number = w->wire.number++;
	frame->arrival_ns = departure_ns + params->delay_ns;
	if (rng_chance(rng, params->reorder)) {
		frame->arrival_ns += rng_next(rng) % (params->reorder_ns + 1);
	} else {
		frame->arrival_ns =
			MAX(frame->arrival_ns, link->last_arrival_ns);
		link->last_arrival_ns = frame->arrival_ns;
	}
	if (params->mark && rng_chance(rng, params->mark))
		mark(frame);
	if (rng_chance(rng, params->corrupt))
		corrupt(rng, frame);
	heap_add(&w->wire, frame);
}

static u64 transmit_ns(const struct link_params *params, u32 len)
{
	return params->rate_bps ? len * 8 * NS_PER_S / params->rate_bps : 0;
}

/* The time at which the queue has room for len more bytes. */
static u64 room_ns(const struct world *w, u32 from, u32 len)
{
	const struct link_params *params = &w->sc->hosts[from].link;
	u64 free_ns = w->hosts[from].link.free_ns;
	u64 most_ns;

	if (!params->rate_bps)
		return 0;
	most_ns = transmit_ns(params, params->queue_bytes - len);
	return free_ns > most_ns ? free_ns - most_ns : 0;
}

bool wire_send(struct world *w, u32 from, const u8 *bytes, u32 len)
{
	const struct link_params *params = &w->sc->hosts[from].link;
	struct link *link = &w->hosts[from].link;
	u64 now = machine_now_ns(), room = room_ns(w, from, len);
	struct rng *rng = &w->wire.rng;
	struct frame *frame;

	if (room > now && params->backpressure) {
		w->hosts[from].wake_ns = room;
		return false;
	}
	pcap_frame(now, bytes, len);
	world_note(w, &now, sizeof(now));
	world_note(w, bytes, len);
	w->figures.frames++;
	if (room > now)
		return true;
	link->free_ns = MAX(link->free_ns, now) + transmit_ns(params, len);
	if (rng_chance(rng, params->loss))
		return true;
	frame = malloc(sizeof(*frame) + len);
	*frame = (struct frame){.from = from, .len = len};
	memcpy(frame->bytes, bytes, len);
	launch(w, from, frame, link->free_ns);
	if (rng_chance(rng, params->duplicate))
		launch(w, from, frame, link->free_ns);
	free(frame);
	return true;
}

u64 wire_next_ns(const struct world *w)
{
	u64 next = w->wire.count ? w->wire.heap[0]->arrival_ns : UINT64_MAX;

	for (u32 i = 0; i < w->sc->nr_hosts; i++)
		next = MIN(next, w->hosts[i].wake_ns);
	return next;
}

/* The switch: to whom it is addressed, or to all but the sender. */
static void forward(struct world *w, const struct frame *frame)
{
	for (u32 i = 0; i < w->sc->nr_hosts; i++) {
		const u8 *mac = w->hosts[i].dev.dev_addr;

		if (i != frame->from && (eth_is_multicast(frame->bytes) ||
					 eth_addr_eq(frame->bytes, mac)))
			host_receive(&w->hosts[i], frame->bytes, frame->len);
	}
}

bool wire_deliver(struct world *w)
{
	u64 now = machine_now_ns();
	struct frame *frame;

	for (u32 i = 0; i < w->sc->nr_hosts; i++)
		if (w->hosts[i].wake_ns <= now)
			host_wake(&w->hosts[i]);
	if (!w->wire.count || w->wire.heap[0]->arrival_ns > now)
		return false;
	frame = heap_take(&w->wire);
	forward(w, frame);
	free(frame);
	return true;
}

void wire_cut(struct world *w)
{
	while (w->wire.count)
		free(w->wire.heap[--w->wire.count]);
	free(w->wire.heap);
	w->wire.heap = NULL;
}
