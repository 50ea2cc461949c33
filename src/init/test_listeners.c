/* test_listeners.c - sockets bound, described, taken over and cleaned up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/test_loop_scene.h"
#include "testing/test.h"

static struct socket_spec inet_spec(const char *name, uint16_t port)
{
	return (struct socket_spec){.name = name,
				    .family = AF_INET,
				    .type = SOCK_STREAM,
				    .host = "127.0.0.1",
				    .port = port,
				    .mode = -1,
				    .umask = -1,
				    .backlog = 16};
}

static struct socket_spec path_spec(const char *name, const char *path)
{
	struct socket_spec spec = inet_spec(name, 0);
	spec.family = AF_UNIX;
	spec.path = path;
	return spec;
}

static const char *scratch(const char *name)
{
	static char paths[4][200];
	static unsigned next;
	const char *dir;
	test_dir(&dir);
	char *path = paths[next++ % ARRAY_LEN(paths)];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void open_all(struct listeners *listeners, struct socket_spec *specs, size_t n,
		     struct listeners *old)
{
	struct model model = {.sockets = specs, .n_sockets = n};
	const struct socket_spec *failed = NULL;
	int error = listeners_open(&model, old, listeners, &failed);
	if (error)
		test_fail(__FILE__, __LINE__, "%s: %s", failed->name, strerror(-error));
}

static uint16_t port_of(int fd)
{
	struct address address;
	socklen_t size = sizeof(address);
	CHECK_INT(getsockname(fd, &address.any, &size), 0);
	return ntohs(address.in.sin_port);
}

static int connect_to(uint16_t port)
{
	struct address address;
	CHECK(address_of_number("127.0.0.1", port, &address));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, &address.any, address_size(&address)) == 0)
		return fd;
	close(fd);
	return -1;
}

TEST(listener_hears_and_is_described_as_circus_does)
{
	struct listeners listeners;
	struct socket_spec specs[] = {inet_spec("web", 0), path_spec("app", scratch("app.sock"))};
	char text[300], want[300];
	open_all(&listeners, specs, 2, NULL);
	struct listener *web = listeners_find(&listeners, "WEB");
	CHECK(web && web->fd >= 0);
	int client = connect_to(port_of(web->fd));
	CHECK(client >= 0);
	listener_describe(web, text, sizeof(text));
	snprintf(want, sizeof(want), "%d:socket 'web' at 127.0.0.1:0", web->fd);
	CHECK_STR(text, want);
	struct listener *app = listeners_find(&listeners, "app");
	listener_describe(app, text, sizeof(text));
	snprintf(want, sizeof(want), "%d:socket 'app' at %s", app->fd, specs[1].path);
	CHECK_STR(text, want);
	CHECK(!listeners_find(&listeners, "nosuch"));
	CHECK(fcntl(web->fd, F_GETFD) & FD_CLOEXEC);
	CHECK(fcntl(web->fd, F_GETFL) & O_NONBLOCK);
	close(client);
	listeners_close(&listeners);
	struct stat found;
	CHECK_INT(lstat(specs[1].path, &found), -1);
}

TEST(listener_that_blocks_has_no_flag)
{
	struct socket_spec spec = inet_spec("web", 0);
	int fd;
	spec.blocking = true;
	CHECK_INT(listener_bind(&spec, &fd), 0);
	CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	close(fd);
}

TEST(listener_path_has_its_mode_whatever_our_mask_is)
{
	static const struct {
		int mode, umask;
		unsigned want;
	} cases[] = {{0600, -1, 0600},
		     {0666, -1, 0666},
		     {-1, 0007, 0770},
		     {-1, 0, 0777},
		     {-1, -1, 0755}};
	mode_t before = umask(022);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct listeners listeners;
		struct socket_spec spec = path_spec("app", scratch("mode.sock"));
		struct stat found;
		spec.mode = cases[i].mode;
		spec.umask = cases[i].umask;
		open_all(&listeners, &spec, 1, NULL);
		CHECK_INT(lstat(spec.path, &found), 0);
		CHECK_INT(found.st_mode & 0777, cases[i].want);
		CHECK_INT(umask(022), 022);
		listeners_close(&listeners);
	}
	umask(before);
}

TEST(listener_path_that_exists_needs_replace_and_must_be_a_socket)
{
	struct socket_spec spec = path_spec("app", scratch("stale.sock"));
	int first, second;
	CHECK_INT(listener_bind(&spec, &first), 0);
	close(first);
	CHECK_INT(listener_bind(&spec, &second), -EADDRINUSE);
	spec.replace = true;
	CHECK_INT(listener_bind(&spec, &second), 0);
	close(second);
	CHECK_INT(unlink(spec.path), 0);
	close(open(spec.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	CHECK_INT(listener_bind(&spec, &second), -EEXIST);
	struct stat found;
	CHECK_INT(lstat(spec.path, &found), 0);
	CHECK_INT(unlink(spec.path), 0);
	/* nor is a link followed */
	CHECK_INT(symlink("/nosuch", spec.path), 0);
	CHECK_INT(listener_bind(&spec, &second), -EEXIST);
	CHECK_INT(unlink(spec.path), 0);
}

