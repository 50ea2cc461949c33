/* base.c - what a stage begins with: nothing, an image, an earlier stage.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "build/build_private.h"

#include "base/banned.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int err_put_at(struct err *err, struct src_pos at)
{
	if (at.column)
		return err_wrap(err, "%s:%u:%u", at.file, at.line, at.column);
	return err_wrap(err, "%s", at.file);
}

/* Images for other machines would run nothing here. */
static int check_platform(const char *name, const struct image_config *config, struct src_pos at,
			  struct err *err)
{
	struct platform host = platform_host();
	bool fits = (!config->os || text_eq(config->os, host.os)) &&
		    (!config->architecture || text_eq(config->architecture, host.architecture));
	int result = 0;

	if (!fits)
		result = err_at(err, at, "'%s' is an image for %s/%s, this is %s/%s", name,
				config->os, config->architecture, host.os, host.architecture);
	platform_done(&host);
	return result;
}

/* --platform may only say what this host is. */
static int check_wanted(const char *wanted, struct src_pos at, struct err *err)
{
	struct platform host = platform_host(), asked = {0};
	int result = platform_parse(wanted, &asked, err);

	if (result)
		err_put_at(err, at);
	else if (!text_eq(asked.os, host.os) || !text_eq(asked.architecture, host.architecture))
		result = err_at(err, at,
				"--platform=%s is not supported on this host, which is %s/%s",
				wanted, host.os, host.architecture);
	platform_done(&host);
	platform_done(&asked);
	return result;
}

static int read_image(struct build *build, const char *name, struct src_pos at, struct tip *tip,
		      struct err *err)
{
	struct store *store = build->engine->store;
	cleanup(image_done) struct image image = {0};
	autofree struct layer_meta *layers = NULL;
	size_t n = 0;

	if (store_find_image(store, name, &image, err))
		return err_put_at(err, at);
	if (store_read_config(store, &image.id, &tip->config, err) ||
	    check_platform(name, &tip->config, at, err) ||
	    image_layers(store, build->lease, &image, &layers, &n, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		tip_add_layer(tip, &layers[i]);
	return 0;
}

static void begin_scratch(struct tip *tip)
{
	struct platform host = platform_host();

	tip->config.os = xstrdup(host.os);
	tip->config.architecture = xstrdup(host.architecture);
	tip->config.variant = xstrdup(host.variant);
	platform_done(&host);
}

int base_of_image(struct build *build, const char *name, const char *platform, struct src_pos at,
		  struct tip *ret_tip, struct err *err)
{
	cleanup(tip_done) struct tip tip = {0};

	if (platform && check_wanted(platform, at, err))
		return -1;
	if (text_eq(name, "scratch"))
		begin_scratch(&tip);
	else if (read_image(build, name, at, &tip, err))
		return -1;
	*ret_tip = steal(&tip);
	return 0;
}

int base_of_stage(struct build *build, struct stage *stage, struct err *err)
{
	const char *flag = instruction_flag(stage->from, "platform");
	struct step step = {build, NULL, &build->file, stage->from};
	autofree char *platform = NULL;

	if (flag && scope_expand_text(&step, flag, &platform, err))
		return -1;
	if (stage->base_stage) {
		if (platform && check_wanted(platform, stage->from->pos, err))
			return -1;
		tip_copy(&stage->tip, &stage->base_stage->tip);
	} else if (base_of_image(build, stage->base, platform, stage->from->pos, &stage->tip,
				 err)) {
		return -1;
	}
	if (!strlist_env_get(&stage->tip.config.config.env, "PATH"))
		strlist_env_setf(&stage->tip.config.config.env, "PATH", DEFAULT_PATH);
	return 0;
}
