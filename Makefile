# qbwasm. `make help` lists the targets. `make V=1` shows the commands.
#
#   c/src, c/include ──emcc──> build/wasm/*.o ──wasm-ld, wasm-opt──> build/qbwasm.wasm ──┐
#   c/src, c/tools/layout.c ──gcc──> build/tools/layout ─────────────────────────────────┴─> GENERATED
#   c/src, test/native ──gcc, clang──> build/native/<config>/<name>_test

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

JOBS ?= $(shell nproc)
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif
Q := $(if $(V),,@)

BUILD ?= build
CC := gcc
EMCC ?= emcc
CLANG ?= clang-19
CLANG_FORMAT ?= clang-format-19
CLANG_TIDY ?= clang-tidy-19
export CC CLANG CLANG_FORMAT CLANG_TIDY

BIN := node_modules/.bin
WASM := $(BUILD)/qbwasm.wasm

# Modules that a tool writes. One more is a line here and a rule below.
GENERATED := \
    js/base/generated/layout.js \
    js/base/generated/wasm.js \
    js/struct/generated/accessors.js

# What the demo page takes from npm: copied, so that the packed package can serve it.
VENDOR := $(addprefix demo/web/vendor/,uPlot.esm.js uPlot.min.css uPlot.esm.d.ts)
# And the command line: csv-parse.
VENDOR += js/cli/vendor/csv-parse/index.js

# The images of the demo page's dictionary (docs/adr/0014), with the licence of their text.
DICTIONARY := $(addprefix demo/web/data/,words.qbi.gz sample.qbi.gz LICENSE)

C_SOURCES := $(sort $(wildcard c/src/*.c c/src/*/*.c))
# The reader of images is native only (docs/adr/0011): JS reads them without wasm.
IMAGE_SOURCES := $(filter c/src/image/%,$(C_SOURCES))
WASM_SOURCES := $(filter-out c/src/base/host_native.c c/src/base/status.c $(IMAGE_SOURCES),$(C_SOURCES))
NATIVE_SOURCES := $(filter-out c/src/exports.c,$(C_SOURCES))
JS_SOURCES := $(sort $(shell find js -name '*.js' -not -path '*/generated/*' -not -path '*/vendor/*' 2>/dev/null))

INCLUDES := -Ic/include -Ic/src
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wundef -Wstrict-prototypes -Werror
C_FLAGS := -std=c11 -fno-strict-aliasing $(INCLUDES) $(WARNINGS)
# -Os everywhere and wasm-opt -O2: measured as fast as -O3 (within 2 %) and 9 KiB smaller, because the
# hot paths are QB_INLINE where it counts. wasm-opt -Os leaves calls on them.
WASM_OPTIMIZE := -Os
WASM_CFLAGS = $(WASM_OPTIMIZE) $(C_FLAGS) -ffreestanding -matomics -mbulk-memory -mmutable-globals
WASM_LDFLAGS := --no-entry --import-memory --shared-memory --max-memory=4294967296 \
    --stack-first -z stack-size=0 --fatal-warnings
WASM_OPTFLAGS := -O2 --enable-threads --enable-bulk-memory --enable-mutable-globals \
    --strip-debug --strip-producers

# What is compiled depends on the flags and not on this file: an edit below rebuilds nothing.
FLAGS := $(BUILD)/.flags
FLAGS_TEXT = $(EMCC) $(WASM_CFLAGS) | $(CC) $(CLANG) $(NATIVE_CFLAGS) $(SANITIZE_ASAN) $(SANITIZE_TSAN) $(FUZZ_FLAGS)

# Stamps: what setup found or installed.
SETUP_BUILD := $(BUILD)/.setup-build
SETUP_NATIVE := $(BUILD)/.setup-native
SETUP_CHECK := $(BUILD)/.setup-check
SETUP_NPM := node_modules/.package-lock.json

##@ Build

.PHONY: all
all: $(WASM) qbwasm.wasm $(GENERATED) $(VENDOR) $(DICTIONARY) ## build the wasm core and the generated JS modules (the default)

.PHONY: setup
setup: $(SETUP_NPM) ## install what is missing: Debian and npm packages
	@mkdir -p $(BUILD)
	@flock $(BUILD)/.setup.lock c/tools/setup.sh build native check
	@touch $(SETUP_BUILD) $(SETUP_NATIVE) $(SETUP_CHECK)

