/* markers.c - what an image asks for at its first start.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each marker goes when its work is done and not before; what fails is said and tried again at the
 * next start. Nothing here keeps a container from starting. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/proc.h"
#include "init/say.h"
#include "runner/acl_restore.h"
#include "runner/launch.h"
#include "runner/limits.h"
#include "runner/passwords.h"

#include "base/banned.h"

#define ACLS_MARKER      "acls.restore"
#define ACLS_LIST        "acls.txt"
#define PASSWORDS_MARKER "passwords.reset"

static bool is_marked(int rootfd, const char *marker)
{
	struct stat st;
	return !fstatat(rootfd, marker, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode);
}

static void remove_marker(int rootfd, const char *marker)
{
	if (unlinkat(rootfd, marker, 0))
		say(LOG_WARN, "markers", "/%s stays and counts again at the next start: %s", marker,
		    strerror(errno));
}

static void restore_acls(int rootfd)
{
	cleanup(acl_restored_done) struct acl_restored done = {0};
	autobuf struct buf list = {0};
	autoerr struct err err = {0};
	if (file_read_at(rootfd, ACLS_LIST, LIMIT_ACL_LIST, &list, &err) ||
	    acl_restore(rootfd, buf_str(&list), &done, &err)) {
		say(LOG_ERROR, "markers", "/" ACLS_MARKER ": %s", err_text(&err));
		return;
	}
	if (done.n_failed) {
		say(LOG_ERROR, "markers", "%zu ACLs could not be restored, the first: %s",
		    done.n_failed, done.failure);
		return;
	}
	say(LOG_INFO, "markers", "ACLs of %zu files are restored (%zu gone, %zu on volumes)",
	    done.n_restored, done.n_gone, done.n_foreign);
	remove_marker(rootfd, ACLS_MARKER);
}

static void reset_passwords(int rootfd)
{
	autoerr struct err err = {0};
	size_t n;
	if (passwords_reset(rootfd, &n, &err)) {
		say(LOG_ERROR, "markers", "/" PASSWORDS_MARKER ": %s", err_text(&err));
		return;
	}
	say(LOG_INFO, "markers", "%zu passwords of the image are not valid any more", n);
	remove_marker(rootfd, PASSWORDS_MARKER);
}

static const struct marker {
	const char *name;
	void (*follow)(int rootfd);
} markers[] = {
	{ACLS_MARKER, restore_acls},
	{PASSWORDS_MARKER, reset_passwords},
};

static bool has_markers(int rootfd)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++)
		if (is_marked(rootfd, markers[i].name))
			return true;
	return false;
}

void launch_markers(int rootfd)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++)
		if (is_marked(rootfd, markers[i].name))
			markers[i].follow(rootfd);
}

/* ---- ssh ---- */

static bool is_there(int rootfd, const char *path)
{
	struct stat st;
	autoerr struct err err = {0};
	return !beneath_stat(rootfd, path, &st, &err);
}

static bool lacks_host_keys(int rootfd)
{
	static const char *const keys[] = {"etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_ecdsa_key",
					   "etc/ssh/ssh_host_ed25519_key"};
	bool lacks_one = false;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		lacks_one |= !is_there(rootfd, keys[i]);
	return lacks_one && is_there(rootfd, "usr/sbin/sshd") &&
	       is_there(rootfd, "usr/bin/ssh-keygen");
}

/* Scrubbed images have none, so that no two containers share one. */
void launch_host_keys(int rootfd)
{
	if (!lacks_host_keys(rootfd))
		return;
	autoerr struct err err = {0};
	autobuf struct buf output = {.max = LIMIT_KEYGEN_OUTPUT};
	char program[] = "/usr/bin/ssh-keygen", all[] = "-A", *words[] = {program, all, NULL};
	struct proc_options options = {.argv = words, .fd_stdin = -1};
	int status;
	if (proc_run(&options, STR(""), &output, &output, -1, &status, &err))
		say(LOG_ERROR, "markers", "host keys of sshd: %s", err_text(&err));
	else if (status)
		say(LOG_ERROR, "markers", "host keys of sshd: ssh-keygen ended with status %d",
		    status);
	else
		say(LOG_INFO, "markers", "host keys of sshd are made");
}

/* ---- both ---- */

static bool wants_sshd(const struct model *model)
{
	for (size_t i = 0; i < model->n_services; i++) {
		const struct text_list *words = &model->services[i].words;
		if (words->n && text_eq(path_base(words->items[0]), "sshd"))
			return true;
	}
	return model->launch.pos.line > 0;
}

static int open_root(void)
{
	return geteuid() ? -1 : open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool launch_has_first_start(const struct model *model)
{
	autoclose int rootfd = open_root();
	return rootfd >= 0 &&
	       (has_markers(rootfd) || (wants_sshd(model) && lacks_host_keys(rootfd)));
}

void launch_first_start(const struct model *model)
{
	autoclose int rootfd = open_root();
	if (rootfd < 0)
		return;
	launch_markers(rootfd);
	if (wants_sshd(model))
		launch_host_keys(rootfd);
}
