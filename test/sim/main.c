/*
 * The simulator: make sim SEEDS=n START=k. Each seed is a scenario, run twice
 * in a process of its own: the second run must be the first, frame by frame.
 * A seed that fails is run once more for its pcap file.
 *
 *	usage: sim START SEEDS JOBS FOLDER
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/sim/world.h"

#define JOBS_MAX  64
#define SECONDS	  120 /* of a seed */
#define SHOWN_MAX 10  /* failing seeds that are run again */

struct job {
	pid_t pid; /* 0: free */
	u64 seed;
};

static struct {
	u64 start, seeds;
	u32 jobs;
	const char *folder;
	struct job job[JOBS_MAX];
	struct figures *results; /* of each job, shared with its process */
	struct figures sum;
	u64 passed, failed;
} sim;

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void noreturn run_seed(u64 seed, struct figures *result)
{
	struct scenario sc;
	struct figures again;

	alarm(SECONDS);
	scenario_draw(&sc, seed);
	*result = world_run(&sc);
	again = world_run(&sc);
	if (again.hash != result->hash) {
		fprintf(stderr, "seed %llu: two runs, two traces\n",
			(unsigned long long)seed);
		exit(1);
	}
	exit(0);
}

static void noreturn run_for_pcap(u64 seed, const char *path)
{
	struct scenario sc;

	alarm(SECONDS);
	scenario_draw(&sc, seed);
	scenario_print(&sc, stdout);
	fflush(stdout);
	if (!freopen("/dev/null", "w", stderr))
		exit(2);
	pcap_begin(path);
	world_run(&sc);
	exit(0);
}

static void show_failure(u64 seed)
{
	char path[4096];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/seed-%llu.pcap", sim.folder,
		 (unsigned long long)seed);
	fflush(stdout);
	pid = fork();
	if (!pid)
		run_for_pcap(seed, path);
	waitpid(pid, NULL, 0);
	printf("FAIL seed %llu: make sim START=%llu SEEDS=1; frames: %s\n",
	       (unsigned long long)seed, (unsigned long long)seed, path);
}

static void add_figures(const struct figures *result)
{
	sim.sum.conns += result->conns;
	sim.sum.success += result->success;
	sim.sum.failed += result->failed;
	sim.sum.aborted += result->aborted;
	sim.sum.frames += result->frames;
	sim.sum.bytes += result->bytes;
	sim.sum.crossings += result->crossings;
	sim.sum.retransmits += result->retransmits;
	sim.sum.timeouts += result->timeouts;
	sim.sum.probes += result->probes;
	sim.sum.bad_checksums += result->bad_checksums;
	sim.sum.virtual_ns += result->virtual_ns / 1000; /* us: no overflow */
}

static void start_job(u32 n, u64 seed)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		run_seed(seed, &sim.results[n]);
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	sim.job[n] = (struct job){pid, seed};
}

static void end_job(void)
{
	int status;
	pid_t pid = wait(&status);
	u32 n = 0;

	while (sim.job[n].pid != pid)
		n++;
	sim.job[n].pid = 0;
	if (!status) {
		sim.passed++;
		add_figures(&sim.results[n]);
		return;
	}
	if (WIFSIGNALED(status))
		printf("seed %llu: signal %d\n",
		       (unsigned long long)sim.job[n].seed, WTERMSIG(status));
	if (sim.failed++ < SHOWN_MAX)
		show_failure(sim.job[n].seed);
	else
		printf("FAIL seed %llu\n", (unsigned long long)sim.job[n].seed);
}

static void run_all(void)
{
	u64 next = sim.start, end = sim.start + sim.seeds;
	u32 running = 0;

	while (next < end || running) {
		if (next < end && running < sim.jobs) {
			u32 n = 0;

			while (sim.job[n].pid)
				n++;
			start_job(n, next++);
			running++;
		} else {
			end_job();
			running--;
		}
	}
}

/* One line; what make test reads comes first. */
static void print_sum(double seconds)
{
	const struct figures *sum = &sim.sum;

	printf("sim: %llu passed, %llu failed; seeds %llu to %llu; "
	       "%u connections; ends: %u in success, %u in an error, %u "
	       "aborted; %.1f MB in %.2f M frames; %llu retransmissions, "
	       "%llu time-outs, %llu probes, %llu bad checksums, %llu numbers "
	       "wrapped; %.1f h virtual, %.1f s\n",
	       (unsigned long long)sim.passed, (unsigned long long)sim.failed,
	       (unsigned long long)sim.start,
	       (unsigned long long)(sim.start + sim.seeds - 1), sum->conns,
	       sum->success, sum->failed, sum->aborted,
	       (double)sum->bytes / 1e6, (double)sum->frames / 1e6,
	       (unsigned long long)sum->retransmits,
	       (unsigned long long)sum->timeouts,
	       (unsigned long long)sum->probes,
	       (unsigned long long)sum->bad_checksums,
	       (unsigned long long)sum->crossings,
	       (double)sum->virtual_ns / 3600e6, seconds);
}

int main(int argc, char **argv)
{
	double began = seconds_now();

	if (argc != 5) {
		fprintf(stderr, "usage: sim START SEEDS JOBS FOLDER\n");
		return 2;
	}
	sim.start = strtoull(argv[1], NULL, 10);
	sim.seeds = strtoull(argv[2], NULL, 10);
	sim.jobs = (u32)strtoul(argv[3], NULL, 10);
	sim.jobs = MIN(MAX(sim.jobs, 1u), JOBS_MAX);
	sim.folder = argv[4];
	sim.results =
		mmap(NULL, JOBS_MAX * sizeof(*sim.results),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run_all();
	print_sum(seconds_now() - began);
	return sim.failed != 0;
}
