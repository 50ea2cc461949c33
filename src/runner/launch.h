/* launch.h - a project's start: pillar from the volume, ssh keys, reconfigure, markers.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   TOP/project       the code: PROJECT, the parent of the launcher's bin/
 *   TOP/pillar        init.sls, replaced by the volume's at each start
 *   TOP/data          the volume: configuration/pillar.sls, ssh/x.pub
 *
 * Blocking code, for a child of PID 1. What is done is said with say(); no content, ever. */
#pragma once

#include "ini/model.h"

struct launch_options {
	bool ssh_config;
	bool re_configure;   /* implies ssh_config */
	const char *project; /* NULL: what [launch] says, else `launcher` tells it */
	const char *name;    /* NULL: what [launch] says, else the name of TOP */
	const char
		*launcher; /* as it was called: PROJECT/bin/launch.sh, or a link to it; or NULL */
};
/* The three steps, each by its command in [launch] when there is one. *ret_status: 0, or the exit
 * status of the command that failed (said already); nothing behind it is done. ERR_INPUT: no
 * project is known; ERR_MISSING: it is not there, no hull-state; ERR_DENIED, ERR_LIMIT, ERR_SYSTEM.
 */
int launch_prepare(const struct model *model, const struct launch_options *options, int *ret_status,
		   struct err *err) must_check;
/* Words as salt took them: "ssh_config=True", "re_configure=yes", "name=N", "project=DIR".
 * ERR_INPUT with the nearest. */
int launch_word(const char *word, struct launch_options *options, struct err *err) must_check;
/* PROJECT of a launcher PROJECT/bin/launch.sh, links to it followed; the caller frees. NULL: it is
 * no such file. */
char *launch_project_of(const char *launcher);

/* What an image asks for at its first start, each once, as root: /acls.restore with /acls.txt and
 * /passwords.reset. A marker goes when its work is done; what fails is said, and the start goes on.
 */
void launch_markers(int rootfd);
/* Keys that sshd lacks, made by ssh-keygen where it is installed. */
void launch_host_keys(int rootfd);
/* Both; the keys when a service is sshd, or with [launch]. Is there anything to do? */
void launch_first_start(const struct model *model);
bool launch_has_first_start(const struct model *model);
