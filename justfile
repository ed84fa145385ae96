# What there is to do
default:
    @just --list

# Fast: does everything compile, without a warning?
check:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# All tests; those of Postgres are skipped where there is none
test:
    cargo test --locked

# Every figure beside its yardstick
bench:
    cargo bench --locked

# A minute or more of arbitrary bytes for the reader of a format; what is new goes to a folder that is not committed
fuzz format="smrt" seconds="60":
    mkdir -p fuzz/target/corpus/{{format}}
    cd fuzz && cargo run --release --locked --bin {{format}} -- -max_total_time={{seconds}} -max_len=4096 -timeout=10 target/corpus/{{format}} corpus/{{format}}

# Starts over with an empty database in this folder
db-reset:
    rm -f smrt.db smrt.db-wal smrt.db-shm

# Licences, sources and doubled crates
deny:
    cargo deny --locked --offline check licenses bans sources

# All that must pass before a change is taken
ci:
    .ci/run
