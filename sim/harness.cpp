// The compiled bench: drives a design's input streams from arrays of words, and keeps what comes out
// of its output streams and when. What is right, sim.compiled says.
//
// Verilator's model is compiled in; ports.h, written for the design, lists its ports:
//   INPUTS(X), OUTPUTS(X)  X(stream, bits of its payload)
//   LEVELS(X)              X(port) that is no stream
//
// harness JOBS OUT ALIVE [Verilator's arguments]: files of numbers of 64 bits and of words, each
// word in as many bytes as its port has, little-endian; ALIVE is touched while cycles pass.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "Vtop.h"
#include "ports.h"
#include "verilated.h"

namespace {

using Bytes = std::vector<uint8_t>;
using Random = std::mt19937_64;

constexpr int64_t most_events = 10;
constexpr int64_t cycles_alive = 1 << 16;
enum Event : int64_t { changed, withdrawn, level };

struct Port {
    uint8_t* bytes;
    size_t size;
};

struct Pins {
    Port payload;
    size_t bits;
    uint8_t* valid;
    uint8_t* ready;
};

template <class T>
Port port_of(T& port) {
    return {reinterpret_cast<uint8_t*>(&port), sizeof port};
}

class Reader {
  public:
    explicit Reader(const char* path) : file_(path, std::ios::binary) {
        file_.exceptions(std::ios::failbit | std::ios::badbit);
    }
    int64_t number() {
        int64_t value;
        file_.read(reinterpret_cast<char*>(&value), sizeof value);
        return value;
    }
    Bytes words(const Port& port, int64_t count) {
        Bytes bytes(port.size * count);
        file_.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
        return bytes;
    }

  private:
    std::ifstream file_;
};

class Writer {
  public:
    explicit Writer(const char* path) : file_(path, std::ios::binary) {
        file_.exceptions(std::ios::failbit | std::ios::badbit);
    }
    void number(int64_t value) { file_.write(reinterpret_cast<char*>(&value), sizeof value); }
    template <class T>
    void array(const std::vector<T>& values) {
        file_.write(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }

  private:
    std::ofstream file_;
};

// What all of a run's agents share.
struct State {
    int64_t cycle = 0, latest = 0;
    uint64_t idle;  // a random number below it idles
    std::vector<int64_t> events;  // kind, stream, cycle, words
    Bytes shown;                  // what a level showed, event by event

    bool idles(Random& random) const { return idle && random() < idle; }
    bool event(Event kind, int64_t stream, int64_t words = 0) {
        if (static_cast<int64_t>(events.size()) >= 4 * most_events) return false;
        for (const int64_t value : {static_cast<int64_t>(kind), stream, cycle, words})
            events.push_back(value);
        return true;
    }
};

struct Transfers {
    int64_t first = -1, last = -1, count = 0;

    void note(State& state) {
        if (first < 0) first = state.cycle;
        last = state.latest = state.cycle;
        ++count;
    }
};

// Offers a stream's words, with idle cycles between them in which the payload is noise.
class Driver {
  public:
    Driver(const Pins& pins, Reader& job, uint64_t seed)
        : pins_(pins), left_(job.number()), words_(job.words(pins.payload, left_)), random_(seed) {
        std::memset(pins_.payload.bytes, 0, pins_.payload.size);
        *pins_.valid = 0;
    }
    void sample(State& state) {
        taken_ = offered_ && *pins_.ready;
        if (taken_) transfers_.note(state);
    }
    void drive(const State& state) {
        if (offered_ && !taken_) return;
        if (state.idles(random_) || next_ == left_) {
            if (offered_) noise();
            offered_ = false;
        } else {
            std::memcpy(pins_.payload.bytes, &words_[next_++ * pins_.payload.size],
                        pins_.payload.size);
            offered_ = true;
        }
        *pins_.valid = offered_;
    }
    void write(Writer& out) const {
        for (const int64_t value : {left_ - transfers_.count, transfers_.first, transfers_.last})
            out.number(value);
    }

  private:
    void noise() {
        const size_t whole = pins_.bits / 8;
        for (size_t i = 0; i <= whole && i < pins_.payload.size; ++i)
            pins_.payload.bytes[i] = random_() & (i < whole ? 0xff : (1 << pins_.bits % 8) - 1);
    }

    Pins pins_;
    int64_t left_, next_ = 0;
    Bytes words_;
    Random random_;
    Transfers transfers_;
    bool offered_ = false, taken_ = false;
};

// Takes the words of a stream, with pauses, and sees that a waiting one stays.
class Monitor {
  public:
    Monitor(const Pins& pins, int64_t number, Reader& job, uint64_t seed)
        : pins_(pins), number_(number), expected_(job.number()), random_(seed),
          waiting_(pins.payload.size) {
        words_.reserve(pins.payload.size * expected_);
        cycles_.reserve(expected_);
        *pins_.ready = 0;
    }
    void sample(State& state) {
        const auto [bytes, size] = pins_.payload;
        if (*pins_.valid) {
            if (waits_ && std::memcmp(bytes, waiting_.data(), size)) state.event(changed, number_);
            waits_ = !taking_;
            if (taking_) {
                transfers_.note(state);
                words_.insert(words_.end(), bytes, bytes + size);
                cycles_.push_back(state.cycle);
            } else {
                std::memcpy(waiting_.data(), bytes, size);
            }
        } else if (waits_) {
            state.event(withdrawn, number_);
            waits_ = false;
        }
    }
    void drive(const State& state) {
        taking_ = done() || !state.idles(random_);  // one that nobody asked for is not missed
        *pins_.ready = taking_;
    }
    int64_t count() const { return transfers_.count; }
    bool done() const { return count() >= expected_; }
    int64_t unasked() const { return count() - expected_; }
    void write(Writer& out) const {
        for (const int64_t value : {transfers_.count, transfers_.first, transfers_.last})
            out.number(value);
        out.array(words_);
        out.array(cycles_);
    }