$(BUILD)/.setup-%: c/tools/setup.sh
	@mkdir -p $(@D)
	@flock $(BUILD)/.setup.lock c/tools/setup.sh $*
	@touch $@

# TypeDoc has a folder of its own: it reads types with another TypeScript, and a published package has no workspaces.
$(SETUP_NPM): package-lock.json docs/api/package-lock.json
	@mkdir -p $(BUILD)
	@for folder in $(^D); do flock $(BUILD)/.setup.lock \
	    npm ci --prefix $$folder --ignore-scripts --no-fund --no-audit --loglevel=error; done
	@touch $@

$(FLAGS): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_TEXT)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_TEXT)' > $@

.PHONY: FORCE
FORCE:

$(BUILD)/wasm/%.o: %.c $(FLAGS) | $(SETUP_BUILD)
	@mkdir -p $(@D)
	$(Q)$(EMCC) $(WASM_CFLAGS) -MMD -MP -c $< -o $@

# The linker that Emscripten brings, and npm's wasm-opt: Debian's 108 fails on atomics.
$(BUILD)/core.wasm: $(WASM_SOURCES:%.c=$(BUILD)/wasm/%.o)
	$(Q)"$$(command -v wasm-ld-14 || command -v wasm-ld)" $(WASM_LDFLAGS) $^ -o $@

$(WASM): $(BUILD)/core.wasm | $(SETUP_NPM)
	$(Q)$(BIN)/wasm-opt $(WASM_OPTFLAGS) $< -o $@
	@echo "$@: $$(stat -c %s $@) bytes"

# What `qbwasm/external` loads.
qbwasm.wasm: $(WASM)
	$(Q)cp $< $@

$(BUILD)/tools/layout: c/tools/layout.c $(FLAGS) | $(SETUP_BUILD)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 $(C_FLAGS) -MMD -MP $< -o $@

js/base/generated/layout.js: $(BUILD)/tools/layout
	@mkdir -p $(@D)
	$(Q)$< > $@.tmp && mv $@.tmp $@

js/base/generated/wasm.js: $(WASM) c/tools/embed.mjs
	$(Q)node c/tools/embed.mjs $< $@

js/struct/generated/%.js: js/struct/%.build.mjs
	$(Q)node $< $@

# Its types speak of a global; the page imports the module. And the page is in English: WebKitGTK says that the language
# of the locale C is 'C', of which Intl knows nothing.
demo/web/vendor/%: Makefile | $(SETUP_NPM)
	@mkdir -p $(@D)
	$(Q)sed "s/^export = uPlot;/export default uPlot;/; /^export as namespace/d; s/domEnv ? nav.language : 'en-US'/'en'/" \
	    node_modules/uplot/dist/$(subst .esm.d.ts,.d.ts,$*) > $@

# Whole: its licence goes with it.
js/cli/vendor/csv-parse/index.js: $(SETUP_NPM)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)cd node_modules/csv-parse && cp -r LICENSE lib/index.d.ts lib/api lib/utils lib/index.js $(CURDIR)/$(@D)

$(DICTIONARY) &: $(wildcard demo/web/dictionary/dictionary*) js/image/format.js $(SETUP_NPM) | $(GENERATED)
	$(Q)node demo/web/dictionary/dictionary.build.mjs demo/web/data

.PHONY: examples
examples: $(BUILD)/examples/lookup ## build c/examples: C programs that read images

