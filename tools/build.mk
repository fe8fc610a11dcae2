# Builds the module, the agent and the dashboard's files into $(BUILD).
# Called by the Makefile, which takes a lock first.

SHELL = /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:

ROOT := $(CURDIR)
OUT := $(abspath $(BUILD))
VERSION := $(shell cat VERSION)

ifneq ($(SANITIZE),)
# With sanitizers gcc warns of paths that cannot be; nginx's own flags have -Werror.
MODULE_INSTRUMENT = $(INSTRUMENT) -Wno-error
INSTRUMENT = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

.PHONY: all module agent assets FORCE
all: module agent assets

# V=1 shows the commands.
V ?=
QUIET := $(if $(V),,@)

# A file whose content is $(2) and whose time changes only with it.
define stamp
$(1): FORCE
	@printf '%s\n' '$(2)' | cmp -s - $$@ || { mkdir -p $$(@D); printf '%s\n' '$(2)' > $$@; }
endef

FORCE:

# ---- the module ----
# nginx-dev's tree is root's, so configure runs in a folder of links to it.

NGINX_SOURCE ?= /usr/share/nginx/src
MODULE := $(OUT)/ngx_betterstack_module.so
OBJS := $(OUT)/objs
MODULE_FILES := $(sort $(wildcard $(foreach d,. io http live dispatch ingest ping history,\
	ngx_betterstack_module/$(d)/*.[ch]) shared/*.[ch]))
MODULE_SCHEMA := $(lastword $(sort $(wildcard sql/schema/[0-9][0-9][0-9][0-9]_*.sql)))

module: $(MODULE)

$(eval $(call stamp,$(OUT)/stamp/module,$(MODULE_FILES) $(MODULE_SCHEMA) $(INSTRUMENT)))

$(OBJS)/Makefile: config VERSION tools/configure-module $(wildcard $(NGINX_SOURCE)/conf_flags) $(OUT)/stamp/module
	@tools/configure-module $(NGINX_SOURCE) $(OUT) '$(MODULE_INSTRUMENT)'

$(MODULE): $(OBJS)/Makefile $(MODULE_FILES)
	@echo "building $(notdir $@)"
	@$(MAKE) $(if $(V),,-s) --no-print-directory -C $(OUT)/nginx -f $(OBJS)/Makefile modules
	@cp $(OBJS)/ngx_betterstack_module.so $@.new && mv $@.new $@

ifneq ($(SANITIZE)$(VALGRIND),)
module: $(OUT)/keep_loaded.so

$(OUT)/keep_loaded.so: t/lib/keep_loaded.c
	@$(CC) -shared -fPIC -o $@ $<
endif

# ---- the agent ----

PKG_CONFIG ?= pkg-config
AGENT := $(OUT)/betterstack-agent
MSGPACK := $(firstword $(foreach p,msgpack-c msgpack,$(shell $(PKG_CONFIG) --exists $(p) && echo $(p))) msgpack-c)
# name:oldest version:Debian package
AGENT_NEEDS := libuv:1.39:libuv1-dev libcares:1.16:libc-ares-dev \
	libcurl:7.87:libcurl4-openssl-dev hiredis:0.14:libhiredis-dev \
	$(MSGPACK):3:libmsgpack-c-dev,libmsgpack-dev openssl:3:libssl-dev libpsl:0.20:libpsl-dev \
	jansson:2.10:libjansson-dev libmicrohttpd:0.9.70:libmicrohttpd-dev yaml-0.1:0.2:libyaml-dev \
	libpcre2-8:10.30:libpcre2-dev
# Debian 12 has no libjq.pc.
AGENT_HEADERS_NEEDED := jq.h:libjq-dev
AGENT_PACKAGES := $(foreach n,$(AGENT_NEEDS),$(firstword $(subst :, ,$(n))))

AGENT_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard agent/*.c shared/*.c)))
# Sources say <hiredis/async.h>: its own folder has an alloc.h and a net.h.
AGENT_INCLUDES := $(patsubst %/hiredis,%,$(shell $(PKG_CONFIG) --cflags $(AGENT_PACKAGES)))
AGENT_CFLAGS = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -O2 -g $(INSTRUMENT) \
	-Iagent -Ishared -DBS_VERSION='"$(VERSION)"' $(AGENT_INCLUDES) $(CFLAGS)
AGENT_LIBS = $(shell $(PKG_CONFIG) --libs $(AGENT_PACKAGES)) -ljq -lm -lpthread

agent: $(AGENT)

$(eval $(call stamp,$(OUT)/stamp/agent-flags,$(INSTRUMENT) $(CFLAGS) $(LDFLAGS) $(VERSION)))
$(eval $(call stamp,$(OUT)/stamp/agent-objects,$(AGENT_OBJECTS)))

$(OUT)/stamp/agent-needs: tools/build.mk tools/check-libraries
	@mkdir -p $(@D)
	@tools/check-libraries '$(PKG_CONFIG)' $(AGENT_NEEDS) $(AGENT_HEADERS_NEEDED) > $@

$(OUT)/agent/%.o: agent/%.c $(OUT)/stamp/agent-needs $(OUT)/stamp/agent-flags
	@mkdir -p $(@D)
	@echo "cc $<"
	$(QUIET)$(CC) $(AGENT_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/shared/%.o: shared/%.c $(OUT)/stamp/agent-needs $(OUT)/stamp/agent-flags
	@mkdir -p $(@D)
	@echo "cc $<"
	$(QUIET)$(CC) $(AGENT_CFLAGS) -MMD -MP -c -o $@ $<

$(AGENT): $(AGENT_OBJECTS) $(OUT)/stamp/agent-objects
	@echo "building $(notdir $@)"
	$(QUIET)$(CC) $(INSTRUMENT) $(LDFLAGS) -o $@.new $(AGENT_OBJECTS) $(AGENT_LIBS) && mv $@.new $@

-include $(AGENT_OBJECTS:.o=.d)

# ---- the agent that tests end in the middle of things (agent/crash_point.h) ----

CRASH_OBJECTS := $(patsubst agent/%.c,$(OUT)/crash/%.o,$(shell grep -l crash_point agent/*.c))

$(OUT)/crash/%.o: agent/%.c $(OUT)/stamp/agent-needs $(OUT)/stamp/agent-flags
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(AGENT_CFLAGS) -DBS_CRASH_POINTS -MMD -MP -c -o $@ $<

$(OUT)/crash/betterstack-agent: $(CRASH_OBJECTS) $(AGENT_OBJECTS) $(OUT)/stamp/agent-objects
	$(QUIET)$(CC) $(INSTRUMENT) $(LDFLAGS) -o $@ $(CRASH_OBJECTS) \
		$(filter-out $(subst /crash/,/agent/,$(CRASH_OBJECTS)),$(AGENT_OBJECTS)) $(AGENT_LIBS)

-include $(CRASH_OBJECTS:.o=.d)

# ---- unit test programs ----
# build/unit/NAME from t/unit/NAME.c, linked with what it uses of shared/, and
# of agent/ if it includes a header of it.

UNIT_NAMES := $(patsubst t/unit/%.c,%,$(wildcard t/unit/*.c))
AGENT_HEADERS := $(notdir $(wildcard agent/*.h))
UNIT_AGENT := $(if $(AGENT_HEADERS),$(shell grep -lE '^\#include "([^"]*/)?($(subst $() ,|,$(AGENT_HEADERS)))"' t/unit/*.c))

$(OUT)/libshared.a: $(filter $(OUT)/shared/%,$(AGENT_OBJECTS))
$(OUT)/libagent.a: $(filter-out %/main.o,$(filter $(OUT)/agent/%,$(AGENT_OBJECTS)))
$(OUT)/libshared.a $(OUT)/libagent.a: $(OUT)/stamp/agent-objects
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(OUT)/unit/%: t/unit/%.c t/unit/tap.h $(OUT)/libshared.a
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(AGENT_CFLAGS) -MMD -MP -MT $@ -MF $@.d -o $@ $< \
		$(filter %/libagent.a,$^) $(OUT)/libshared.a $(AGENT_LIBS)

$(patsubst t/unit/%.c,$(OUT)/unit/%,$(UNIT_AGENT)): $(OUT)/libagent.a

-include $(patsubst %,$(OUT)/unit/%.d,$(UNIT_NAMES))

# ---- the simulation ----
# The agent's own objects; what stands between them and a machine is that of t/simulation, which
# comes first and so is what the linker takes.

SIMULATION_OBJECTS := $(patsubst t/simulation/%.c,$(OUT)/simulation/%.o,$(sort $(wildcard t/simulation/*.c)))

$(OUT)/simulation/%.o: t/simulation/%.c $(OUT)/stamp/agent-needs $(OUT)/stamp/agent-flags
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(AGENT_CFLAGS) $(shell $(PKG_CONFIG) --cflags libpq) -MMD -MP -c -o $@ $<

$(OUT)/simulate: $(SIMULATION_OBJECTS) $(OUT)/libagent.a $(OUT)/libshared.a
	$(QUIET)$(CC) $(INSTRUMENT) $(LDFLAGS) -Wl,--wrap=clock_gettime,--allow-multiple-definition \
		-o $@ $^ $(AGENT_LIBS) $(shell $(PKG_CONFIG) --libs libpq)

-include $(SIMULATION_OBJECTS:.o=.d)

# ---- the dashboard ----

HTML_FILES := $(shell find html -type f ! -name README.md | LC_ALL=C sort)

assets: $(OUT)/html/index.html

$(eval $(call stamp,$(OUT)/stamp/html,$(HTML_FILES)))

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(OUT)/html/index.html: $(HTML_FILES) $(OUT)/stamp/html tools/build-assets tools/page.mjs node_modules/.package-lock.json
	@node tools/build-assets html $(OUT)/html
