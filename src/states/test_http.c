/* test_http.c - http.query against a server of ours.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "states/test_system.h"

#include "base/banned.h"

/* A child that answers each connection by its path: /moved, /gone, all else "hello". */
struct server {
	pid_t pid;
	unsigned port;
};

static void answer(int fd)
{
	static const char moved[] = "HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n";
	static const char told[] = "HTTP/1.1 200 OK\r\n\r\nwith a key";
	static const char gone[] = "HTTP/1.1 404 Not Found\r\n\r\nhello";
	static const char here[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello";
	char text[512] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);
	const char *said = here;
	/* The same server by another name. */
	const char *port = strstr(text, "127.0.0.1:");
	autofree char *away =
		xasprintf("HTTP/1.1 302 Found\r\nLocation: http://localhost:%u/there\r\n"
			  "\r\n",
			  port ? (unsigned)strtoul(port + 10, NULL, 10) : 0);

	if (n > 0 && strstr(text, " /moved "))
		said = moved;
	else if (n > 0 && strstr(text, " /away "))
		said = away;
	else if (n > 0 && (strstr(text, "X-Key: 1") || strstr(text, "POST")) &&
		 strstr(text, " /there "))
		said = told;
	else if (n > 0 && strstr(text, " /gone "))
		said = gone;
	else if (n > 0 && strstr(text, " /odd "))
		said = "no http\r\n\r\n";
	if (write(fd, said, strlen(said)) < 0)
		_exit(1);
}

static void server_start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 8));
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &size));
	server->port = ntohs(address.sin_port);
	server->pid = fork();
	CHECK(server->pid >= 0);
	for (int peer; !server->pid && (peer = accept(fd, NULL, NULL)) >= 0; close(peer))
		answer(peer);
	close(fd);
}

static void server_stop(struct server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}

static void query(struct trial *t, const struct server *server, const char *path, const char *args)
{
	autofree char *url = xasprintf("http://127.0.0.1:%u%s", server->port, path);

	trial_run(t, trial_state("http.query"), url, args);
}

TEST(an_answer_is_judged_by_its_status_and_its_text)
{
	static const struct {
		const char *path, *args, *said;
	} cases[] = {
		{"/", "{status: 200}", "True|Status 200 was found.|"},
		{"", "{status: 200, match: ell}",
		 "True|Match text \"ell\" was found. Status 200 was found.|"},
		{"/", "{match: bye, status: 200}",
		 "False|Match text \"bye\" was not found. Status 200 was found.|"},
		{"/", "{match: '^h.*o$', match_type: pcre}",
		 "True|Match pattern \"^h.*o$\" was found.|"},
		{"/", "{status: [200, 204], status_type: list}", "True|Status 200 was found.|"},
		{"/gone", "{status: [200, 204], status_type: list}",
		 "False|Statuses [200, 204] were not found.|"},
		{"/gone", "{status: '4..', status_type: pcre}",
		 "True|Status pattern \"4..\" was found.|"},
		{"/gone", "{status: 404, match: hello}",
		 "False|Match text \"hello\" was not found. Status 404 was found.|"},
		{"/moved", "{status: 200}", "True|Status 200 was found.|"},
		{"/odd", "{status: 200}", "False|Status 200 was not found.|"},
		{"/", "",
		 "False| Either match text (match) or a status code (status) is "
		 "required.|"},
	};
	struct server server;
	autotrial t;
	trial_begin(&t);

	server_start(&server);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		query(&t, &server, cases[i].path, cases[i].args);
		CHECK_STR(trial_said(&t), cases[i].said);
	}
	trial_write(&t, "etc/hosts", "127.0.0.1 one\n127.0.0.1 other web # x\n", 0644);
	autofree char *url = xasprintf("http://web:%u/", server.port);
	trial_run(&t, trial_state("http.wait_for_successful_query"), url, "{status: 200}");
	CHECK_STR(trial_said(&t), "True|Status 200 was found.|");
	t.is_test = true;
	query(&t, &server, "/", "{status: 200}");
	CHECK_STR(trial_said(&t), "None|Status 200 was not found. (TEST MODE)|");
	server_stop(&server);
}

TEST(headers_are_for_the_server_that_was_asked)
{
	struct server server;
	autotrial t;
	trial_begin(&t);

	server_start(&server);
	trial_write(&t, "etc/hosts", "", 0644);
	query(&t, &server, "/moved", "{match: key, header_dict: {X-Key: 1}}");
	CHECK_STR(trial_said(&t), "True|Match text \"key\" was found.|");
	query(&t, &server, "/away", "{match: key, header_dict: {X-Key: 1}}");
	CHECK_STR(trial_said(&t), "False|Match text \"key\" was not found.|");
	query(&t, &server, "/away",
	      "{match: hello, method: POST, data: x, header_dict: {X-Key: 1}}");
	CHECK_STR(trial_said(&t), "True|Match text \"hello\" was found.|");
	server_stop(&server);
}

TEST(who_does_not_answer_is_told_as_a_warning)
{
	static const char *const urls[] = {
		"http://nobody.there/",   "https://127.0.0.1/",   "ftp://127.0.0.1/",
		"http://127.0.0.1:99999", "http://me@127.0.0.1/",
	};
	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		trial_run(&t, trial_state("http.query"), urls[i], "{status: 200}");
		CHECK_STR(trial_said(&t), "False|Status 200 was not found.|");
		CHECK(t.outcome.warnings != NULL);
	}
	trial_run(&t, trial_state("http.query"), "http://127.0.0.1:1/",
		  "{status: 200, wait_for: 0.1, request_interval: .nan}");
	CHECK_STR(trial_said(&t), "False|Status 200 was not found.|");
	trial_run(&t, trial_state("http.query"), "http://127.0.0.1:1/",
		  "{status: 200, wait_for: .nan, request_interval: .inf}");
	CHECK_STR(trial_said(&t), "False|Status 200 was not found.|");
}

TEST(a_signal_ends_the_waiting_for_an_answer)
{
	static const volatile int stop = 1;
	autotrial t;
	trial_begin(&t);

	t.world.stop = &stop;
	trial_run(&t, trial_state("http.wait_for_successful_query"), "http://127.0.0.1:1/",
		  "{status: 200, wait_for: 3000}");
	CHECK_STR(trial_said(&t), "False|Status 200 was not found.|");
}
