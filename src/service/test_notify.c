/* test_notify.c - the manager's protocol, with a manager made here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/notify.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(the_manager_hears_what_is_told)
{
	const char *dir = NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char heard[256] = {0};

	test_dir(&dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", dir);
	autofree char *variable = xasprintf("NOTIFY_SOCKET=%s", address.sun_path);
	char *env[] = {variable, NULL};
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);

	notify_send(env, "READY=1\nSTATUS=%s", "well");
	CHECK(recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT) > 0);
	CHECK_STR(heard, "READY=1\nSTATUS=well");
	notify_reloading(env);
	memset(heard, 0, sizeof(heard));
	CHECK(recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT) > 0);
	CHECK(text_starts(heard, "RELOADING=1\nMONOTONIC_USEC="));
}

TEST(nobody_to_tell_is_fine)
{
	static const char *const cases[] = {"NOTIFY_SOCKET=", "NOTIFY_SOCKET=relative",
					    "NOTIFY_SOCKET=/nowhere"};

	notify_send(NULL, "READY=1");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		notify_send((char *[]){(char *)cases[i], NULL}, "READY=1");
}

TEST(the_watchdog_is_for_this_process_only)
{
	autofree char *ours = xasprintf("WATCHDOG_PID=%d", (int)getpid());
	char *with_pid[] = {(char *)"WATCHDOG_USEC=30000000", ours, NULL};
	char *others[] = {(char *)"WATCHDOG_USEC=30000000", (char *)"WATCHDOG_PID=1", NULL};
	char *bare[] = {(char *)"WATCHDOG_USEC=5000", NULL};
	char *wrong[] = {(char *)"WATCHDOG_USEC=often", NULL};

	CHECK_INT(notify_watchdog_ms(with_pid), 30000);
	CHECK_INT(notify_watchdog_ms(others), 0);
	CHECK_INT(notify_watchdog_ms(bare), 5);
	CHECK_INT(notify_watchdog_ms(wrong), 0);
	CHECK_INT(notify_watchdog_ms(NULL), 0);
}

TEST(sockets_of_another_process_are_left_alone)
{
	autoerr struct err err = {0};
	autofree char *ours = xasprintf("LISTEN_PID=%d", (int)getpid());
	char *others[] = {(char *)"LISTEN_FDS=2", (char *)"LISTEN_PID=1", NULL};
	char *wrong[] = {(char *)"LISTEN_FDS=many", ours, NULL};
	int n = -1;

	CHECK_OK(notify_sockets(others, &n, &err), &err);
	CHECK_INT(n, 0);
	CHECK_OK(notify_sockets(NULL, &n, &err), &err);
	CHECK_INT(n, 0);
	CHECK(notify_sockets(wrong, &n, &err) < 0);
	CHECK_STR(err_text(&err), "LISTEN_FDS is no number of sockets: 'many'");
}

TEST(sockets_have_names)
{
	char *env[] = {(char *)"LISTEN_FDNAMES=web:admin:", NULL};
	char name[NOTIFY_NAME_MAX];
	static const char *const want[] = {"web", "admin", "", ""};

	for (int i = 0; i < (int)ARRAY_LEN(want); i++) {
		notify_socket_name(env, i, name);
		CHECK_STR(name, want[i]);
	}
	notify_socket_name(NULL, 0, name);
	CHECK_STR(name, "");
}
