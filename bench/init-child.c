/* init-child.c - the programs that bench/init runs under each init, and the clock that starts them.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   init-child stamp FILE exit|pause   appends "PID NANOSECONDS\n" as its first act
 *   init-child race N FILE PROG… [:: PROG…]…  N interleaved starts of each; prints the medians
 *   init-child orphans N FILE          N orphans end at once; FILE gets "MILLISECONDS
 * TERM-MILLISECONDS\n" init-child lines MIB FILE          writes lines of 100 bytes to stdout; FILE
 * gets "NANOSECONDS\n" */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void append(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(3);
	close(fd);
}

static int stamp(const char *file, const char *then)
{
	char text[64];
	snprintf(text, sizeof(text), "%d %lld\n", (int)getpid(), (long long)now_ns());
	append(file, text);
	while (strcmp(then, "pause") == 0)
		pause();
	return 0;
}

/* ---- race ---- */

static int64_t last_stamp(const char *file)
{
	char text[64] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	char *blank = n > 0 ? strchr(text, ' ') : NULL;
	return blank ? strtoll(blank, NULL, 10) : -1;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

enum { MAX_RACERS = 16 };

static int race(int n, const char *file, char **words)
{
	char **racers[MAX_RACERS];
	int n_racers = 0;
	racers[n_racers++] = words;
	for (char **word = words; *word; word++)
		if (strcmp(*word, "::") == 0 && n_racers < MAX_RACERS) {
			*word = NULL;
			racers[n_racers++] = word + 1;
		}
	int64_t *times[MAX_RACERS];
	for (int r = 0; r < n_racers; r++)
		times[r] = calloc((size_t)n, sizeof(int64_t));
	for (int i = 0; i < n; i++)
		for (int r = 0; r < n_racers; r++) {
			unlink(file);
			int64_t began = now_ns();
			pid_t pid;
			if (posix_spawn(&pid, racers[r][0], NULL, NULL, racers[r], environ) != 0)
				return 3;
			int status;
			waitpid(pid, &status, 0);
			int64_t came = last_stamp(file);
			if (came < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
				return 4;
			times[r][i] = came - began;
		}
	for (int r = 0; r < n_racers; r++) {
		qsort(times[r], (size_t)n, sizeof(int64_t), by_value);
		printf("%lld %lld\n", (long long)times[r][n / 2], (long long)times[r][0]);
	}
	return 0;
}

/* ---- orphans ---- */

static volatile sig_atomic_t term_came;
static int64_t term_ns, sent_ns;

static void on_term(int signal)
{
	(void)signal;
	if (!term_came)
		term_ns = now_ns();
	term_came = 1;
}

/* Processes in our PID namespace but PID 1, this one, and whoever stands between. */
static int others(int known)
{
	int n = 0;
	DIR *dir = opendir("/proc");
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		n += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	closedir(dir);
	return n - known;
}

static int orphans(int n, const char *file)
{
	int gate[2];
	signal(SIGTERM, on_term);
	int known = others(0);
	if (pipe(gate) != 0)
		return 3;
	pid_t parent = fork();
	if (parent == 0) {
		for (int i = 0; i < n; i++)
			if (fork() == 0) {
				char byte;
				close(gate[1]);
				_exit(read(gate[0], &byte, 1) != 0);
			}
		_exit(0);
	}
	waitpid(parent, NULL, 0);
	close(gate[0]);
	int64_t began = now_ns();
	close(gate[1]);
	sent_ns = now_ns(); /* waking so many takes long, and they may run before us */
	kill(1, SIGTERM);
	while (others(known) > 0) {
		if (now_ns() - began > 20 * (int64_t)1000000000)
			break;
		usleep(500);
	}
	char text[96];
	snprintf(text, sizeof(text), "%.2f %.2f %d\n", (double)(now_ns() - began) / 1e6,
		 term_came ? (double)(term_ns - sent_ns) / 1e6 : -1.0, others(known));
	append(file, text);
	return 0;
}

/* ---- lines ---- */

static int lines(int mib, const char *file)
{
	char line[101];
	memset(line, 'x', sizeof(line));
	line[99] = '\n';
	int64_t began = now_ns();
	for (long i = 0, n = (long)mib * 10000; i < n; i++)
		if (write(1, line, 100) != 100)
			return 3;
	char text[32];
	snprintf(text, sizeof(text), "%lld\n", (long long)(now_ns() - began));
	append(file, text);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "stamp") == 0)
		return stamp(argv[2], argv[3]);
	if (argc >= 5 && strcmp(argv[1], "race") == 0)
		return race(atoi(argv[2]), argv[3], argv + 4);
	if (argc == 4 && strcmp(argv[1], "orphans") == 0)
		return orphans(atoi(argv[2]), argv[3]);
	if (argc == 4 && strcmp(argv[1], "lines") == 0)
		return lines(atoi(argv[2]), argv[3]);
	fputs("init-child: read its head\n", stderr);
	return 100;
}
