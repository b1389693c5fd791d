// SPDX-License-Identifier: LGPL-2.1-or-later
// What wgnld is told: under which names, and what of it is news. Pure: no clock, no file, no bus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::adapter {

inline constexpr const char* wgnld_name = "org.wgnl.WireGuard1";
inline constexpr const char* wgnld_path = "/org/wgnl/WireGuard1";
/// It has Declare, Retain and Report.
inline constexpr const char* wgnld_interface = "org.wgnl.WireGuard1.Manager";

/// The errors after which the same call may well succeed: it has no room now, or did not answer.
inline constexpr const char* not_ready_error = "org.wgnl.WireGuard1.Error.NotReady";
inline constexpr const char* no_reply_error = "org.freedesktop.DBus.Error.NoReply";

/// Of the memory file that carries a document, for people (/proc).
inline constexpr const char* document_name = "wgnl-declaration";

/// A document of a declaration, wiped when it goes.
class Document {
public:
    explicit Document(const Declaration& declaration) : bytes_(encode_document(declaration)) {}
    Document(Document&&) noexcept = default;
    Document& operator=(Document&&) = delete;
    ~Document();

    const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
};

/// One declaration to be sent.
struct PendingDeclaration {
    std::string device{};
    std::string origin{}; ///< a file, or a profile: what wgnld shows of where it was declared
    Document document;
};

/// The last document that was sent for each key. A key is whatever the adapter has one declaration
/// for: a device, or a profile.
class SentDeclarations {
public:
    /// What is to be sent, and from now on counts as sent; absent: wgnld knows it.
    std::optional<PendingDeclaration> declare(const std::string& key, const std::string& origin,
                                              const Declaration& declaration);

    /// wgnld did not take it, or it is no longer declared: it is news again.
    void forget(const std::string& key) { digests_.erase(key); }
    /// wgnld has lost what it was told (it restarted): everything is news again.
    void forget_all() noexcept { digests_.clear(); }

private:
    std::map<std::string, std::size_t> digests_{}; ///< no document stays in memory
};

} // namespace wgnl::adapter
