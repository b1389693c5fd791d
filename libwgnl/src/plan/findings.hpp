// SPDX-License-Identifier: LGPL-2.1-or-later
// What a plan tells besides its steps: which fields differ; for people drift and problems, in lists
// that stay short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/plan.hpp>

namespace wgnl {

/// A list that people read. The makers of entries beyond the limit are not even called.
template <typename T> class CappedList {
public:
    static constexpr std::size_t limit = 100;

    template <typename Make> void add(Make&& make) {
        if (++count_ <= limit)
            entries_.push_back(std::forward<Make>(make)());
    }
    /// The entries; with more than `limit` the last one is `more(how many are left out)`.
    template <typename More> std::vector<T> take(More more) && {
        if (count_ > limit)
            entries_.back() = more(count_ - (limit - 1));
        return std::move(entries_);
    }

private:
    std::vector<T> entries_{};
    std::size_t count_{0};
};

/// "and 7 more".
std::string and_more(std::size_t count);
std::vector<Problem> take_problems(CappedList<Problem>&& problems);
/// Of a declared peer, where its section is.
Problem problem_of(const DeclaredPeer& peer, Severity severity, std::string text);

/// Gathers differences, drift and problems of one plan; `make` returns a Drift or a Problem.
class Findings {
public:
    template <typename Make> void drift(Make&& make) { drift_.add(std::forward<Make>(make)); }
    /// Drift that waits for Policy::confirmed.
    template <typename Make> void withhold(Make&& make) {
        pending_confirmation_ = true;
        drift_.add(std::forward<Make>(make));
    }
    template <typename Make> void problem(Make&& make) { problems_.add(std::forward<Make>(make)); }

    /// This field is not as it should be, whatever becomes of it.
    void differs(Difference::Aspect aspect, const PublicKey& peer = {}) {
        differences_.push_back({aspect, peer});
    }

    void move_into(Plan& plan) &&;

private:
    std::vector<Difference> differences_{};
    CappedList<Drift> drift_{};
    CappedList<Problem> problems_{};
    bool pending_confirmation_{false};
};

/// Stands for a secret in drift.
inline constexpr const char* hidden = "(hidden)";

/// "10.0.0.2/32, fd00::2/128"; of long lists the first eight and how many more.
std::string list_text(std::span<const AllowedIp> prefixes);
/// "off", "0x51".
std::string fwmark_text(std::uint32_t mark);
/// "preshared key of <key>".
std::string field_of(std::string_view field, const PublicKey& key);
/// An undeclared peer, as it is.
Drift foreign_drift(const Peer& peer);

/// Mode observe: every step that `plan` holds becomes drift, and none is left.
void turn_into_drift(Plan& plan, const Device& live, Findings& findings);

} // namespace wgnl
