// SPDX-License-Identifier: LGPL-2.1-or-later
// Error: construction, and which Errc an errno stands for.
#include <wgnl/error.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

namespace wgnl {

namespace {

Errc code_of(int errnum) {
    switch (errnum) {
    case ENODEV:
    case EOPNOTSUPP:
        return Errc::not_found;
    case EPERM:
    case EACCES:
        return Errc::permission_denied;
    default:
        return Errc::system;
    }
}

} // namespace

Error::Error(Errc code, std::string operation, std::string detail, int errnum)
    : code_(code), errnum_(errnum), operation_(std::move(operation)), detail_(std::move(detail)) {}

Error Error::from_errno(int errnum, std::string operation, std::string detail) {
    // strerror() itself is not safe among threads; this is.
    auto reason = detail.empty() ? std::generic_category().message(errnum) : std::move(detail);
    return Error(code_of(errnum), std::move(operation), std::move(reason), errnum);
}

std::string Error::to_string() const { return operation_ + ": " + detail_; }

std::unexpected<Error> fail(Errc code, std::string operation, std::string detail, int errnum) {
    return std::unexpected(Error(code, std::move(operation), std::move(detail), errnum));
}

} // namespace wgnl
