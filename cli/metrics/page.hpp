// SPDX-License-Identifier: LGPL-2.1-or-later
// MetricsPage: the syntax of the two text formats.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "text.hpp"

namespace wgnl::cli {

/// Every state that a peer, or a device as a whole, can be in.
inline constexpr std::array<std::string_view, 7> peer_state_words{
    "absent", "down", "unreachable", "established", "handshaking", "idle", "never"};

/// The samples of one name. `name` has neither "_total" nor "_info": that is for the page to add.
struct MetricFamily {
    enum class Type { counter, gauge, info, stateset };
    std::string_view name;
    Type type;
    std::string_view help; ///< no quotes, backslashes or line ends
};

/// Labels as they stand between the braces: interface="wg0",state="idle"
class MetricLabels {
public:
    using Label = std::pair<std::string_view, std::string_view>;
    MetricLabels(std::initializer_list<Label> labels);
    MetricLabels with(std::string_view name, std::string_view value) const;
    const std::string& text() const { return text_; }

private:
    void add(std::string_view name, std::string_view value);
    std::string text_{};
};

class MetricsPage {
public:
    explicit MetricsPage(MetricsFormat format) : format_(format) {}

    /// Begins a family; what follows belongs to it.
    void begin(const MetricFamily& family);
    void number(const MetricLabels& labels, std::uint64_t value);
    void boolean(const MetricLabels& labels, bool value) { number(labels, value ? 1 : 0); }
    /// Seconds, exact.
    void seconds(const MetricLabels& labels, Microseconds value);
    /// One sample for each peer state: 1 for `state`.
    void state(const MetricLabels& labels, std::string_view state);
    std::string finish() &&;

private:
    void sample(const MetricLabels& labels, std::string_view value);

    MetricsFormat format_;
    MetricFamily family_{};
    bool headed_{false}; ///< a family without samples is not mentioned
    std::string text_{};
};

} // namespace wgnl::cli
