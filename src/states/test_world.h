/* test_world.h - a scratch root and one state after the other in it, for tests.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "testing/test.h"

struct trial {
	struct heap heap;
	struct world world;
	const char *path; /* of the root */
	int rootfd;
	struct outcome outcome; /* of the last state */
	bool is_test;
};

/* A fresh root with /etc/passwd and /etc/group (root 0, www 33, app 1000) and /tmp. */
void trial_begin(struct trial *trial);
void trial_done(struct trial *trial);
#define autotrial cleanup(trial_done) struct trial

/* Applies it with arguments as YAML: "{mode: '0640', contents: a}"; "": none. */
void trial_run(struct trial *trial, const struct state_def *def, const char *name,
	       const char *args);
/* The comment and, behind a "|", the changes as Python prints them; borrowed until the next. The
 * result stands in front: "True|", "False|", "None|". */
const char *trial_said(struct trial *trial);
/* A second run says that nothing was to be done. */
void trial_again(struct trial *trial, const struct state_def *def, const char *name,
		 const char *args);

void trial_write(struct trial *trial, const char *path, const char *text, unsigned mode);
const char *trial_read(struct trial *trial, const char *path);  /* "(none)": not there */
unsigned trial_mode(struct trial *trial, const char *path);     /* 0: not there */
const char *trial_owner(struct trial *trial, const char *path); /* "33:33" */