$(BUILD)/examples/%: c/examples/%.c $(IMAGE_SOURCES) $(wildcard c/src/image/*.h c/include/*.h) $(FLAGS) | $(SETUP_BUILD)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 $(C_FLAGS) $(filter %.c,$^) -o $@

.PHONY: types
types: types/.stamp ## emit the .d.ts files into types/

types/.stamp: $(JS_SOURCES) $(GENERATED) tsconfig.json tsconfig.types.json c/tools/types.mjs | $(SETUP_NPM)
	@rm -rf types
	$(Q)$(BIN)/tsc -p tsconfig.types.json
	$(Q)node c/tools/types.mjs types js
	@touch $@

.PHONY: docs
docs: types | $(SETUP_NPM) ## the API reference with the guides, in build/docs
	@node docs/api/build.mjs

.PHONY: reproducible
reproducible: $(WASM) ## build the wasm twice from nothing and compare the bytes
	@rm -rf $(BUILD)/twin
	@$(MAKE) BUILD=$(BUILD)/twin $(BUILD)/twin/qbwasm.wasm >/dev/null
	@cmp $(WASM) $(BUILD)/twin/qbwasm.wasm
	@echo "two clean builds are byte-identical: $$(sha256sum < $(WASM) | cut -c1-16)"

.PHONY: clean
clean: ## remove everything that was built (not node_modules)
	rm -rf $(BUILD) types qbwasm.wasm js/*/generated demo/web/vendor demo/web/data

##@ Test

# One native binary for each test/native/*_test.c and config. test/native/support/*.c joins all of
# them; test/native/lab*.c only the lab, test/native/sched*.c only the scheduler.
NATIVE_DIR := $(BUILD)/native
NATIVE_CFLAGS := -g $(C_FLAGS) -D_GNU_SOURCE -Itest/native
LAB_TESTS := lab_test
SCHED_TESTS := sched_test
TSAN_TESTS := threads_test pool_test memory_pool_test channel_threads_test lock_test
PLAIN_TESTS := $(filter-out $(LAB_TESTS) $(SCHED_TESTS), \
    $(sort $(patsubst test/native/%.c,%,$(wildcard test/native/*_test.c))))
NATIVE_SUPPORT := $(sort $(wildcard test/native/support/*.c))
support = $(filter-out %_test.c,$(sort $(wildcard test/native/$(1)*.c)))
existing = $(foreach name,$(1),$(if $(wildcard test/native/$(name).c),$(name)))

# $(call native_config,config,compiler,flags,tests,further sources)
define native_config
$(1)_OBJECTS := $$(patsubst %.c,$(NATIVE_DIR)/$(1)/%.o,$(NATIVE_SOURCES) $(NATIVE_SUPPORT) $(5))
$(1)_BINARIES := $(4:%=$(NATIVE_DIR)/$(1)/%)
NATIVE_BINARIES += $$($(1)_BINARIES)
NATIVE_DEPENDS += $$($(1)_OBJECTS:.o=.d) $(4:%=$(NATIVE_DIR)/$(1)/test/native/%.d)
$(NATIVE_DIR)/$(1)/%.o: %.c $(FLAGS) | $(SETUP_BUILD) $(SETUP_NATIVE)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(NATIVE_CFLAGS) $(3) -MMD -MP -c $$< -o $$@
$(4:%=$(NATIVE_DIR)/$(1)/%): $(NATIVE_DIR)/$(1)/%: $(NATIVE_DIR)/$(1)/test/native/%.o $$($(1)_OBJECTS)
	$$(Q)$(2) $(3) $$^ -o $$@ -lcmocka -lpthread
endef

SANITIZE_ASAN := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_TSAN := -O1 -fsanitize=thread
# The longest runs come first: the short ones fill the other core.
$(eval $(call native_config,lab,$(CC),-O2 -DQB_LAB,$(call existing,$(LAB_TESTS)),$(call support,lab)))
$(eval $(call native_config,sched,$(CC),-O2 -DQB_SCHED,$(call existing,$(SCHED_TESTS)),$(call support,sched)))
$(eval $(call native_config,tsan,$(CLANG),$(SANITIZE_TSAN),$(call existing,$(TSAN_TESTS)),))
$(eval $(call native_config,asan,$(CLANG),$(SANITIZE_ASAN),$(PLAIN_TESTS),))
$(eval $(call native_config,plain,$(CC),-O2,$(PLAIN_TESTS),))
.SECONDARY:

# What the JS tests of the C reader run.
READER_TOOLS := $(BUILD)/examples/lookup $(NATIVE_DIR)/dump $(NATIVE_DIR)/mutants
$(NATIVE_DIR)/dump: test/native/dump.c $(filter-out %/snapshot.c %/say.c,$(NATIVE_SUPPORT)) $(IMAGE_SOURCES) \
    $(wildcard c/src/image/*.h c/include/*.h test/native/support/*.h) $(FLAGS) | $(SETUP_BUILD)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 $(NATIVE_CFLAGS) $(filter %.c,$^) -o $@

MUTANTS_SOURCES := test/fuzz/mutants.c test/fuzz/mutate.c test/native/support/blob.c c/src/image/crc.c
$(NATIVE_DIR)/mutants: $(MUTANTS_SOURCES) $(wildcard test/fuzz/*.h c/src/image/*.h) $(FLAGS) | $(SETUP_BUILD)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 $(NATIVE_CFLAGS) $(MUTANTS_SOURCES) -o $@

# libFuzzer's targets, test/fuzz/*_fuzz.c. A run without arguments is the short one of `make test`.
FUZZ_DIR := $(BUILD)/fuzz
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(sort $(patsubst test/fuzz/%_fuzz.c,%,$(wildcard test/fuzz/*_fuzz.c)))
FUZZ_BINARIES := $(FUZZ_TARGETS:%=$(FUZZ_DIR)/%_fuzz)
FUZZ_SOURCES := $(IMAGE_SOURCES) $(filter-out %_fuzz.c %/mutants.c,$(sort $(wildcard test/fuzz/*.c)))
FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(FUZZ_DIR)/%.o)
FUZZ_FLAGS := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(FUZZ_DIR)/%.o: %.c $(FLAGS) | $(SETUP_BUILD) $(SETUP_NATIVE)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g $(C_FLAGS) -D_GNU_SOURCE $(FUZZ_FLAGS) -DQB_WORK_MAX=1048576u -MMD -MP -c $< -o $@

$(FUZZ_BINARIES): $(FUZZ_DIR)/%: $(FUZZ_DIR)/test/fuzz/%.o $(FUZZ_OBJECTS)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -o $@

RUN := node c/tools/test.mjs --build $(BUILD)

.PHONY: test
test: all reproducible $(NATIVE_BINARIES) $(FUZZ_BINARIES) $(READER_TOOLS) | $(SETUP_NPM) ## run all tests; the last line counts them
	@$(RUN) --js $(NATIVE_BINARIES) $(FUZZ_BINARIES)

.PHONY: test-native
test-native: $(NATIVE_BINARIES) ## run the C tests in all configs: plain, asan, tsan, lab, sched
	@$(RUN) $(NATIVE_BINARIES)

.PHONY: test-js
test-js: all $(READER_TOOLS) | $(SETUP_NPM) ## run the JS tests
	@$(RUN) --js

.PHONY: test-fast
test-fast: all $(plain_BINARIES) $(READER_TOOLS) | $(SETUP_NPM) ## run the plain C tests and the JS tests that are not *.slow.test.js
	@QB_TEST_FAST=1 $(RUN) --js $(plain_BINARIES)

.PHONY: lab
lab: $(lab_BINARIES) ## run the crash lab: stop every operation at each of its writes
	@$(RUN) $^

.PHONY: sched
sched: $(sched_BINARIES) ## run the seeded scheduler: interleavings of small operations
	@$(RUN) $^

.PHONY: fuzz
fuzz: $(FUZZ_BINARIES) $(READER_TOOLS) ## fuzz the reader of images for FUZZ_SECONDS=60 (not part of test, which has a short run)
	@node test/fuzz/run.mjs --seconds $(FUZZ_SECONDS) $(FUZZ_BINARIES)

.PHONY: test-browser
test-browser: all ## the JS tests in the browsers that are installed, the demo page in Chromium (not part of test)
	@node test/browser/run.mjs
	@node test/browser/suite.mjs
	@node test/browser/page.mjs

.PHONY: matrix
matrix: all types | $(SETUP_NPM) ## the packed package in all runtimes, bundlers and browsers (installs them; not part of test)
	@node test/matrix/run.mjs

.PHONY: valgrind
valgrind: $(plain_BINARIES) ## run the plain C tests under valgrind (slow, not part of test)
	@for binary in $^; do valgrind -q --error-exitcode=1 $$binary; done

.PHONY: native
native: $(NATIVE_BINARIES) ## build the C tests without running them

.PHONY: cmake
cmake: | $(SETUP_BUILD) ## build and run c/examples with CMake, native and with Emscripten (not part of test)
	@test/support/cmake.sh c $(BUILD)/cmake

.PHONY: pack
pack: all types ## pack, install the package into an empty project, use it in main thread and worker
	@node test/matrix/run.mjs --here

##@ Check

C_FILES := $(sort $(shell find c test/native test/fuzz -name '*.[ch]' 2>/dev/null))
C_HEADERS := $(filter %.h,$(C_FILES))
TIDY_STAMPS := $(patsubst %.c,$(BUILD)/tidy/%.ok,$(filter %.c,$(C_FILES)))
TIDY_FLAGS := -std=c11 $(INCLUDES) -D_GNU_SOURCE -Itest/native
CHECKS := check-format check-tidy check-cppcheck check-js check-types check-drift check-snapshots check-size \
    check-package check-docs

.PHONY: check
check: check-static ## format, lint, types, generated files, snapshots, fast tests
	@$(MAKE) test-fast

.PHONY: check-static
check-static: all $(SETUP_CHECK) | $(SETUP_NPM) ## the same without the tests
	@$(MAKE) -k -Otarget $(CHECKS)

.PHONY: $(CHECKS)
check-format: | $(SETUP_CHECK)
	@bad=; for file in $(C_FILES); do $(CLANG_FORMAT) $$file | cmp -s $$file - || bad+=" $$file"; done; \
	    [ -z "$$bad" ] || { echo "not formatted:$$bad. Run: make format"; exit 1; }

check-tidy: $(TIDY_STAMPS)

$(BUILD)/tidy/c/src/exports.ok: TIDY_FLAGS += --target=wasm32 -ffreestanding -matomics -mbulk-memory
$(BUILD)/tidy/test/native/lab%.ok: TIDY_FLAGS += -DQB_LAB
$(BUILD)/tidy/test/native/sched%.ok: TIDY_FLAGS += -DQB_SCHED
$(BUILD)/tidy/%.ok: %.c $(C_HEADERS) .clang-tidy | $(SETUP_CHECK) $(SETUP_NATIVE)
	@mkdir -p $(@D)
	$(Q)$(CLANG_TIDY) --quiet $< -- $(TIDY_FLAGS) 2> >(grep -v 'warnings\? generated' >&2)
	@touch $@

check-cppcheck: | $(SETUP_CHECK)
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j $(JOBS) \
	    --enable=warning,performance,portability --suppress=missingIncludeSystem \
	    $(INCLUDES) c/src c/tools

check-js: | $(SETUP_NPM)
	$(Q)$(BIN)/biome check --error-on-warnings .

check-types: $(GENERATED) $(VENDOR) types | $(SETUP_NPM)
	$(Q)$(BIN)/tsc -p tsconfig.json

# The tool is built anew: what stands in js/ must be what the headers say now.
check-drift: $(GENERATED)
	@mkdir -p $(BUILD)/drift
	$(Q)$(CC) $(C_FLAGS) c/tools/layout.c -o $(BUILD)/drift/layout
	$(Q)$(BUILD)/drift/layout > $(BUILD)/drift/layout.js
	$(Q)diff -u js/base/generated/layout.js $(BUILD)/drift/layout.js
	$(Q)node c/tools/embed.mjs $(WASM) $(BUILD)/drift/wasm.js
	$(Q)cmp js/base/generated/wasm.js $(BUILD)/drift/wasm.js
	$(Q)node js/struct/accessors.build.mjs $(BUILD)/drift/accessors.js
	$(Q)cmp js/struct/generated/accessors.js $(BUILD)/drift/accessors.js

check-snapshots: $(WASM) types
	$(Q)node test/support/snapshots.mjs --check

check-size: $(GENERATED) | $(SETUP_NPM)
	$(Q)node test/support/size.mjs

check-docs: types | $(SETUP_NPM)
	$(Q)node docs/api/build.mjs --check

check-package: all types | $(SETUP_NPM)
	@node test/support/check-package.mjs

.PHONY: snapshots
snapshots: $(WASM) types ## accept the present wasm import/export list and public API
	@node test/support/snapshots.mjs

.PHONY: format
format: | $(SETUP_CHECK) $(SETUP_NPM) ## format C and JS in place
	$(CLANG_FORMAT) -i $(C_FILES)
	$(BIN)/biome check --write .

##@ Run

.PHONY: demo
demo: all ## run the demo in Node, on real files; in a terminal then serve the demo page until Ctrl-C
	@node demo/node/tree.js
	@node demo/node/index.js
	@node demo/node/particles.js
	@node demo/node/pipeline.js
	@node demo/node/sparse-matrix.js
	@node demo/node/packages.js
	@if [ -t 1 ]; then node js/cli/main.js demo; fi

.PHONY: bench
bench: all | $(SETUP_NPM) ## run the benchmarks, side by side with their peers
	@for file in $(sort $(wildcard bench/*.bench.js)); do node $$file; done

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z][a-z-]*:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

-include $(WASM_SOURCES:%.c=$(BUILD)/wasm/%.d) $(BUILD)/tools/layout.d $(NATIVE_DEPENDS) \
    $(FUZZ_OBJECTS:.o=.d) $(FUZZ_TARGETS:%=$(FUZZ_DIR)/test/fuzz/%_fuzz.d)
