// SPDX-License-Identifier: LGPL-2.1-or-later
// When the name of one peer is asked for, and asked for again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. After an answer patience grows, and so does what is waited after a failure.
class NameQuestion {
public:
    /// A peer is asked for again this long after the last answer, as long as nothing helps.
    static constexpr std::chrono::seconds patience[]{
        std::chrono::seconds(5), std::chrono::seconds(10), std::chrono::seconds(20),
        std::chrono::seconds(40), std::chrono::seconds(60)};
    static constexpr std::chrono::nanoseconds first_retry = std::chrono::seconds(1);
    static constexpr std::chrono::nanoseconds longest_retry = std::chrono::minutes(5);

    /// There is a need, and none of the answers so far says anything: to be asked at `at`.
    void begin(Boottime at) {
        forget();
        at_ = no_sooner(at);
    }
    /// There is no need any more.
    void forget() {
        begin_anew();
        trouble_.clear();
    }
    /// What failed may work now: to be asked at `now`.
    void renew(Boottime now) {
        begin_anew();
        at_ = std::min(at_, no_sooner(now));
    }

    Boottime at() const { return at_; }
    void asked() { asking_ = true; }
    bool asking() const { return asking_; }
    /// An answer came, of whatever kind.
    void answered(Boottime now) {
        asking_ = false;
        last_ = now;
    }
    void succeeded(Boottime now) {
        failures_ = 0;
        trouble_.clear();
        at_ = now + patience[std::min(steps_, std::size(patience) - 1)];
        ++steps_;
    }
    /// `jitter` (0 to 1) spreads the retries of many.
    void failed(Boottime now, std::string trouble, double jitter) {
        const auto delay = std::min(longest_retry, first_retry * (1 << std::min(failures_, 9U)));
        const auto spread =
            std::chrono::duration_cast<std::chrono::nanoseconds>(delay * (1 - jitter / 4));
        retry_after_ = std::max(first_retry, spread);
        at_ = now + retry_after_;
        ++failures_;
        trouble_ = std::move(trouble);
    }
    bool is_failing() const { return failures_ > 0; }
    /// Why it could not be resolved; empty: it could, or need not be.
    const std::string& trouble() const { return trouble_; }
    std::chrono::nanoseconds retry_after() const { return retry_after_; }

private:
    static constexpr std::chrono::nanoseconds shortest_gap = std::chrono::seconds(1);

    void begin_anew() {
        steps_ = 0;
        failures_ = 0;
    }
    Boottime no_sooner(Boottime at) const { return std::max(at, last_ + shortest_gap); }

    bool asking_{false};
    std::size_t steps_{0}; ///< answers since the need began
    unsigned failures_{0}; ///< in a row
    Boottime at_{};
    Boottime last_{}; ///< when the last answer came
    std::string trouble_{};
    std::chrono::nanoseconds retry_after_{};
};

} // namespace wgnl::daemon
