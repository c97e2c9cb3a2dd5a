# Two commands do everything on a fresh Debian 12 with Swift 6.3, git and make:
#   make demo    build, then the story of one family over four provinces
#   make test    build, then every test
# Both install the Debian packages that are missing.

SWIFT_FLAGS = --explicit-target-dependency-import-check error
RELEASE = .build/release/gongji

.PHONY: help packages test-packages model-packages build release demo test test-tsan lint house \
	model mutations simulate chaos torment bench fuzz fuzz-short fuzz-zmtp attack clean

help:
	@sed -n '2,5p' Makefile | sed 's/^# //'
	@echo "  make release   the optimised program: $(RELEASE)"
	@echo "  make chaos     kills, freezes, cuts, full disks, wrong clocks and damaged stores under load, half an hour"
	@echo "  make torment   SIGKILL of any node under load, twenty times, then the audit"
	@echo "  make bench     settlements a second at 1, 64 and 512 clients"
	@echo "  make model     every state of the protocol's two phases, and every planted fault caught"
	@echo "  make fuzz-short, make fuzz   20 seconds or an hour for every reader of outside octets"
	@echo "  make fuzz-zmtp   ten million connections to the gates that speak ZMTP almost right"
	@echo "  make attack    the tests of floods and aborts over real sockets, five times over"
	@echo "  make test-tsan   the tests of what has threads, under the thread sanitizer"
	@echo "  make mutations real bugs, planted one at a time, and which of tests, simulator and model catch each"
	@echo "  make simulate   32 provinces for an hour of virtual time under faults, 50 fixed seeds and 5 fresh ones; two runs of 30 hours"
	@echo "  make lint      formatting and the order of the house"

packages:
	@scripts/install-packages

# Some tests run nodes by the clock of another year, or in networks of their own.
test-packages:
	@scripts/install-packages faketime iproute2

model-packages:
	@scripts/install-packages spin gcc libc6-dev

build: packages
	swift build $(SWIFT_FLAGS) --build-tests

release: packages
	swift build $(SWIFT_FLAGS) -c release --product gongji

demo: release
	$(RELEASE) cluster demo

lint: house
	swift format lint --strict --recursive --parallel Package.swift \
		$$(git ls-files '*.swift' | grep -v '\.pb\.swift$$' | grep -v '^Package.swift$$')

house:
	scripts/check-house
	scripts/check-model --names

model: model-packages
	scripts/check-model --bugs

mutations: packages model-packages
	scripts/check-mutations

test: test-packages lint build
	swift test $(SWIFT_FLAGS) --skip-build

test-tsan: test-packages
	scripts/test-tsan

fuzz-short: packages
	scripts/fuzz --seconds 20

# Ten million connections that are almost right; INPUTS and SEED may be given.
INPUTS ?= 10000000
fuzz-zmtp: packages
	swift build $(SWIFT_FLAGS) -c release --product gongji-fuzz-zmtp
	.build/release/gongji-fuzz-zmtp $(INPUTS) $(SEED)

# What floods, takes numbers and never ends, many times over.
attack: test-packages build
	for round in 1 2 3 4 5; do \
		swift test $(SWIFT_FLAGS) --skip-build --filter "EntranceTests|Floods|Hostilities" || exit; \
	done

fuzz: packages
	scripts/fuzz --seconds 3600

# As root also full disks and cut networks; without root they are left out.
chaos: release
	@scripts/install-packages faketime iproute2
	$(RELEASE) cluster chaos --minutes 30

# Fifty seeds that are always the same, and five fresh ones, which are printed.
simulate: release
	$(RELEASE) simulate --seed 1...50 --jobs 2
	for fresh in 1 2 3 4 5; do $(RELEASE) simulate || exit; done
	$(RELEASE) simulate --seed 1...2 --provinces 6 --minutes 1800 --rate 1

torment: release
	$(RELEASE) cluster chaos --faults kill --minutes 1 --every 3

bench: release
	$(RELEASE) bench settle --clients 1 --seconds 10
	$(RELEASE) bench settle --clients 64 --seconds 10
	$(RELEASE) bench settle --clients 512 --seconds 10

clean:
	rm -rf .build .build-fuzz .build-tsan
