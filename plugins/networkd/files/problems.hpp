// SPDX-License-Identifier: LGPL-2.1-or-later
// Collects the problems of one file and its drop-ins, each with the line that a person wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wgnl/amnezia.hpp>
#include <wgnl/declaration.hpp>

#include "base/ini.hpp"
#include "common/problems.hpp"

namespace wgnl::networkd {

/// What a problem is about.
struct Subject {
    Location location{};
    std::string_view key{};
    std::string_view hint{}; ///< of its errors
    std::optional<PublicKey> peer{};

    /// For errors that say what to write.
    Subject without_hint() const;
};
/// The value of an assignment in that file.
Subject subject_of(const std::string& file, const IniAssignment& assignment);

/// Problems in the words of the file; as many as adapter::BoundedProblems keeps.
class ProblemCollector {
public:
    /// What is added from now on is counted and not kept: nothing need be found out for it.
    bool full() const noexcept { return problems_.full(); }
    /// Its texts are made fit to be shown, and the name of a file names no key.
    void add(Problem problem);
    void add(Severity severity, const Subject& subject, std::string text, std::string hint = {});
    /// Without a hint of its own it has that of the subject.
    void error(const Subject& subject, std::string text, std::string hint = {});
    void warning(const Subject& subject, std::string text, std::string hint = {}) {
        add(Severity::warning, subject, std::move(text), std::move(hint));
    }

    /// `text` of what is wrong with a value that was refused ("KEY=VALUE is …"), in better words
    /// where it can be told what somebody did to it; and what follows from that ("; it is
    /// ignored").
    void refused(const Subject& subject, const IniAssignment& assignment, std::string_view text,
                 std::string_view consequence);

    /// A key that the section does not know; `hint` says which was meant.
    void unknown_key(const Subject& subject, const IniAssignment& assignment,
                     std::string_view section, std::string hint);

    /// Everything so far; see there.
    std::vector<Problem> take();

private:
    adapter::BoundedProblems problems_{};
    AmneziaSettings amnezia_{};
};

/// A warning of a line that is ignored; an error of one for which systemd refuses the file.
Problem problem_of(const std::string& file, const IniComplaint& complaint);

/// What somebody did to that value, in words that follow "KEY= cannot be read: "; empty if that
/// cannot be told.
std::string slip_of(const IniAssignment& assignment);

} // namespace wgnl::networkd
