// SPDX-License-Identifier: LGPL-2.1-or-later
// What was declared, what is news, and what stays declared. Pure: no clock, no bus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "nm/profile/profile_reader.hpp"
#include "nm/service/objects.hpp"

namespace wgnl::nm {

/// A document of a declaration, wiped when it goes.
class Document {
public:
    explicit Document(const Declaration& declaration) : bytes_(encode_document(declaration)) {}
    Document(Document&&) noexcept = default;
    Document& operator=(Document&&) = delete;
    ~Document();

    const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }
    std::size_t digest() const noexcept;

private:
    std::vector<std::uint8_t> bytes_;
};

/// One declaration to be sent.
struct Outgoing {
    std::string device{};
    std::string profile{}; ///< its object path, the origin
    Document document;
};

/// Each running profile, and what wgnld was told of it.
class Ledger {
public:
    /// Takes in which profiles run. With `may_forget` the others are no longer declared; without,
    /// they stand, because NetworkManager has not taken up everything yet. Returns the profiles to
    /// be read: those that are activated, and were not, or anew, or whose device or mark changed.
    std::vector<std::string> follow(const std::vector<ActiveProfile>& active, bool may_forget);

    bool knows(const std::string& profile) const { return entries_.contains(profile); }
    /// What runs as this profile; null: nothing that may be declared now.
    const ActiveProfile* find(const std::string& profile) const;
    /// What is to be sent for a profile that was read; absent: wgnld knows it, or it no longer
    /// runs.
    std::optional<Outgoing> declare(const std::string& profile, const Declaration& declaration);

    /// What the profile said at the first reading after it was last activated; absent: it has not
    /// been read since.
    std::optional<FullTunnel> set_up(const std::string& profile) const;
    void note_set_up(const std::string& profile, const FullTunnel& now);

    /// The devices that stay declared, each once.
    std::set<std::string> retained() const;
    /// Whether wgnld has to be told of them; told() says that it was.
    bool wants_retain() const noexcept { return wants_retain_; }
    void told() noexcept { wants_retain_ = false; }
    void forget_told() noexcept { wants_retain_ = true; }

    /// wgnld has lost what it was told (it restarted): everything is news again. Returns the
    /// profiles to be read.
    std::vector<std::string> forget_sent();
    /// wgnld did not take the declaration of this profile.
    void forget_sent(const std::string& profile);

private:
    struct Entry {
        ActiveProfile active{};
        std::optional<FullTunnel> set_up{};
        std::optional<std::size_t> sent{}; ///< digest of the document
    };
    /// True if the profile is to be read.
    bool take(ActiveProfile now);

    std::map<std::string, Entry> entries_{};
    bool wants_retain_{true};
};

} // namespace wgnl::nm