  private:
    Pins pins_;
    int64_t number_, expected_;
    Random random_;
    Bytes waiting_, words_;
    std::vector<int64_t> cycles_;
    Transfers transfers_;
    bool taking_ = false, waits_ = false;
};

// Compares a port that is no stream with what it may show (sim.job.Level).
class Watch {
  public:
    Watch(const std::vector<Port>& ports, Reader& job) : port_(ports[job.number()]) {
        stream = job.number();
        ahead_ = job.number();
        const int64_t values = job.number(), passed = job.number();
        values_ = job.words(port_, values);
        for (int64_t i = 0; i < passed; ++i) passed_.push_back(job.number());
    }
    void sample(State& state, int64_t words) {
        compare(state, words, passed(words), passed(words + ahead_));
    }
    void end(State& state) {
        const int64_t last = values_.size() / port_.size - 1;
        compare(state, -1, last, last);
    }

    int64_t stream, mismatches = 0;

  private:
    int64_t passed(int64_t words) const {
        return passed_[std::min<size_t>(words, passed_.size() - 1)];
    }
    void compare(State& state, int64_t words, int64_t least, int64_t most) {
        for (int64_t i = least; i <= most; ++i)
            if (!std::memcmp(port_.bytes, &values_[i * port_.size], port_.size)) return;
        ++mismatches;
        if (state.event(level, stream, words))
            state.shown.insert(state.shown.end(), port_.bytes, port_.bytes + port_.size);
    }

    Port port_;
    int64_t ahead_;
    Bytes values_;
    std::vector<int64_t> passed_;
};

class Bench {
  public:
    Bench(VerilatedContext& context, const char* alive) : top_(&context), alive_(alive) {}

    void round(Reader& job, Writer& out) {
        Random seeds(job.number());
        State state;
        state.idle = job.number();
        const int64_t patience = job.number(), quiet = job.number(), most_unasked = job.number();
        const int64_t end = job.number();
        std::vector<Driver> drivers;
        for (const Pins& pins : inputs_) drivers.emplace_back(pins, job, seeds());
        std::vector<Monitor> monitors;
        for (const Pins& pins : outputs_)
            monitors.emplace_back(pins, static_cast<int64_t>(monitors.size()), job, seeds());
        std::vector<Watch> watches;
        if (job.number()) watches.emplace_back(levels_, job);

        top_.rst = 1;
        for (int i = 0; i < 2; ++i) settle(), tick();
        top_.rst = 0;
        const auto start = std::chrono::steady_clock::now();
        for (; !end || state.cycle < end; ++state.cycle) {
            bool done = true, flooded = false;
            for (const Monitor& monitor : monitors) {
                done = done && monitor.done();
                flooded = flooded || monitor.unasked() > most_unasked;
            }
            if (flooded || state.cycle - state.latest >= (done ? quiet : patience)) break;
            if (state.cycle % cycles_alive == 0) touch();
            settle();
            for (Driver& driver : drivers) driver.sample(state);
            for (Watch& watch : watches) watch.sample(state, monitors[watch.stream].count());
            for (Monitor& monitor : monitors) monitor.sample(state);
            tick();
            for (Driver& driver : drivers) driver.drive(state);
            for (Monitor& monitor : monitors) monitor.drive(state);
        }
        const std::chrono::nanoseconds time = std::chrono::steady_clock::now() - start;
        settle();
        for (Watch& watch : watches)
            if (!end) watch.end(state);

        for (const int64_t value : {state.cycle, state.latest, static_cast<int64_t>(time.count())})
            out.number(value);
        for (const Driver& driver : drivers) driver.write(out);
        for (const Monitor& monitor : monitors) monitor.write(out);
        out.number(watches.empty() ? 0 : watches[0].mismatches);
        out.number(state.events.size() / 4);
        out.array(state.events);
        out.array(state.shown);
    }
    void final() { top_.final(); }

  private:
    void settle() {
        top_.clk = 0;
        top_.eval();
    }
    void tick() {
        top_.clk = 1;
        top_.eval();
    }
    void touch() const {
        std::filesystem::last_write_time(alive_, std::filesystem::file_time_type::clock::now());
    }

    Vtop top_;
    const char* alive_;
#define STREAM(name, bits) {port_of(top_.name##_payload), bits, &top_.name##_valid, &top_.name##_ready},
#define LEVEL(name) port_of(top_.name),
    const std::vector<Pins> inputs_{INPUTS(STREAM)};
    const std::vector<Pins> outputs_{OUTPUTS(STREAM)};
    const std::vector<Port> levels_{LEVELS(LEVEL)};
};

}  // namespace

int main(int argc, char** argv) {
    VerilatedContext context;
    context.commandArgs(argc, argv);
    Reader job(argv[1]);
    const std::string unfinished = std::string(argv[2]) + ".unfinished";
    {
        Writer out(unfinished.c_str());
        Bench bench(context, argv[3]);
        for (int64_t rounds = job.number(); rounds; --rounds) bench.round(job, out);
        bench.final();
    }
    std::filesystem::rename(unfinished, argv[2]);  // whole, or not there
    return 0;
}
