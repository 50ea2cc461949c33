/* settings.h - what options and an image together mean: a record; the host stays as it is.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/container.h"
#include "container/record.h"
#include "oci/image_config.h"

int settings_apply(struct engine *engine, const struct container_options *options,
		   const struct image_config *image, char *const *command, struct record *record,
		   struct err *err) must_check;
int settings_mounts(const struct container_options *options, const struct image_config *image,
		    struct record *record, struct err *err) must_check;
int settings_limits(const struct container_options *options, struct record *record,
		    struct err *err) must_check;
int settings_network(struct engine *engine, const struct container_options *options,
		     const struct image_config *image, struct record *record,
		     struct err *err) must_check;
int settings_command(const struct container_options *options, const struct run_config *image,
		     char *const *command, struct record *record, struct err *err) must_check;
/* ERR_INPUT: "option: 'text' is not one of …", with the nearest. `words` ends with NULL. */
int settings_refuse_word(const char *option, const char *text, const char *const *words,
			 struct err *err);
int restart_parse(const char *text, char **ret_policy, int64_t *ret_max,
		  struct err *err) must_check;
int signal_parse(const char *text, int *ret_signal,
		 struct err *err) must_check; /* "TERM", "SIGRTMIN+3", "15" */
bool device_split(const char *text, struct spec_device *ret_device); /* "host:path:rwm" */
bool ulimit_split(const char *text, struct spec_ulimit *ret_ulimit);
char *path_clean(const char *path); /* absolute in, no ".", "..", "//", trailing "/" */