TEST(listener_path_of_another_stays_at_the_end)
{
	struct listeners listeners;
	struct socket_spec spec = path_spec("app", scratch("other.sock"));
	int other;
	struct stat found;
	open_all(&listeners, &spec, 1, NULL);
	CHECK_INT(unlink(spec.path), 0);
	CHECK_INT(listener_bind(&spec, &other), 0);
	listeners_close(&listeners);
	CHECK_INT(lstat(spec.path, &found), 0);
	close(other);
	CHECK_INT(unlink(spec.path), 0);
}

TEST(listener_abstract_and_datagram_and_seqpacket)
{
	struct listeners listeners;
	struct socket_spec specs[] = {path_spec("a", "@hull-test-listeners"), inet_spec("b", 0),
				      path_spec("c", scratch("c.sock"))};
	specs[1].type = SOCK_DGRAM;
	specs[2].type = SOCK_SEQPACKET;
	open_all(&listeners, specs, 3, NULL);
	struct sockaddr_un address;
	socklen_t size;
	CHECK_INT(address_of_path(specs[0].path, &address, &size), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, size), 0);
	close(fd);
	listeners_close(&listeners);
}

TEST(listener_of_the_new_family)
{
	struct socket_spec spec = inet_spec("six", 0);
	spec.family = AF_INET6;
	spec.host = "::1";
	int fd, failed = listener_bind(&spec, &fd);
	if (failed == -EAFNOSUPPORT || failed == -EADDRNOTAVAIL)
		test_skip("needs IPv6 on loopback");
	CHECK_INT(failed, 0);
	close(fd);
}

TEST(listener_failure_names_the_socket_and_closes_the_others)
{
	uint16_t port;
	int taken = loopback_socket(SOCK_STREAM, &port);
	struct socket_spec specs[] = {path_spec("app", scratch("first.sock")),
				      inet_spec("taken", port)};
	struct model model = {.sockets = specs, .n_sockets = 2};
	struct listeners listeners = {0};
	const struct socket_spec *failed = NULL;
	struct stat found;
	CHECK_INT(listeners_open(&model, NULL, &listeners, &failed), -EADDRINUSE);
	CHECK_STR(failed->name, "taken");
	CHECK(!listeners.items);
	CHECK_INT(lstat(specs[0].path, &found), -1);
	close(taken);
}

TEST(listener_reuse_port_is_bound_for_each_copy)
{
	struct listeners listeners;
	uint16_t port;
	int probe = loopback_socket(SOCK_STREAM, &port), first, second;
	close(probe);
	struct socket_spec spec = inet_spec("many", port);
	spec.reuse_port = true;
	open_all(&listeners, &spec, 1, NULL);
	CHECK_INT(listeners.items[0].fd, -1);
	CHECK_INT(listener_bind(&spec, &first), 0);
	CHECK_INT(listener_bind(&spec, &second), 0);
	close(first);
	close(second);
	listeners_close(&listeners);
}

TEST(listeners_at_the_same_address_are_taken_over_with_their_clients)
{
	struct listeners old, now;
	struct socket_spec before[] = {inet_spec("web", 0), path_spec("app", scratch("kept.sock")),
				       path_spec("gone", scratch("gone.sock"))};
	struct stat found;
	open_all(&old, before, 3, NULL);
	int fd = old.items[0].fd;
	uint16_t port = port_of(fd);
	int client = connect_to(port);
	struct socket_spec after[] = {path_spec("app2", before[1].path), inet_spec("web", 0)};
	after[0].mode = 0600;
	after[1].blocking = true;
	open_all(&now, after, 2, &old);
	CHECK_INT(now.items[1].fd, fd);
	CHECK(now.items[1].spec == &after[1]);
	CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	listeners_close(&old);
	CHECK_INT(lstat(before[2].path, &found), -1);
	CHECK_INT(lstat(after[0].path, &found), 0);
	CHECK_INT(found.st_mode & 0777, 0600);
	int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	CHECK(accepted >= 0);
	close(accepted);
	close(client);
	listeners_close(&now);
	CHECK_INT(lstat(after[0].path, &found), -1);
}

TEST(listeners_that_cannot_be_opened_leave_the_old_ones)
{
	struct listeners old, now = {0};
	struct socket_spec before = path_spec("app", scratch("old.sock"));
	uint16_t port;
	int taken = loopback_socket(SOCK_STREAM, &port);
	struct socket_spec after[] = {before, inet_spec("taken", port)};
	struct model model = {.sockets = after, .n_sockets = 2};
	const struct socket_spec *failed;
	struct stat found;
	open_all(&old, &before, 1, NULL);
	int fd = old.items[0].fd;
	CHECK_INT(listeners_open(&model, &old, &now, &failed), -EADDRINUSE);
	CHECK_INT(old.items[0].fd, fd);
	CHECK_INT(lstat(before.path, &found), 0);
	listeners_close(&old);
	CHECK_INT(lstat(before.path, &found), -1);
	close(taken);
}
