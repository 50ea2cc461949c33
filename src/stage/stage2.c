/* stage2.c - the new image's container: made, injected, booted, its scripts run, shut down.
 * SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "stage/program.h"
#include "stage/stage_private.h"
#include "stage/volumes.h"

#include "base/banned.h"

#define SCRIPTS_MOUNT   "/bootstrap_scripts"
#define NOTIFY_SLICE_MS 200 /* between looks at whether PID 1 still lives */

/* Keeps an image without an init alive while the scripts run in it. */
static const char idle_script[] = "trap 'exit 0' TERM INT; while :; do sleep 1 & wait $!; done";

static bool is_shell_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != '_' && !isalpha((unsigned char)name.ptr[i]) &&
		    (i == 0 || !isdigit((unsigned char)name.ptr[i])))
			return false;
	return name.len > 0;
}

static int write_env_file(struct stage_build *build, const char *scripts_dir, struct err *err)
{
	autobuf struct buf text = {0};
	const struct strlist *lists[] = {&build->settings.env, &build->settings.extra};

	buf_puts(&text, "# the environment of this build, for stage scripts to source\n");
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			struct str value = str_of(lists[l]->items[i]);
			struct str name = str_cut(&value, '=');
			if (!is_shell_name(name)) /* sh cannot have such a variable */
				continue;
			buf_printf(&text, "export %.*s=", STR_ARG(name));
			shell_quote(&text, value.ptr);
			buf_putc(&text, '\n');
		}
	autofree char *path = path_join(scripts_dir, "stage2.env");
	return file_write_at(AT_FDCWD, path, buf_text(&text), text.len, 0644, FILE_NO_SYNC, err);
}

static void add_mounts(struct stage_build *build, const char *scripts_dir, const char *program,
		       struct strlist *mounts)
{
	stage_volumes(&build->settings, build->inject_dir, &build->options->run, mounts);
	volume_add(mounts, scripts_dir, SCRIPTS_MOUNT, false);
	volume_add(mounts, program, PROGRAM_MOUNT, true);
}

static int notify_listen(struct stage_build *build, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	build->notify_path = path_join(workdir_path(build->work), "notify");
	if (strlen(build->notify_path) >= sizeof(address.sun_path)) {
		free(build->notify_path);
		build->notify_path = NULL; /* then the state is asked for */
		return 0;
	}
	memcpy(address.sun_path, build->notify_path, strlen(build->notify_path) + 1);
	build->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (build->notify_fd < 0 ||
	    bind(build->notify_fd, (struct sockaddr *)&address, sizeof(address)))
		return err_sys(err, "listening on '%s'", build->notify_path);
	return 0;
}

