/*
 * Goodput by loss and round trip time: one transfer over a link of 100 Mbit/s
 * in virtual time, so that the table is the same on every machine.
 *
 *	usage: goodput			prints the table
 *	       goodput TABLE		compares; a cell is one test
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/sim/world.h"

#define TOTAL	 (2u * 1024 * 1024)
#define RATE_BPS 100000000ull
#define QUEUE	 (256u * 1024)
#define SEEDS	 5
#define ENOUGH	 0.8 /* of the table's number */
#define ROUNDING 0.05
#define LINE_MAX 256

static const u32 losses[] = {0, 10, 100, 200, 500, 1000, 2000};
static const u32 rtts_ms[] = {1, 10, 50, 100, 200};

#define ROWS ARRAY_SIZE(losses)
#define COLS ARRAY_SIZE(rtts_ms)

static void set_up(struct scenario *sc, u32 loss, u32 rtt_ms, u64 seed)
{
	*sc = (struct scenario){
		.seed = seed,
		.nr_hosts = 2,
		.nr_conns = 1,
		.backlog = 1,
		.static_arp = true,
		.conns[0] = {.client = 1, .start_ns = NS_PER_MS},
	};
	for (u32 i = 0; i < 2; i++) {
		sc->hosts[i] = (struct host_params){
			.mtu = 1500,
			.offloads = true,
			.tcp = dialect_usual,
			.link = {.loss = loss,
				 .delay_ns = rtt_ms * NS_PER_MS / 2,
				 .rate_bps = RATE_BPS,
				 .queue_bytes = QUEUE},
		};
		sc->conns[0].app[i] = (struct app_params){
			.total = i ? 0 : TOTAL,
			.write_max = 65536,
			.read_max = 65536,
		};
	}
}

/* kB/s, the mean of some runs. */
static double measure(u32 loss, u32 rtt_ms)
{
	struct scenario sc;
	u64 ns = 0;

	for (u64 seed = 1; seed <= SEEDS; seed++) {
		set_up(&sc, loss, rtt_ms, seed);
		ns += world_run(&sc).done_ns - sc.conns[0].start_ns;
	}
	return (double)TOTAL * SEEDS * 1e6 / (double)ns;
}

static void print_head(void)
{
	printf("# kB/s of %u MiB over %u Mbit/s, by loss (each way) and round "
	       "trip;\n# make sim-goodput writes it\nloss    ",
	       TOTAL >> 20, (u32)(RATE_BPS / 1000000));
	for (u32 col = 0; col < COLS; col++)
		printf(" %5u ms", rtts_ms[col]);
	printf("\n");
}

static void print_table(void)
{
	print_head();
	for (u32 row = 0; row < ROWS; row++) {
		printf("%5.1f %% ", losses[row] / 100.0);
		for (u32 col = 0; col < COLS; col++)
			printf(" %8.1f", measure(losses[row], rtts_ms[col]));
		printf("\n");
		fflush(stdout);
	}
}

/* Of one line of the table: cells that are worse now. */
static u32 compare_row(const char *line, u32 row)
{
	const char *at = strchr(line, '%') + 1;
	double want, now;
	u32 failed = 0;
	int used;

	for (u32 col = 0; col < COLS; col++, at += used) {
		if (sscanf(at, "%lf%n", &want, &used) != 1)
			return failed + (u32)COLS - col;
		now = measure(losses[row], rtts_ms[col]);
		if (now + ROUNDING >= want * ENOUGH)
			continue;
		printf("FAIL %.1f %% loss, %u ms: %.1f kB/s, not %.1f\n",
		       losses[row] / 100.0, rtts_ms[col], now, want);
		failed++;
	}
	return failed;
}

static u32 compare(const char *path)
{
	FILE *file = fopen(path, "r");
	u32 row = 0, failed = 0;
	char line[LINE_MAX];

	while (file && row < ROWS && fgets(line, sizeof(line), file))
		if (strchr(line, '%') && line[0] != '#')
			failed += compare_row(line, row++);
	if (file)
		fclose(file);
	return failed + (u32)((ROWS - row) * COLS);
}

int main(int argc, char **argv)
{
	u32 failed;

	if (argc == 1) {
		print_table();
		return 0;
	}
	failed = compare(argv[1]);
	printf("sim-table: %u passed, %u failed\n", (u32)(ROWS * COLS) - failed,
	       failed);
	return failed != 0;
}
