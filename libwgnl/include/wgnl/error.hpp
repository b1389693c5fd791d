// SPDX-License-Identifier: LGPL-2.1-or-later
// The one error type of the library, and Result<T>, which carries it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <version>

#ifndef __cpp_lib_expected
#error "libwgnl needs C++23 with std::expected: compile with -std=c++23 (gcc 12, clang 19 or newer)"
#endif

namespace [[gnu::visibility("default")]] wgnl {

/// What kind of failure it was, as far as a caller can act on it.
enum class Errc : std::uint8_t {
    invalid_argument,  ///< the caller's value cannot be read or encoded
    not_found,         ///< no such device, or it is not WireGuard (ENODEV, EOPNOTSUPP)
    permission_denied, ///< CAP_NET_ADMIN is missing (EPERM, EACCES)
    unsupported,       ///< no wireguard module, or a kernel without a needed flag
    interrupted,       ///< the device changed under every repetition of a dump
    protocol,          ///< the other side sent what this library cannot read
    system,            ///< any other errno
};

/// Failure of one operation: what was tried, why it failed, in words for a person.
/// Never holds a secret.
class Error {
public:
    /// `operation` is a short verb phrase ("set device wg0"); `detail` says why and, where it is
    /// known, what to do; `errnum` is the positive errno or 0.
    Error(Errc code, std::string operation, std::string detail, int errnum = 0);

    /// The Errc that `errnum` (positive) stands for; the text is strerror's unless `detail` is
    /// given (the kernel's own words, from the extended ack).
    static Error from_errno(int errnum, std::string operation, std::string detail = {});

    Errc code() const noexcept { return code_; }
    int errnum() const noexcept { return errnum_; }
    const std::string& operation() const noexcept { return operation_; }
    const std::string& detail() const noexcept { return detail_; }

    /// "operation: detail".
    std::string to_string() const;

private:
    Errc code_;
    int errnum_;
    std::string operation_;
    std::string detail_;
};

/// A value, or why there is none. No function of the library throws, but for lack of memory.
template <typename T> using Result = std::expected<T, Error>;

/// Shorthand for `return fail(Errc::…, "operation", "detail")`.
std::unexpected<Error> fail(Errc code, std::string operation, std::string detail, int errnum = 0);

} // namespace wgnl
