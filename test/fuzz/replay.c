/*
 * Runs a fuzz target over files, each in memory of exactly its size, without
 * libFuzzer. Prints `N passed`; what fails ends the program.
 */
#include "test/fuzz/fuzz.h"

static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size = 0, n;
	u8 part[4096], *data = malloc(1);

	if (!file) {
		perror(path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof(part), file)) > 0) {
		data = realloc(data, size + n);
		__builtin_memcpy(data + size, part, n);
		size += n;
	}
	fclose(file);
	fprintf(stderr, "replay %s\n", path);
	fuzz_one(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	fuzz_init();
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d passed\n", argc - 1);
	fflush(stdout);
	return 0;
}