/* The container goes when we do, however we die; --keep asks for the opposite. */
static int tie_to_us(struct stage_build *build, struct container_options *options, struct err *err)
{
	int fds[2];
	if (build->options->keep)
		return 0;
	if (pipe2(fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	build->owner_fd = fds[1];
	build->owner_read_fd = fds[0];
	options->owner_fd = fds[0];
	return 0;
}

int stage2_create(struct stage_build *build, struct err *err)
{
	struct container_options options = build->options->run;
	autofree char *scripts_dir = path_join(build->inject_dir, "bootstrap_scripts");
	autofree char *program = NULL;
	autostrlist struct strlist command = {0};
	bool is_init = stage_command_is_init(&build->settings);

	options.mounts = options.env = options.env_files = (struct strlist){0};
	options.user = options.workdir = options.restart = NULL;
	options.detach = options.is_volatile = true;
	options.remove = options.tty = options.interactive = false;
	options.name = build->settings.stage2_name;
	options.image_name = build->settings.image;
	options.label_owner = "stage";
	options.systemd = is_init ? "always" : "false";
	options.entrypoint = "";
	options.entrypoint_given = true;
	if (is_init) {
		strlist_copy(&command, &build->settings.command_words);
	} else {
		strlist_add(&command, "/bin/sh");
		strlist_add(&command, "-c");
		strlist_add(&command, idle_script);
	}
	if (stage_program_install(build->engine->store, &program, err) ||
	    write_env_file(build, scripts_dir, err) || (is_init && notify_listen(build, err)) ||
	    tie_to_us(build, &options, err))
		return -1;
	options.notify_socket = build->notify_path;
	strlist_copy(&options.mounts, &build->options->run.mounts);
	add_mounts(build, scripts_dir, program, &options.mounts);
	int failed = container_create(build->engine, &options, &build->base, strlist_argv(&command),
				      &build->container, err);
	strlist_done(&options.mounts);
	return failed || stage_inject_apply(build, err) || stage_programs_install(build, err) ? -1
											      : 0;
}

/* ---- programs in the container ---- */

struct pump {
	struct stage_build *build; /* where it is told; NULL: collected */
	struct buf *collected;
	int fd;
};

static void *pump_run(void *arg)
{
	struct pump *pump = arg;
	char block[4096];
	ssize_t n;

	while ((n = read(pump->fd, block, sizeof(block))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		if (pump->collected) {
			buf_append(pump->collected, block, (size_t)n);
			continue;
		}
		const struct progress_event event = {
			.kind = PROGRESS_LOG, .text = block, .len = (size_t)n};
		progress_tell(pump->build->progress, &event);
	}
	return NULL;
}

/* Runs argv in the container; its output is told, or collected when `ret_out` is given. */
static int run_inside(struct stage_build *build, char *const *argv, struct buf *ret_out,
		      int *ret_status, struct err *err)
{
	struct exec_options options = {0};
	autoclose int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	autoclose int read_end = -1;
	int fds[2];
	pthread_t thread;

	if (null_fd < 0 || pipe2(fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	read_end = fds[0];
	struct pump pump = {.build = build, .collected = ret_out, .fd = read_end};
	if (pthread_create(&thread, NULL, pump_run, &pump)) {
		close(fds[1]);
		return err_set(err, ERR_SYSTEM, "starting a thread");
	}
	options.fds[0] = null_fd;
	options.fds[1] = options.fds[2] = fds[1];
	strlist_add_all(&options.env, &build->settings.env);
	strlist_add_all(&options.env, &build->settings.extra);
	int failed = container_exec(build->container, &options, argv, ret_status, err);
	close(fds[1]);
	pthread_join(thread, NULL);
	strlist_done(&options.env);
	return failed;
}

/* ---- boot ---- */

static bool heard_ready(struct stage_build *build)
{
	char message[4096];
	if (build->notify_fd < 0) {
		usleep(NOTIFY_SLICE_MS * 1000);
		return false;
	}
	struct pollfd poll_fd = {.fd = build->notify_fd, .events = POLLIN};
	if (poll(&poll_fd, 1, NOTIFY_SLICE_MS) <= 0)
		return false;
	ssize_t n = recv(build->notify_fd, message, sizeof(message) - 1, MSG_DONTWAIT);
	if (n <= 0)
		return false;
	message[n] = '\0';
	return text_starts(message, "READY=1") || strstr(message, "\nREADY=1") != NULL;
}

/* "running", "degraded", "starting", …; "" when there is no systemctl to ask. */
static int system_state(struct stage_build *build, struct buf *ret_state, struct err *err)
{
	const char *const argv[] = {"systemctl", "is-system-running", NULL};
	int status = 0;
	autoerr struct err why = {0};

	if (run_inside(build, (char *const *)argv, ret_state, &status, &why) && status != 126 &&
	    status != 127) {
		err_move(err, &why);
		return -1;
	}
	if (status == 126 || status == 127)
		buf_truncate(ret_state, 0);
	return 0;
}

static int tell_failed_units(struct stage_build *build, struct err *err)
{
	const char *const argv[] = {"systemctl", "list-units",  "--failed",
				    "--plain",   "--no-legend", NULL};
	autobuf struct buf units = {0};
	int status = 0;

	if (run_inside(build, (char *const *)argv, &units, &status, err))
		return -1;
	stage_tell(build, PROGRESS_WARNING, "the system is degraded; failed units",
		   buf_text(&units));
	return 0;
}

static int booted_already(struct stage_build *build, bool *ret_booted, struct err *err)
{
	autobuf struct buf text = {0};
	if (system_state(build, &text, err))
		return -1;
	struct str state = str_trim(buf_str(&text));
	*ret_booted = !state.len || str_is(state, "running") || str_is(state, "degraded");
	if (str_is(state, "degraded"))
		return tell_failed_units(build, err);
	return 0;
}

/* What the init said to its console explains why it did not come up. */
static void tell_console(struct stage_build *build)
{
	static const struct logs_options last = {.tail = 40};
	autoclose int fd = memfd_create("console", MFD_CLOEXEC);
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	if (fd < 0 || container_logs(build->container, &last, fd, fd, &err) ||
	    lseek(fd, 0, SEEK_SET) || io_read_all(fd, &text, &err))
		return;
	stage_tell(build, PROGRESS_LOG, NULL, buf_text(&text));
}

static int wait_for_boot(struct stage_build *build, struct err *err)
{
	int64_t deadline = clock_monotonic_ns() + STAGE_BOOT_TIMEOUT_NS;
	int exit_code = 0;

	for (int slice = 1; clock_monotonic_ns() < deadline; slice++) {
		bool ready = heard_ready(build), booted = false;
		if (container_state(build->container, &exit_code) != CONTAINER_RUNNING)
			return err_set(err, ERR_SYSTEM,
				       "'%s' ended with status %d instead of booting",
				       build->settings.command, exit_code);
		/* Who hears no READY=1 asks once a second. */
		if (!ready && (build->notify_fd >= 0 ? slice % 50 : slice % 5))
			continue;
		if (booted_already(build, &booted, err))
			return -1;
		if (booted)
			return 0;
	}
	return err_set(err, ERR_LIMIT, "'%s' was neither running nor degraded after %d seconds",
		       build->settings.command, (int)(STAGE_BOOT_TIMEOUT_NS / NS_PER_SEC));
}

int stage2_boot(struct stage_build *build, struct err *err)
{
	static const struct start_options detached;
	int exit_code = 0;

	if (container_start(build->container, &detached, &exit_code, err))
		return -1;
	if (!stage_command_is_init(&build->settings))
		return 0;
	if (wait_for_boot(build, err)) {
		tell_console(build);
		return -1;
	}
	return 0;
}

/* ---- scripts ---- */

static int run_script(struct stage_build *build, const char *file, const char *what,
		      struct err *err)
{
	autofree char *path = xasprintf(SCRIPTS_MOUNT "/%s", file);
	char *argv[] = {path, NULL};
	int status = 0;

	stage_tell(build, PROGRESS_COMMAND, NULL, path);
	if (run_inside(build, argv, NULL, &status, err))
		return err_wrap(err, "%s", what);
	if (status)
		return err_set(err, ERR_SYSTEM, "%s: build failed: %s ended with status %d (%s)",
			       build->settings.image, file, status, what);
	return 0;
}

int stage2_script(struct stage_build *build, struct err *err)
{
	return run_script(build, "stage2.sh", "configuring the image", err);
}

int stage3_script(struct stage_build *build, struct err *err)
{
	return run_script(build, "stage3.sh", "deploying and self-test", err);
}

int stage_shutdown(struct stage_build *build, struct err *err)
{
	return container_stop(build->container, STAGE_STOP_TIMEOUT_NS, err);
}

static void open_shell(struct stage_build *build)
{
	struct exec_options options = {.tty = isatty(STDIN_FILENO), .interactive = true};
	const char *const argv[] = {"/bin/sh", NULL};
	autoerr struct err err = {0};
	int status = 0;

	strlist_add_all(&options.env, &build->settings.env);
	stage_tell(build, PROGRESS_BANNER, NULL,
		   "a shell where the build failed; leave it to go on");
	if (container_exec(build->container, &options, (char *const *)argv, &status, &err))
		stage_tell(build, PROGRESS_WARNING, "no shell", err_text(&err));
	strlist_done(&options.env);
}

void stage_failed(struct stage_build *build, const struct err *why)
{
	autoerr struct err err = {0};
	if (!build->container)
		return;
	if (build->options->shell && container_state(build->container, NULL) == CONTAINER_RUNNING)
		open_shell(build);
	if (build->options->keep)
		stage_tell(build, PROGRESS_WARNING, "the container is kept",
			   container_name(build->container));
	else if (container_remove(build->container, true, true, &err))
		stage_tell(build, PROGRESS_WARNING, "removing the container", err_text(&err));
}
