/* bench_server.c - the engine alone, for measuring: bench-server PORT [FILE [CERT KEY]].
 * SPDX-License-Identifier: Apache-2.0
 *
 *   /v2/    "{}" from memory         /memory  the file's first 2 KiB, borrowed
 *   /file   the file, by descriptor  /pool    "{}" from a thread of the pool
 *   /range  one byte of the file     /sink    reads the body, says how long it was */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/server.h"

#include "base/banned.h"

struct bench {
	int fd;
	uint64_t size;
	char memory[2048];
};

static void keep_open(void *arg)
{
	(void)arg;
}

static enum http_turn begin(struct http_exchange *x, void *arg)
{
	struct bench *bench = arg;
	struct str path = http_path(x);

	if (str_is(path, "/v2/")) {
		http_add_block(x, STR("Docker-Distribution-Api-Version: registry/2.0\r\n"
				      "Content-Type: application/json\r\n"));
		http_answer(x, 200, "{}", 2);
	} else if (str_is(path, "/memory")) {
		http_add_block(x, STR("Content-Type: application/json\r\n"));
		http_answer_borrowed(x, 200, (struct str){bench->memory, sizeof(bench->memory)},
				     NULL, NULL);
	} else if (str_is(path, "/file")) {
		http_answer_file(x, 200, bench->fd, 0, bench->size, keep_open, NULL);
	} else if (str_is(path, "/range")) {
		http_answer_file(x, 206, bench->fd, 0, 1, keep_open, NULL);
	} else if (str_is(path, "/pool") || str_is(path, "/sink")) {
		return HTTP_TO_POOL;
	} else {
		http_answer(x, 404, NULL, 0);
	}
	return HTTP_ANSWERED;
}

static void work(struct http_exchange *x, void *arg)
{
	static const size_t piece = 256 << 10;
	autofree char *bytes = xmalloc(piece);
	autoerr struct err err = {0};
	uint64_t total = 0;
	ssize_t n;

	(void)arg;
	while ((n = http_read_body(x, bytes, piece, &err)) > 0)
		total += (uint64_t)n;
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)total);
	http_answer(x, n < 0 ? 400 : 200, text, (size_t)len);
}

static int tls_load(const char *cert, const char *key, struct tls_server **ret_tls, struct err *err)
{
	struct cert_pair pair;

	if (cert_pair_load(AT_FDCWD, cert, key, false, &pair, err))
		return -1;
	int result = tls_server_new(&(struct tls_options){.pairs = &pair, .n_pairs = 1}, NULL,
				    ret_tls, err);
	cert_pair_done(&pair);
	return result;
}

static int serve(int argc, char **argv, struct err *err)
{
	struct bench bench = {.fd = open(argc > 2 ? argv[2] : "/dev/null", O_RDONLY | O_CLOEXEC)};
	struct stat st;
	struct tls_server *tls = NULL;
	struct http_listener_vec listeners = {0};
	struct http_server *server;
	autofree char *address = xasprintf("127.0.0.1:%s", argv[1]);

	if (bench.fd < 0 || fstat(bench.fd, &st) || pread(bench.fd, bench.memory, 2048, 0) < 0)
		return err_sys(err, "opening the file");
	bench.size = (uint64_t)st.st_size;
	if (argc > 4 && tls_load(argv[3], argv[4], &tls, err))
		return -1;
	const struct http_handler handler = {.begin = begin, .work = work, .arg = &bench};
	if (http_listen(address, tls != NULL, 0, &listeners, err) ||
	    http_server_start(&(struct http_server_options){.listeners = listeners.items,
							    .n_listeners = listeners.n,
							    .tls = tls,
							    .handler = &handler,
							    .server_name = "bench"},
			      &server, err))
		return -1;
	sigset_t set;
	int got;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigwait(&set, &got);
	http_server_free(server);
	tls_server_unref(tls);
	close(bench.fd);
	free(listeners.items);
	return 0;
}

int main(int argc, char **argv)
{
	autoerr struct err err = {0};

	if (argc < 2 || serve(argc, argv, &err)) {
		fprintf(stderr, "bench-server: %s\n",
			argc < 2 ? "PORT [FILE [CERT KEY]]" : err_text(&err));
		return 1;
	}
	return 0;
}
